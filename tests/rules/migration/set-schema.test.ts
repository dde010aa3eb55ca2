import rule from "../../../src/rules/migration/set-schema.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table invoices set schema billing",
      severity: "warning",
      object: "invoices",
      message:
        "Once invoices is in schema billing, queries that qualify it otherwise, or whose search_path leaves billing out, no longer find it.",
    },
    'alter table app."Invoices" set schema "Billing"',
    "alter view totals set schema billing",
    "alter table if exists invoices set schema billing",
    "create table notes (id int); alter table invoices set schema billing",
  ],
  good: [
    "create table invoices (id int); alter table invoices set schema billing",
    "create view billing.invoices as select * from invoices",
    "alter function total() set schema billing",
    "alter table invoices set (fillfactor = 80)",
    "alter type status set schema billing",
  ],
});
