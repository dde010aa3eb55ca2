import rule from "../../../src/rules/migration/foreign-key-locks-parent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table orders (id bigint primary key, customer_id bigint references customers)",
      severity: "info",
      object: "customers",
      message:
        "The foreign key takes a SHARE ROW EXCLUSIVE lock on customers too: while it waits for writes that run there, every other write to customers waits behind it.",
      fix: "set lock_timeout = '2s';\ncreate table orders (id bigint primary key, customer_id bigint references customers);",
    },
    {
      sql: "alter table orders add constraint fk foreign key (customer_id) references customers not valid",
      at: "add constraint fk foreign key (customer_id) references customers not valid",
    },
    "alter table orders add column customer_id bigint references app.customers (id)",
    { sql: "begin; create table orders (customer_id bigint references customers); commit", fix: null },
    "create table orders (a bigint references customers, b bigint references customers)",
    "create table notes (id int); create table orders (a bigint, constraint fk foreign key (a) references customers on delete cascade)",
    "set lock_timeout = 0; create table orders (a bigint references customers)",
  ],
  good: [
    "set lock_timeout = '2s'; create table orders (customer_id bigint references customers)",
    "create table customers (id int primary key); create table orders (customer_id int references customers)",
    "create table orders (id int primary key, parent_id int references orders)",
    // That one is told for what it reads: it blocks both tables until it is done.
    "alter table orders add constraint fk foreign key (customer_id) references customers",
    "create table orders (id int primary key, check (id > 0))",
    "alter table orders validate constraint fk",
    "create table orders (like customers including all)",
  ],
  rehearsed: {
    setup:
      "create table customers (id int primary key); create table countries (id int primary key); create table large (id int primary key);",
    rows: { customers: 1_000_000, countries: 200, large: 500_000_000 },
    bad: [
      {
        sql: "create table orders (customer_id int references customers, country_id int references countries)",
        severity: "warning",
        message:
          "The foreign key takes a SHARE ROW EXCLUSIVE lock on customers (about 1,000,000 rows) too: while it waits for writes that run there, every other write to customers waits behind it.",
      },
      { sql: "create table orders (customer_id int references large)", severity: "warning" },
    ],
    good: [
      "create table orders (country_id int references countries)",
      "create table orders (customer_id int references customer)",
      "create table orders (customer_id int references customers (nope))",
    ],
  },
});
