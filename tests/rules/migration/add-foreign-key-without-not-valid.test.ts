import rule from "../../../src/rules/migration/add-foreign-key-without-not-valid.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders add constraint by_customer foreign key (customer_id) references customers (id) on delete cascade",
      severity: "error",
      object: "orders",
      message: "Adding by_customer looks up every row of orders in customers, and blocks writes to both tables until it is done.",
      fix: `alter table orders add constraint by_customer foreign key (customer_id) references customers (id) on delete cascade not valid;
alter table orders validate constraint by_customer;`,
    },
    {
      sql: 'alter table app.orders add foreign key (shop, "No") references app."Shops"',
      fix: `alter table app.orders add constraint "orders_shop_No_fkey" foreign key (shop, "No") references app."Shops" not valid;
alter table app.orders validate constraint "orders_shop_No_fkey";`,
    },
    { sql: "alter table orders add column shop int default 1 references shops", fix: null },
    "alter table orders add column customer_id bigint; alter table orders add foreign key (customer_id) references customers",
    "alter table orders add column note text, add constraint f foreign key (customer_id) references customers",
  ],
  good: [
    "alter table orders add constraint f foreign key (customer_id) references customers not valid",
    "alter table orders add column shop int references shops",
    "alter table orders add column shop int default null references shops",
    "create table orders (id int, customer_id int references customers)",
    "create table orders (id int, customer_id int); alter table orders add foreign key (customer_id) references customers",
  ],
});
