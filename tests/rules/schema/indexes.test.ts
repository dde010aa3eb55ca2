import { expect, test } from "vitest";
import btreeOnArray from "../../../src/rules/schema/btree-on-array.ts";
import btreeOnJsonb from "../../../src/rules/schema/btree-on-jsonb.ts";
import duplicateIndex from "../../../src/rules/schema/duplicate-index.ts";
import invalidIndex from "../../../src/rules/schema/invalid-index.ts";
import redundantIndexPrefix from "../../../src/rules/schema/redundant-index-prefix.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

const orders =
  "create table orders (id bigint primary key, customer_id bigint, status text, created_at timestamptz, tags text[], data jsonb);";

judge(duplicateIndex, {
  bad: {
    "two indexes that are the same": {
      sql: `${orders} create index one on orders (status); create index two on orders (status)`,
      says: "two on orders holds exactly what one holds",
      fix: "drop index concurrently two;",
    },
    "three of them as one thing": {
      sql: `${orders} create index one on orders (status); create index two on orders (status); create index three on orders (status)`,
      says: "hold exactly what one holds",
    },
    "a unique index beside the constraint that made its own": {
      sql: `${orders} alter table orders add constraint orders_status_key unique (status); create unique index again on orders (status)`,
      says: "again on orders holds exactly what orders_status_key holds",
      fix: "drop index concurrently again;",
    },
    "the same expression and predicate": {
      sql: `${orders} create index a on orders (lower(status)) where id > 5; create index b on orders (lower(status)) where id > 5`,
      says: "b on orders",
    },
    "one that says the defaults out loud beside one that leaves them out": {
      sql: `${orders} create index a on orders using btree (status asc nulls last); create index b on orders (status)`,
      says: "b on orders",
    },
  },
  good: {
    "another order": `${orders} create index a on orders (status); create index b on orders (status desc)`,
    "another operator class": `${orders} create index a on orders (status); create index b on orders (status text_pattern_ops)`,
    "another collation": `${orders} create index a on orders (status); create index b on orders (status collate "C")`,
    "another predicate": `${orders} create index a on orders (status) where id > 1; create index b on orders (status) where id > 2`,
    "another method": `${orders} create index a on orders (status); create index b on orders using hash (status)`,
    "another included column": `${orders} create index a on orders (status); create index b on orders (status) include (created_at)`,
    "a plain index beside a unique one": `${orders} create index a on orders (id)`,
    "two unique constraints, which somebody declared": `${orders} alter table orders add unique (status), add unique (status)`,
    "NULLs that are distinct in one only": `${orders} create unique index a on orders (status); create unique index b on orders (status) nulls not distinct`,
  },
});

judge(redundantIndexPrefix, {
  bad: {
    "the start of a longer index": {
      sql: `${orders} create index a on orders (customer_id); create index b on orders (customer_id, created_at)`,
      says: "a on orders is the start of b",
      fix: "drop index concurrently a;",
    },
    "a plain index on the columns of a unique one": {
      sql: `${orders} create index again on orders (id)`,
      says: "again on orders is the start of orders_pkey",
    },
  },
  good: {
    "a unique index, which is a promise": `${orders} create unique index a on orders (customer_id); create index b on orders (customer_id, created_at)`,
    "the same columns in another order": `${orders} create index a on orders (created_at); create index b on orders (customer_id, created_at)`,
    "another sort order": `${orders} create index a on orders (customer_id desc); create index b on orders (customer_id, created_at)`,
    "a partial longer index": `${orders} create index a on orders (customer_id); create index b on orders (customer_id, created_at) where id > 5`,
    "an included column that the longer one lacks": `${orders} create index a on orders (customer_id) include (status); create index b on orders (customer_id, created_at)`,
    "an identical one, which is another rule's": `${orders} create index a on orders (customer_id); create index b on orders (customer_id)`,
  },
});

test("a query on the first column is planned with the longer index once the short one is gone", async () => {
  const plan = await within(
    `${orders} insert into orders select i, i % 1000 from generate_series(1, 20000) i;
     create index b on orders (customer_id, created_at); analyze orders`,
    async () => JSON.stringify((await postgres.query("explain select * from orders where customer_id = 7")).rows),
  );
  expect(plan).toMatch(/Bitmap Index Scan on b|Index Scan using b/);
});

judge(invalidIndex, {
  bad: {
    "an index that a failed build left": {
      sql: `${orders} create index broken on orders (status); update pg_index set indisvalid = false where indexrelid = 'broken'::regclass`,
      says: "broken on orders is invalid: no query may use it",
      fix: "reindex index concurrently broken;",
    },
    "what a failed REINDEX left beside the old one": {
      sql: `${orders} create index broken_ccnew on orders (status); update pg_index set indisvalid = false where indexrelid = 'broken_ccnew'::regclass`,
      says: "broken_ccnew",
      fix: "drop index concurrently broken_ccnew;",
    },
  },
  good: {
    "a good one": `${orders} create index fine on orders (status)`,
    "one of a partitioned table that still waits for its partitions":
      "create table logs (id bigint, at date) partition by range (at); create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01'); create index logs_at on only logs (at)",
  },
});

test("no plan uses an invalid index, and a write still maintains it", async () => {
  const { plan, grown } = await within(
    `${orders} create index broken on orders (status); update pg_index set indisvalid = false where indexrelid = 'broken'::regclass;
     insert into orders (id, status) select i, 'x' || i from generate_series(1, 5000) i; analyze orders; set local enable_seqscan = off`,
    async () => ({
      plan: JSON.stringify((await postgres.query("explain select * from orders where status = 'x7'")).rows),
      grown: (await postgres.query<{ bytes: number }>("select pg_relation_size('broken')::int as bytes")).rows[0]?.bytes,
    }),
  );
  expect(plan).toContain("Seq Scan");
  expect(grown).toBeGreaterThan(50_000);
});

judge(btreeOnJsonb, {
  bad: {
    "a B-tree on a jsonb column": {
      sql: `${orders} create index orders_data_idx on orders (data)`,
      says: "orders_data_idx is a B-tree on the jsonb column orders.data",
      fix: "create index concurrently orders_data_gin_idx on orders using gin (data);\ndrop index concurrently orders_data_idx;",
    },
  },
  good: {
    "a GIN index": `${orders} create index on orders using gin (data)`,
    "a B-tree on one key of it": `${orders} create index on orders ((data ->> 'name'))`,
    "a unique one, which compares whole documents on purpose": `${orders} create unique index on orders (data)`,
  },
});

judge(btreeOnArray, {
  bad: {
    "a B-tree on an array": {
      sql: `${orders} create index orders_tags_idx on orders (tags)`,
      says: "orders_tags_idx is a B-tree on the array orders.tags",
    },
  },
  good: {
    "a GIN index": `${orders} create index on orders using gin (tags)`,
    "a B-tree on its first element": `${orders} create index on orders ((tags[1]))`,
  },
});

test("a B-tree finds neither a key of jsonb nor an element of an array, and GIN finds both", async () => {
  const plans = await within(
    `${orders} create index b_data on orders (data); create index b_tags on orders (tags); set local enable_seqscan = off`,
    async () => {
      const explain = async () =>
        JSON.stringify([
          (await postgres.query(`explain select id from orders where data @> '{"a": 1}'`)).rows,
          (await postgres.query("explain select id from orders where tags @> '{red}'")).rows,
        ]);
      const before = await explain();
      await postgres.exec("create index g_data on orders using gin (data); create index g_tags on orders using gin (tags)");
      return { before, after: await explain() };
    },
  );
  expect(plans.before).not.toMatch(/b_data|b_tags/);
  expect(plans.after).toMatch(/g_data.*g_tags/);
});
