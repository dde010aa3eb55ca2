import rule from "../../../src/rules/migration/add-exclusion-constraint.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table bookings add constraint no_overlap exclude using gist (during with &&)",
      at: "add constraint no_overlap exclude using gist (during with &&)",
      severity: "error",
      message:
        "Adding no_overlap builds an index over all of bookings and compares every row, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: null,
    },
    'alter table app."Bookings" add exclude (room with =)',
    { sql: "alter table bookings add column a int, add exclude (room with =)", at: "add exclude (room with =)" },
    "alter table if exists only bookings add exclude (room with =) where (room > 0)",
    "create table rooms (id int); alter table bookings add exclude (room with =)",
  ],
  good: [
    "create table bookings (room int, exclude (room with =))",
    "create table bookings (room int); alter table bookings add exclude (room with =)",
    "alter table bookings add constraint c check (room > 0) not valid",
    "alter table bookings drop constraint no_overlap",
    "create index concurrently on bookings using gist (during)",
  ],
});
