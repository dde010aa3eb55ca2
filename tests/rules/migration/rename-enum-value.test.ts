import rule from "../../../src/rules/migration/rename-enum-value.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter type status rename value 'open' to 'new'",
      severity: "warning",
      object: "status",
      message:
        "Once 'open' of status is called 'new', every query that still says 'open' fails, and readers meet a value that they do not know.",
    },
    { sql: `alter type app."Status" rename value 'a' to 'b'`, object: 'app."Status"' },
    "begin; alter type status rename value 'a' to 'b'; commit",
    { sql: "alter type status rename value 'a' to 'b'", inTransaction: true },
    "alter type status add value 'c'; alter type status rename value 'a' to 'b'",
  ],
  good: [
    "alter type status add value 'new'",
    "alter type status add value if not exists 'new' after 'open'",
    "alter type status rename to order_status",
    "alter type address rename attribute a to b",
    "update orders set status = 'new' where status = 'open'",
  ],
});
