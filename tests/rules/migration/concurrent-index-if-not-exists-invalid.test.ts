import rule from "../../../src/rules/migration/concurrent-index-if-not-exists-invalid.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create index concurrently if not exists by_customer on orders (customer_id)",
      severity: "info",
      object: "by_customer",
      message:
        "If this build fails, it leaves by_customer behind invalid; at the next try IF NOT EXISTS takes it for done, and queries go on without an index.",
    },
    { sql: 'create unique index concurrently if not exists "By No" on app."Orders" ("No")', object: 'app."By No"' },
    "create index concurrently if not exists i on orders using gin (tags)",
    "create table notes (id int); create index concurrently if not exists i on orders (id)",
    "drop index concurrently if exists other; create index concurrently if not exists i on orders (id)",
  ],
  good: [
    "create index concurrently by_customer on orders (customer_id)",
    "create index if not exists by_customer on orders (customer_id)",
    "create index concurrently on orders (customer_id)",
    "drop index concurrently if exists by_customer",
    "reindex index concurrently by_customer",
  ],
  rehearsed: {
    setup: `
      create table orders (id bigint, customer_id bigint);
      create index whole on orders (id);
      create index broken on orders (customer_id);
      update pg_index set indisvalid = false where indexrelid = 'broken'::regclass`,
    bad: [
      {
        sql: "create index concurrently if not exists broken on orders (customer_id)",
        severity: "error",
        fix: "drop index concurrently broken;",
        message:
          "broken is there but invalid, left by a build that failed: IF NOT EXISTS takes it for done, and queries go on without an index.",
      },
    ],
    good: ["create index concurrently if not exists whole on orders (id)"],
  },
});
