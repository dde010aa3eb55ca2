import rule from "../../../src/rules/migration/add-primary-key-without-index.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table events add primary key (id)",
      severity: "error",
      message:
        "Adding a primary key on id builds an index over all of events and checks it for NULL, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: null,
    },
    { sql: 'alter table app."Events" add constraint pk primary key (shop, "No")', object: 'app."Events"' },
    { sql: "alter table events add column id bigserial primary key", at: "add column id bigserial primary key" },
    { sql: "alter table events add column a int, add primary key (id)", at: "add primary key (id)" },
    "create table notes (id int); alter table events add primary key (id)",
  ],
  good: [
    "alter table events add constraint events_pkey primary key using index events_id_key",
    "create table events (id bigint); alter table events add primary key (id)",
    "create table events (id bigint primary key)",
    "alter table events drop constraint events_pkey",
    "alter table events add unique (id)",
  ],
  rehearsed: {
    setup: "create table events (id bigint not null, at timestamptz)",
    bad: [
      {
        sql: "alter table events add primary key (id)",
        message:
          "Adding a primary key on id builds an index over all of events, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
        fix: `create unique index concurrently events_pkey on events (id);
alter table events add constraint events_pkey primary key using index events_pkey;`,
      },
      { sql: "alter table events add primary key (id, at)", fix: null },
    ],
    good: ["create unique index e on events (id); alter table events add primary key using index e"],
  },
});
