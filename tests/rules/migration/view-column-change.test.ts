import rule from "../../../src/rules/migration/view-column-change.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["create or replace view recent as select id from orders", "alter table orders drop column total"],
  rehearsed: {
    setup: `
create table orders (id int primary key, total int, note text, state text);
create view recent as select id, total from orders;
create materialized view sums as select sum(total) from orders;
create view above as select id from recent;
create table items (order_id int references orders);
create policy p on items using (order_id > 0);`,
    bad: [
      {
        sql: "create or replace view recent as select id from orders",
        severity: "error",
        object: "recent",
        message:
          "Postgres refuses to replace recent: cannot drop columns from view. Its columns keep their names, types and order, and new ones come last; for anything else drop it and make it again in one transaction.",
        fix: null,
      },
      "create or replace view recent as select id, note, total from orders",
      "create or replace view recent as select id, total::bigint as total from orders",
      "create or replace view recent as select total, id from orders",
      {
        sql: "alter table orders drop column total",
        at: "drop column total",
        object: "orders.total",
        message:
          "Postgres refuses to drop total of orders: cannot drop column total of table orders because other objects depend on it. Replace or drop the views that read it first, in the same transaction.",
      },
    ],
    good: [
      "create or replace view recent as select id, total, note from orders",
      "create or replace view fresh as select id from orders",
      "drop view recent cascade; create view recent as select id from orders",
      "alter table orders drop column note",
      "alter table orders drop column total cascade",
      // A policy or a foreign key is in the way, not a view.
      "alter table items drop column order_id",
      "create or replace view recent as select nope from orders",
      "drop view recent cascade; drop materialized view sums; alter table orders drop column total",
    ],
  },
});
