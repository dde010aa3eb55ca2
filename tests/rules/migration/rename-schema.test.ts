import rule from "../../../src/rules/migration/rename-schema.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter schema billing rename to finance",
      severity: "warning",
      object: "billing",
      message: "Once schema billing is called finance, every query and every search_path that still says billing finds nothing.",
    },
    'alter schema "Old" rename to new',
    "begin; alter schema a rename to b; commit",
    { sql: "alter schema a rename to b", inTransaction: true },
    "create table a.notes (id int); alter schema a rename to b",
  ],
  good: [
    "create schema finance",
    "begin; create schema a; alter schema a rename to b; commit",
    "alter schema a owner to postgres",
    "alter table a.users rename to b",
    "alter database a rename to b",
  ],
});
