import { expect, test } from "vitest";
import allColumnsNullable from "../../../src/rules/schema/all-columns-nullable.ts";
import eavTable from "../../../src/rules/schema/eav-table.ts";
import inconsistent from "../../../src/rules/schema/inconsistent.ts";
import indexUnnecessaryWhere from "../../../src/rules/schema/index-unnecessary-where.ts";
import intersecting from "../../../src/rules/schema/intersecting.ts";
import missingForeignKeyCandidate from "../../../src/rules/schema/missing-foreign-key-candidate.ts";
import multiValuedColumn from "../../../src/rules/schema/multi-valued-column.ts";
import namingUppercase from "../../../src/rules/schema/naming-uppercase.ts";
import noDescription from "../../../src/rules/schema/no-description.ts";
import repeatedColumns from "../../../src/rules/schema/repeated-columns.ts";
import reserved from "../../../src/rules/schema/reserved.ts";
import rewriteRules from "../../../src/rules/schema/rules.ts";
import singleColumn from "../../../src/rules/schema/single-column.ts";
import tableInheritance from "../../../src/rules/schema/table-inheritance.ts";
import tableWithoutLinks from "../../../src/rules/schema/table-without-links.ts";
import timestampInTheMiddleIndex from "../../../src/rules/schema/timestamp-in-the-middle-index.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

const customers = "create table customers (id bigint primary key);";

judge(missingForeignKeyCandidate, {
  bad: {
    "an id of a table in the plural": {
      sql: `${customers} create table orders (id bigint primary key, customer_id bigint)`,
      says: "orders.customer_id has the name and the type of a reference to customers and is none",
      fix: "alter table orders add constraint orders_customer_id_fkey foreign key (customer_id) references customers (id) not valid;\nalter table orders validate constraint orders_customer_id_fkey;",
    },
    "of one in -ies": {
      sql: "create table categories (id int primary key); create table posts (id int primary key, category_id int)",
      says: "to categories",
    },
    "in camel case": {
      sql: 'create table "Team" (id int primary key); create table posts (id int primary key, "teamId" int)',
      says: 'to "Team"',
    },
  },
  good: {
    "one that is declared": `${customers} create table orders (id bigint primary key, customer_id bigint references customers)`,
    "another type": `${customers} create table orders (id bigint primary key, customer_id text)`,
    "a kind beside it": `${customers} create table notes (id bigint primary key, customer_id bigint, customer_type text)`,
    "no such table": "create table orders (id bigint primary key, customer_id bigint)",
    "a table of another schema": `${customers} create schema s; create table s.orders (id bigint primary key, customer_id bigint)`,
  },
});

const tenants = "create table customers (tenant_id int, id int primary key, unique (tenant_id, id));";

judge(intersecting, {
  bad: {
    "a key and a wider one": {
      sql: `${tenants} create table orders (id int primary key, tenant_id int, customer_id int references customers (id), foreign key (tenant_id, customer_id) references customers (tenant_id, id))`,
      says: "orders_customer_id_fkey of orders checks a part of what orders_tenant_id_customer_id_fkey checks against customers",
    },
  },
  good: {
    "keys to two tables": `${tenants} create table tenants (id int primary key); create table orders (id int primary key, tenant_id int references tenants, customer_id int, foreign key (tenant_id, customer_id) references customers (tenant_id, id))`,
    "two roles of one table": `${tenants} create table orders (id int primary key, tenant_id int, customer_id int, payer_id int references customers (id), foreign key (tenant_id, customer_id) references customers (tenant_id, id))`,
  },
});

judge(indexUnnecessaryWhere, {
  bad: {
    "a condition that always holds": {
      sql: "create table t (id int primary key, n int not null); create index t_n on t (n) where n is not null",
      says: "t_n on t leaves out rows where n is NULL, which there are none of",
      fix: "CREATE INDEX CONCURRENTLY t_n_idx ON public.t USING btree (n);\ndrop index concurrently t_n;",
    },
  },
  good: {
    "a column that may be NULL": "create table t (id int primary key, n int); create index on t (n) where n is not null",
    "another condition": "create table t (id int primary key, n int not null); create index on t (n) where n > 0",
  },
});

test("ON CONFLICT and foreign keys go by a whole unique index only", async () => {
  const sql = "create table t (n int not null); create unique index on t (n) where n is not null;";
  await expect(within(sql, () => postgres.exec("insert into t values (1) on conflict (n) do nothing"))).rejects.toThrow(
    "no unique or exclusion",
  );
  await expect(within(sql, () => postgres.exec("create table c (n int references t (n))"))).rejects.toThrow("no unique constraint");
});

judge(timestampInTheMiddleIndex, {
  bad: {
    "time before an equality": {
      sql: "create table t (id int primary key, a int, at timestamptz); create index i on t (at desc, a)",
      says: "i on t has at before a",
    },
    "in the middle of three": {
      sql: "create table t (id int primary key, a int, b text, at date); create index i on t (a, at, b)",
      says: "has at before b",
    },
  },
  good: {
    "time last": "create table t (id int primary key, a int, at timestamptz); create index on t (a, at)",
    "the key behind it": "create table t (id int primary key, at timestamptz); create index on t (at, id)",
    "two times": "create table t (id int primary key, a date, b date); create index on t (a, b)",
    "a unique one": "create table t (id int primary key, a int, at date, unique (at, a))",
  },
});

judge(tableInheritance, {
  bad: {
    "heirs, told at their parent": {
      sql: "create table a (id int primary key); create table b () inherits (a); create table c () inherits (a)",
      says: "b and c inherit from a",
    },
  },
  good: { partitions: "create table a (id int) partition by list (id); create table b partition of a default" },
});

test("an id may be in a parent and in its heir", async () => {
  const rows = await within(
    "create table a (id int primary key); create table b () inherits (a); insert into a values (1); insert into b values (1)",
    () => postgres.query("select from a where id = 1"),
  );
  expect(rows.rows).toHaveLength(2);
});

const logged = "create table t (id int primary key, n double precision); create table l (n double precision);";

judge(rewriteRules, {
  bad: {
    "on a table": {
      sql: `${logged} create rule r as on insert to t do also insert into l values (new.n)`,
      says: "r rewrites statements on t",
    },
    "on a view": {
      sql: `${logged} create view v as select * from t; create rule r as on delete to v do instead nothing`,
      says: "r rewrites statements on v",
    },
  },
  good: { "a view": `${logged} create view v as select * from t` },
});

test("a rule evaluates an expression again, and COPY goes past it", async () => {
  const told = await within(`${logged} create rule r as on insert to t do also insert into l values (new.n)`, async () => {
    await postgres.exec("insert into t values (1, random())");
    return (await postgres.query<{ same: boolean }>("select t.n = l.n as same from t, l")).rows;
  });
  expect(told).toEqual([{ same: false }]);
});

judge(eavTable, {
  bad: {
    "entity, attribute, value": {
      sql: `${customers} create table facts (customer_id bigint references customers, attribute_name text, value text, primary key (customer_id, attribute_name))`,
      says: "facts keeps one attribute a row (customer_id, attribute_name, value)",
    },
  },
  good: {
    "settings of nobody": "create table settings (key text primary key, value text)",
    "a measurement": `${customers} create table m (customer_id bigint references customers, value numeric, key text, primary key (customer_id, key))`,
    "no reference": "create table m (id int primary key, attribute text, value text)",
  },
});

const asked = (columns: string) => `create table t (id int primary key, ${columns})`;

judge(multiValuedColumn, {
  bad: {
    ids: { sql: asked("tag_ids text"), says: "t.tag_ids is text and by its name holds several values" },
    "in camel case": { sql: asked('"userIds" varchar(100)'), says: 't."userIds"' },
  },
  good: {
    "an array": asked("tag_ids text[]"),
    "one value": asked("tag_id text, whitelist text"),
    "codes that are kept as one secret": asked('"backupCodes" text, recovery_codes text'),
    "words that end alike": asked("kids text, paid text"),
  },
});

judge(repeatedColumns, {
  bad: {
    three: { sql: asked("phone1 text, phone2 text, phone3 text"), says: "phone1, phone2 and phone3 of t are one thing in 3 columns" },
  },
  good: {
    two: asked("line1 text, line2 text"),
    "three types": asked("a1 text, a2 int, a3 date"),
    "no count": asked("p50 int, p90 int, p99 int"),
  },
});

judge(allColumnsNullable, {
  bad: { "no column that must be there": { sql: "create table t (a int, b int)", says: "Every one of the 2 columns of t may be NULL" } },
  good: {
    "a key": asked("b int"),
    "a check that asks for one": "create table t (a int, b int, check (num_nonnulls(a, b) > 0))",
    "one column": "create table t (a int)",
  },
});

judge(singleColumn, {
  bad: { "a list that nobody refers to": { sql: "create table colours (name text primary key)", says: "no foreign key refers to it" } },
  good: {
    "one that a table refers to":
      "create table colours (name text primary key); create table t (id int primary key, c text references colours)",
    "what migrations were run": "create table schema_migrations (version text primary key)",
    ids: "create table seen (id bigint primary key)",
    "a list that a function looks into":
      "create table reserved_names (name text primary key); create function is_free(t text) returns boolean language sql as 'select not exists (select from reserved_names where name = t)'",
    "a list that a view reads":
      "create table colours (name text primary key); create view dark as select * from colours where name like 'dark%'",
  },
});

judge(namingUppercase, {
  bad: {
    "a table": { sql: 'create table "Orders" (id int primary key)', says: '"Orders" has to be written between double quotes' },
    "columns, once a schema": { sql: 'create table t (id int primary key, "aB" int, "c d" int)', says: 't."aB" and t."c d" have to be' },
  },
  good: {
    "small letters": asked("größe int, a_1 int"),
    "a word of SQL": asked('"order" int'),
    "where a library quotes all of them": asked(Array.from({ length: 40 }, (_, place) => `"columnNo${place}" int`).join(", ")),
  },
});

judge(reserved, {
  bad: {
    "a table and a column": {
      sql: 'create table "order" (id int primary key, "user" text)',
      says: '"order" and "order"."user" are called by words of SQL',
    },
  },
  good: { "words that are free": asked("name text, value text, type text") },
});

const names = "a_a int, a_b int, a_c int, a_d int, a_e int, a_f int, a_g int, a_h int, a_i int";

judge(inconsistent, {
  bad: { "one of ten": { sql: asked(`${names}, "bB" int`), says: 't."bB" departs from the snake_case of the other 9 names' } },
  good: {
    "all alike": asked(`${names}, a_j int`),
    "what one table has of a standard": `${asked(Array.from({ length: 40 }, (_, place) => `"columnNo${place}" int`).join(", "))}; create table account (id int primary key, access_token text, refresh_token text, token_type text, expires_at int)`,
    "half and half": asked('a_a int, a_b int, a_c int, a_d int, a_e int, "aA" int, "aB" int, "aC" int, "aD" int, "aE" int'),
  },
});

judge(noDescription, {
  bad: {
    "one of two": {
      sql: `${customers} create table t (id int primary key); comment on table t is 'x'`,
      says: "customers has no comment, unlike the other 1",
    },
  },
  good: { "none at all": customers, all: `${customers} comment on table customers is 'x'` },
});

const linked = `${customers} create table orders (id bigint primary key, customer_id bigint references customers);`;

judge(tableWithoutLinks, {
  bad: {
    "an id of some order": {
      sql: `${linked} create table t (id int primary key, cancelled_order_id bigint)`,
      says: "t has a column that is called like a reference",
    },
    "the last word of a table": {
      sql: `${linked} create table job_batches (id uuid primary key); create table t (id int primary key, "batchId" uuid)`,
      says: "t has a column that is called like a reference",
    },
  },
  good: {
    "a log": `${linked} create table t (id int primary key, line text)`,
    "where nobody links": "create table orders (id int primary key); create table t (id int primary key, cancelled_order_id int)",
    "an id of another system": `${linked} create table t (id int primary key, github_id int)`,
    "a word in the name of something else": `${linked} create table configs_github (id int primary key); create table t (id int primary key, github_id int)`,
    "an id of another type": `${linked} create table t (id int primary key, cancelled_order_id uuid)`,
    "the tables of a library": `${linked} create table good_jobs (id uuid primary key, cancelled_order_id bigint)`,
    "what the name tells": `${linked} create table t (id int primary key, order_id bigint)`,
  },
});
