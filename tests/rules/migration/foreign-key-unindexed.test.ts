import rule from "../../../src/rules/migration/foreign-key-unindexed.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table orders (id int primary key); create table items (id int primary key, order_id int not null references orders)",
      at: "create table items (id int primary key, order_id int not null references orders)",
      object: "items.order_id",
      fix: "create index concurrently items_order_id_idx on items (order_id);",
    },
    "create table items (a int, b int, foreign key (a, b) references pairs); create index on items (a)",
    "create table kinds (name text primary key); insert into kinds select kind from old; create table items (kind text references kinds)",
    "create table items (order_id int references orders); create index on items (order_id) where order_id > 5",
  ],
  good: [
    // Nobody sees which indexes there are.
    "alter table items add foreign key (order_id) references orders",
    "create table items (order_id int references orders); create index on items (order_id, id)",
    "create table items (order_id int primary key references orders)",
    "create table items (order_id int references orders, unique (order_id))",
    "create table items (order_id int references orders); alter table items add primary key (order_id)",
    "create table items (order_id int references orders); create index on items (order_id) where order_id is not null",
    "create table items (a int, b int, foreign key (a, b) references pairs); create index on items (b, a)",
    "create table items (order_id int references orders); drop table items",
    "create table items (order_id int references orders); do $$ begin execute 'create index on items (order_id)'; end $$",
    "create table items_1 partition of items for values in (1)",
    "create table more (like items including indexes, foreign key (order_id) references orders)",
    "create table if not exists items (order_id int references orders)",
    "create table kinds (name text primary key); insert into kinds values ('a'), ('b'); create table items (kind text references kinds)",
  ],
  rehearsed: {
    setup: `
create table customers (id int primary key); create table pairs (a int, b int, primary key (a, b));
create table orders (id int primary key, customer_id int, a int, b int, seller_id int);
create index orders_seller_idx on orders (seller_id) where seller_id is not null;
create table few (id int, customer_id int);`,
    rows: { orders: 5_000_000, few: 100 },
    bad: [
      {
        sql: "alter table orders add constraint fk foreign key (customer_id) references customers not valid",
        at: "add constraint fk foreign key (customer_id) references customers not valid",
        severity: "warning",
        object: "orders.customer_id",
        message:
          "Deleting from customers scans all of orders (about 5,000,000 rows) for each row, because no index starts with customer_id, and joins between the two have none either.",
        fix: "create index concurrently orders_customer_id_idx on orders (customer_id);",
      },
      { sql: "create table items (id int primary key, order_id int references orders)", severity: "warning", object: "items.order_id" },
      "create table items (a int, b int, id int primary key, foreign key (a, b) references pairs)",
      "alter table orders add foreign key (a, b) references pairs; create index on orders (a)",
      "create table items (order_id int references orders); create index on items (order_id) where order_id > 5",
      "create table items (order_id int references orders); create index on items using brin (order_id)",
      { sql: "alter table few add foreign key (customer_id) references customers", severity: "info" },
      "alter table orders add column other_id int references customers",
    ],
    good: [
      "alter table orders add foreign key (customer_id) references customers not valid; create index concurrently on orders (customer_id)",
      "create index on orders (customer_id, id); alter table orders add foreign key (customer_id) references customers",
      "alter table orders add foreign key (seller_id) references customers",
      "create table items (order_id int primary key references orders)",
      "create table items (order_id int references orders unique)",
      "create table items (a int, b int, foreign key (a, b) references pairs); create index on items (b, a)",
      "create table items (order_id int references orders); drop table items",
      "alter table orders add foreign key (customer_id) references nowhere",
      "alter table orders add constraint fk foreign key (customer_id) references customers; alter table orders drop constraint fk",
      "create table items (id int primary key)",
    ],
  },
});
