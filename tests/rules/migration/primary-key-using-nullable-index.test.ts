import rule from "../../../src/rules/migration/primary-key-using-nullable-index.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: [
    "alter table events add constraint events_pkey primary key using index events_id_key",
    "alter table events add primary key (id)",
    "alter table events add unique using index events_id_key",
    "create table events (id int); create unique index e on events (id); alter table events add primary key using index e",
    "alter table events alter id set not null",
  ],
  rehearsed: {
    setup: `
      create table events (id bigint, "No" int, at timestamptz not null);
      create unique index by_id on events (id);
      create unique index by_no on events (at, "No");
      create unique index by_at on events (at);
      create table facts (id bigint, constraint id_given check (id is not null));
      create unique index facts_by_id on facts (id)`,
    rows: { events: 90_000_000 },
    bad: [
      {
        sql: "alter table events add primary key using index by_id",
        severity: "error",
        message:
          "The index by_id is ready, but id may hold NULL, so ADD PRIMARY KEY reads all of events (about 90,000,000 rows) under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      },
      { sql: "alter table events add constraint pk primary key using index by_no", at: "add constraint pk primary key using index by_no" },
      "begin; alter table events add column a int; alter table events add primary key using index by_id; commit",
      "alter table events alter id set not null; alter table events add primary key using index by_no",
      "create unique index concurrently fresh on events (id); alter table events add primary key using index fresh",
    ],
    good: [
      "alter table events add primary key using index by_at",
      "alter table facts add primary key using index facts_by_id",
      "alter table events alter id set not null; alter table events add primary key using index by_id",
      "alter table events add unique using index by_id",
      "create table notes (id int); create unique index n on notes (id); alter table notes add primary key using index n",
    ],
  },
});
