import { expect, test } from "vitest";
import foreignKeyDuplicate from "../../../src/rules/schema/foreign-key-duplicate.ts";
import foreignKeyInt4ToBigint from "../../../src/rules/schema/foreign-key-int4-to-bigint.ts";
import foreignKeyMatchNullableMulticolumn from "../../../src/rules/schema/foreign-key-match-nullable-multicolumn.ts";
import foreignKeyTypeMismatch from "../../../src/rules/schema/foreign-key-type-mismatch.ts";
import foreignKeyUnindexed from "../../../src/rules/schema/foreign-key-unindexed.ts";
import notValidatedConstraint from "../../../src/rules/schema/not-validated-constraint.ts";
import primaryKeyInt4 from "../../../src/rules/schema/primary-key-int4.ts";
import sequenceNearExhaustion from "../../../src/rules/schema/sequence-near-exhaustion.ts";
import tableWithoutPrimaryKey from "../../../src/rules/schema/table-without-primary-key.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

const customers = "create table customers (id bigint primary key);";

judge(foreignKeyUnindexed, {
  bad: {
    "a foreign key without an index": {
      sql: `${customers} create table orders (id bigint primary key, customer_id bigint references customers)`,
      says: "Deleting from customers scans all of orders for each row, because orders_customer_id_fkey has no index",
      fix: "create index concurrently orders_customer_id_idx on orders (customer_id);",
    },
    "one of a small table, as worth knowing": {
      sql: `${customers} create table orders (id bigint primary key, customer_id bigint references customers); insert into orders values (1), (2); analyze orders`,
      says: "(about 2 rows)",
      severity: "info",
    },
    "two columns, of which the index has the second first and others between": {
      sql: `create table lines (a int, b int, primary key (a, b));
            create table notes (id int primary key, a int, b int, c int, foreign key (a, b) references lines); create index on notes (b, c, a)`,
      says: "notes_a_b_fkey",
      fix: "create index concurrently notes_a_b_idx on notes (a, b);",
    },
    "one whose index is partial": {
      sql: `${customers} create table orders (id bigint primary key, customer_id bigint references customers); create index on orders (customer_id) where id > 10`,
      says: "orders_customer_id_fkey",
    },
    "two keys on the same column as one thing": {
      sql: `${customers} create table people (id bigint primary key);
            create table orders (id bigint primary key, who bigint references customers, foreign key (who) references people)`,
      says: "orders_who_fkey",
    },
    "one of a partitioned table once, without a fix that a partitioned table refuses": {
      sql: `${customers} create table orders (id bigint, customer_id bigint references customers) partition by hash (id);
            create table orders_0 partition of orders for values with (modulus 1, remainder 0)`,
      says: "all of orders ",
      fix: null,
    },
    "a table and a column that must be quoted": {
      sql: `${customers} create table "Order" (id bigint primary key, "user" bigint references customers)`,
      says: 'scans all of "Order"',
      fix: 'create index concurrently "Order_user_idx" on "Order" ("user");',
    },
  },
  good: {
    "an index on the column": `${customers} create table orders (id bigint primary key, customer_id bigint references customers); create index on orders (customer_id)`,
    "a primary key that starts with it": `${customers} create table orders (customer_id bigint references customers, line int, primary key (customer_id, line))`,
    "an index with both columns the other way round":
      "create table lines (a int, b int, primary key (a, b)); create table notes (id int primary key, a int, b int, foreign key (a, b) references lines); create index on notes (b, a)",
    "an index that leaves only NULLs out": `${customers} create table orders (id bigint primary key, customer_id bigint references customers); create index on orders (customer_id) where customer_id is not null`,
    "a hash index": `${customers} create table orders (id bigint primary key, customer_id bigint references customers); create index on orders using hash (customer_id)`,
  },
});

judge(foreignKeyInt4ToBigint, {
  bad: {
    "integer that refers to bigint": {
      sql: `${customers} create table orders (id bigint primary key, customer_id int references customers)`,
      says: "orders.customer_id is integer and refers to customers.id, which is bigint: no row can refer to an id above 2,147,483,647",
      fix: null,
    },
    "one whose parent has used up most of integer": {
      sql: `create table customers (id bigint generated always as identity primary key); create table orders (id bigint primary key, customer_id int references customers);
            select setval('customers_id_seq', 2000000000)`,
      says: "the last one given out is 2,000,000,000",
      severity: "error",
    },
    "one of a small table, with its fix": {
      sql: `${customers} create table orders (id bigint primary key, customer_id int references customers); insert into orders values (1); analyze orders`,
      says: "orders.customer_id is integer",
      fix: "alter table orders alter column customer_id type bigint;",
    },
  },
  good: {
    "the same type": `${customers} create table orders (id bigint primary key, customer_id bigint references customers)`,
    "a wider child": "create table kinds (id int primary key); create table orders (id bigint primary key, kind bigint references kinds)",
  },
});

judge(foreignKeyTypeMismatch, {
  bad: {
    "integer that refers to numeric": {
      sql: "create table parts (id numeric primary key); create table uses (id bigint primary key, part int references parts)",
      says: "uses.part is integer and refers to parts.id, which is numeric",
    },
    "text that refers to char(n)": {
      sql: "create table countries (code char(2) primary key); create table towns (id bigint primary key, country text references countries)",
      says: /towns.country is text and refers to countries.code, which is character\(2\)/,
    },
  },
  good: {
    "integers of two widths, which another rule weighs": `${customers} create table orders (id bigint primary key, customer_id int references customers)`,
    "varchar and text": "create table a (k text primary key); create table b (id int primary key, k varchar(20) references a)",
    "varchar of two lengths": "create table a (k varchar(10) primary key); create table b (id int primary key, k varchar(20) references a)",
    "a domain": "create domain code as text; create table a (k text primary key); create table b (id int primary key, k code references a)",
  },
});

judge(foreignKeyDuplicate, {
  bad: {
    "the same key twice": {
      sql: `${customers} create table orders (id bigint primary key, customer_id bigint references customers, foreign key (customer_id) references customers)`,
      says: "orders_customer_id_fkey1 says again what orders_customer_id_fkey says",
      fix: "alter table orders drop constraint orders_customer_id_fkey1;",
    },
  },
  good: {
    "two columns to one table": `${customers} create table orders (id bigint primary key, customer_id bigint references customers, payer_id bigint references customers)`,
  },
});

judge(foreignKeyMatchNullableMulticolumn, {
  bad: {
    "two columns that may be NULL apart": {
      sql: "create table lines (a int, b int, primary key (a, b)); create table notes (id int primary key, a int, b int, foreign key (a, b) references lines)",
      says: "notes_a_b_fkey of notes does not check a row where only some of a, b are NULL",
    },
  },
  good: {
    "MATCH FULL":
      "create table lines (a int, b int, primary key (a, b)); create table notes (id int primary key, a int, b int, foreign key (a, b) references lines match full)",
    "a tenant that is always there":
      "create table lines (a int, b int, primary key (a, b)); create table notes (id int primary key, a int not null, b int, foreign key (a, b) references lines)",
    "one column": `${customers} create table orders (id bigint primary key, customer_id bigint references customers)`,
  },
});

test("Postgres takes a row that points at nothing as long as one of its columns is NULL", async () => {
  const rows = await within(
    "create table lines (a int, b int, primary key (a, b)); create table notes (a int, b int, foreign key (a, b) references lines); insert into notes values (77, null)",
    async () => (await postgres.query("select a, b from notes")).rows,
  );
  expect(rows).toEqual([{ a: 77, b: null }]);
});

judge(notValidatedConstraint, {
  bad: {
    "a check that old rows may break": {
      sql: `create table orders (id int primary key, total int); alter table orders add constraint positive check (total > 0) not valid`,
      says: "The check positive of orders is NOT VALID",
      fix: "alter table orders validate constraint positive;",
    },
    "a foreign key": {
      sql: `${customers} create table orders (id int primary key, c bigint); alter table orders add constraint c_fk foreign key (c) references customers not valid`,
      says: "The foreign key c_fk of orders is NOT VALID",
    },
    "one that is not enforced, from 18 on": {
      sql: `create table orders (id int primary key, total int, constraint positive check (total > 0) not enforced)`,
      says: "is NOT ENFORCED: Postgres lets every row break it",
      severity: "info",
      fix: null,
    },
  },
  good: {
    "one that was validated": `create table orders (id int primary key, total int, constraint positive check (total > 0) not valid); alter table orders validate constraint positive`,
  },
});

test("the planner estimates a join by a foreign key whether it is validated or not", async () => {
  const rows = await within(
    `create table parents (a int, b int, primary key (a, b)); insert into parents select i, i from generate_series(1, 2000) i;
     create table children (a int, b int); insert into children select a, b from parents; analyze parents; analyze children`,
    async () => {
      const expected = async () => {
        const { rows } = await postgres.query("explain (format json) select from children c join parents p on (c.a, c.b) = (p.a, p.b)");
        return (rows[0] as { "QUERY PLAN": readonly { readonly Plan: { readonly "Plan Rows": number } }[] })["QUERY PLAN"][0]?.Plan[
          "Plan Rows"
        ];
      };
      const without = await expected();
      await postgres.query("alter table children add constraint ab foreign key (a, b) references parents not valid");
      const before = await expected();
      await postgres.query("alter table children validate constraint ab");
      return [without, before, await expected()];
    },
  );
  expect(rows).toEqual([1, 2000, 2000]);
});

test("the planner leaves a table out by a check only once it is validated", async () => {
  const plans = await within(
    "create table orders (id int primary key, total int); alter table orders add constraint positive check (total > 0) not valid; set local constraint_exclusion = on",
    async () => {
      const explain = async () => JSON.stringify((await postgres.query("explain select * from orders where total < 0")).rows);
      const before = await explain();
      await postgres.exec("alter table orders validate constraint positive");
      return { before, after: await explain() };
    },
  );
  expect(plans.before).toContain("Seq Scan");
  expect(plans.after).toContain("One-Time Filter: false");
});

judge(primaryKeyInt4, {
  bad: {
    "an identity of integer": {
      sql: "create table orders (id int generated always as identity primary key)",
      says: "orders.id is integer, so inserts fail once 2,147,483,647 ids are given out",
      fix: null,
    },
    "a serial that has far to go": {
      sql: "create table orders (id serial primary key); insert into orders default values; analyze orders",
      says: "less than 1 % of them are",
      severity: "info",
      fix: "alter table orders alter column id type bigint;",
    },
    "one in the middle": {
      sql: "create table orders (id serial primary key); select setval('orders_id_seq', 500000000)",
      says: "23 % of them are",
      severity: "warning",
    },
    "one past the middle": {
      sql: "create table orders (id serial primary key); select setval('orders_id_seq', 1500000000)",
      says: "69 % of them are",
      severity: "error",
    },
    "several that nobody knows of, once a schema": {
      sql: "create table a (id serial primary key); create table b (id int generated always as identity primary key); create table c (id bigserial primary key)",
      says: "a.id and b.id are integer, so inserts fail once 2,147,483,647 ids of one are given out.",
      fix: null,
    },
    "several that are small, with the fix of each": {
      sql: "create table a (id serial primary key); create table b (id serial primary key); analyze",
      says: "a.id and b.id are integer",
      fix: "alter table a alter column id type bigint;\nalter table b alter column id type bigint;",
    },
    smallint: { sql: "create table orders (id smallserial primary key)", says: "32,767 ids" },
  },
  good: {
    bigint: "create table orders (id bigint generated always as identity primary key)",
    "a code that people give out": "create table years (year int primary key)",
    "a key of two columns": "create table a (x serial, y int, primary key (x, y))",
  },
});

judge(sequenceNearExhaustion, {
  bad: {
    "a sequence at 80 %": {
      sql: "create table orders (id serial primary key); select setval('orders_id_seq', 1720000000)",
      says: /orders_id_seq has given out 1,720,000,000 of 2,147,483,647 values \(80 %\)/,
      fix: null,
    },
    "one that outgrows its column": {
      sql: "create sequence ids; create table orders (id int primary key default nextval('ids')); alter sequence ids owned by orders.id; select setval('ids', 2100000000)",
      says: "of 2,147,483,647 values",
      severity: "error",
    },
    "one that is narrower than its column": {
      sql: "create sequence ids as int; create table orders (id bigint primary key default nextval('ids')); alter sequence ids owned by orders.id; select setval('ids', 2100000000)",
      says: "ids has given out",
      severity: "error",
      fix: "alter sequence ids as bigint;",
    },
  },
  good: {
    "one at 70 %": "create table orders (id serial primary key); select setval('orders_id_seq', 1500000000)",
    "one that starts again by itself": "create sequence ring maxvalue 100 cycle; select setval('ring', 99)",
    "one that was never drawn from": "create sequence small maxvalue 2",
    "one that counts down": "create sequence down increment -1; select nextval('down')",
  },
});

test("past the last value of a column's type every insert fails, whatever the sequence could give", async () => {
  const insert = within(
    "create sequence ids; create table orders (id int primary key default nextval('ids')); alter sequence ids owned by orders.id; select setval('ids', 2147483647)",
    () => postgres.query("insert into orders default values"),
  );
  await expect(insert).rejects.toThrow("integer out of range");
});

judge(tableWithoutPrimaryKey, {
  bad: {
    "a table without a key": {
      sql: "create table logs (at timestamptz, line text)",
      says: "logs has no primary key, so two equal rows",
      fix: null,
    },
    "one that a unique index could make the key of": {
      sql: "create table logs (id bigint not null, line text); create unique index logs_id on logs (id)",
      says: "though logs_id already tells its rows apart",
      severity: "info",
      fix: "alter table logs add primary key using index logs_id;",
    },
    "one whose unique column may be NULL": { sql: "create table logs (id bigint unique)", says: "so two equal rows" },
    "a partitioned table once": {
      sql: "create table logs (at date) partition by range (at); create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01')",
      says: "logs has no primary key",
    },
  },
  good: {
    "a table with a key": "create table logs (id bigint primary key)",
    "a view":
      "create table logs (id bigint primary key); create view v as select * from logs; create materialized view m as select * from logs",
  },
});
