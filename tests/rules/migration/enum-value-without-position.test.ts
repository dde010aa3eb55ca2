import rule from "../../../src/rules/migration/enum-value-without-position.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter type app.mood add value 'calm'",
      severity: "info",
      object: "app.mood",
      message:
        "'calm' is sorted behind all values that app.mood has by then, which may be others in another database: say BEFORE or AFTER which one.",
      fix: null,
    },
    "alter type mood add value if not exists 'calm'",
  ],
  good: [
    "alter type mood add value 'calm' after 'sad'",
    "alter type mood add value if not exists 'calm' before 'happy'",
    "alter type mood rename value 'sad' to 'blue'",
    "alter type mood rename to feeling",
    "create type mood as enum ('sad', 'happy')",
  ],
});
