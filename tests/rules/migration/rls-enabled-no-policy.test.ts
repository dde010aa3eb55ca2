import rule from "../../../src/rules/migration/rls-enabled-no-policy.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table orders enable row level security"],
  rehearsed: {
    setup: `
create table orders (id int primary key);
create table ruled (id int); create policy p on ruled using (true);
create table narrowed (id int); create policy p on narrowed as restrictive using (true);
create table events (id int) partition by hash (id); create table part partition of events for values with (modulus 1, remainder 0);`,
    bad: [
      {
        sql: "alter table orders enable row level security",
        at: "enable row level security",
        severity: "warning",
        object: "orders",
        message:
          "Row-level security is on for orders from then on and no policy allows anything, so everybody but its owner sees it empty and is refused every insert.",
        fix: null,
      },
      "alter table narrowed enable row level security",
      { sql: "create table notes (id int); alter table notes enable row level security", severity: "info" },
      "alter table ruled enable row level security; drop policy p on ruled",
    ],
    good: [
      "alter table orders enable row level security; create policy p on orders using (true)",
      "create policy p on orders for select using (true); alter table orders enable row level security",
      "alter table ruled enable row level security",
      "alter table orders enable row level security; alter table orders disable row level security",
      "alter table part enable row level security",
      "alter table orders force row level security",
      "create table notes (id int); alter table notes enable row level security; drop table notes",
    ],
  },
});
