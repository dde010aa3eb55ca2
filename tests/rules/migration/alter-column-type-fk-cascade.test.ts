import rule from "../../../src/rules/migration/alter-column-type-fk-cascade.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table customers alter column id type bigint"],
  rehearsed: {
    setup: `
create table customers (id int primary key, code varchar(10) unique, name text);
create table orders (id int primary key, customer_id int constraint orders_fk references customers, code varchar(10) references customers (code));
create table tags (id int primary key);
create table small (tag_id int references tags, customer_id int);`,
    rows: { orders: 5_000_000, small: 100 },
    bad: [
      {
        sql: "alter table customers alter column id type bigint",
        at: "alter column id type bigint",
        severity: "warning",
        object: "orders",
        message:
          "orders_fk refers to id of customers, so the change of type locks orders (about 5,000,000 rows) ACCESS EXCLUSIVE as well and looks up all of its rows again.",
        fix: null,
      },
      { sql: "alter table tags alter column id type bigint", severity: "info", object: "small" },
    ],
    good: [
      "alter table customers alter column name type varchar(40)",
      "alter table orders alter column customer_id type bigint",
      "alter table orders drop constraint orders_fk; alter table customers alter column id type bigint",
      "alter table customers alter column id set statistics 500",
      "create table a (id int primary key); create table b (a int references a); alter table a alter column id type bigint",
      "alter table small alter column customer_id type bigint",
      // The column keeps its rows and its key.
      "alter table customers alter column code type varchar(20)",
    ],
  },
});
