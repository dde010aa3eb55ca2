import rule from "../../../src/rules/migration/drop-database.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "drop database shop",
      severity: "error",
      object: "shop",
      message: "DROP DATABASE loses every schema, table and row of shop, and only a backup brings them back.",
      fix: null,
    },
    { sql: 'drop database if exists "Shop" with (force)', object: '"Shop"' },
  ],
  good: ["create database shop", "drop schema shop", "alter database shop rename to old_shop", "drop owned by shop"],
});
