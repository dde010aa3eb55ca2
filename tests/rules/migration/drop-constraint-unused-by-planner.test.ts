import rule from "../../../src/rules/migration/drop-constraint-unused-by-planner.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table orders drop constraint orders_fk"],
  rehearsed: {
    setup: `
create table customers (id int primary key);
create table orders (id int primary key, customer_id int constraint orders_fk references customers, email text constraint orders_email_key unique,
  total int constraint positive check (total > 0), "Case" int, constraint cased unique ("Case", total));`,
    bad: [
      {
        sql: "alter table orders drop constraint orders_fk",
        at: "drop constraint orders_fk",
        severity: "warning",
        object: "orders.orders_fk",
        message:
          "orders_fk is the foreign key on customer_id of orders: rows may refer to nothing from then on, and the planner no longer knows that each has its counterpart.",
        fix: null,
      },
      {
        sql: "alter table orders drop constraint if exists orders_email_key",
        message: "orders_email_key is the unique constraint on email of orders: rows may repeat from then on, and its index goes with it.",
      },
      "alter table orders drop constraint orders_pkey",
      "alter table orders drop constraint orders_email_key; create index on orders (email)",
      "alter table orders drop constraint orders_email_key; create unique index on orders (email) where total > 0",
    ],
    good: [
      "alter table orders drop constraint positive",
      "alter table orders drop constraint orders_fk, add constraint orders_fk foreign key (customer_id) references customers on delete cascade",
      "alter table orders drop constraint orders_fk; alter table orders add constraint new_fk foreign key (customer_id) references customers not valid",
      "create unique index concurrently u on orders (email); alter table orders drop constraint orders_email_key",
      'create unique index concurrently u on orders (total, "Case"); alter table orders drop constraint cased',
      "create table notes (id int primary key); alter table notes drop constraint notes_pkey",
      "alter table orders drop constraint orders_fk; drop table orders",
      "alter table orders drop constraint orders_fk; alter table orders drop column customer_id",
      "alter table orders drop constraint nope",
      "alter table customers drop constraint customers_pkey",
    ],
  },
});
