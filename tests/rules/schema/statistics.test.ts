import { expect, test } from "vitest";
import booleanIndex from "../../../src/rules/schema/boolean.ts";
import btreeIndexRowSize from "../../../src/rules/schema/btree-index-row-size.ts";
import columnOrderPadding from "../../../src/rules/schema/column-order-padding.ts";
import extendedStatisticsCandidate from "../../../src/rules/schema/extended-statistics-candidate.ts";
import indexOnLowCardinality from "../../../src/rules/schema/index-on-low-cardinality.ts";
import indexOnNullableMostlyNull from "../../../src/rules/schema/index-on-nullable-mostly-null.ts";
import statsTargetLowSkew from "../../../src/rules/schema/stats-target-low-skew.ts";
import tableNeverAnalyzed from "../../../src/rules/schema/table-never-analyzed.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

const filled = (column: string, value: string, rows = 10_000) =>
  `create table t (id int primary key, ${column}); insert into t select i, ${value} from generate_series(1, ${rows}) i; analyze t;`;

/** The row of EXPLAIN that says how a statement begins, and the rows that are expected of it. */
const planOf = async (query: string) => {
  const { rows } = await postgres.query<
    Record<string, readonly { readonly Plan: { readonly "Node Type": string; readonly "Plan Rows": number } }[]>
  >(`explain (format json) ${query}`);
  return rows[0]?.["QUERY PLAN"]?.[0]?.Plan;
};

judge(booleanIndex, {
  bad: {
    "one of which nobody knows the values": {
      sql: "create table t (id int primary key, done boolean); create index on t (done)",
      says: "two values to find: a partial index",
    },
    "one of a rare value": {
      sql: `${filled("done boolean", "i % 100 = 0")} create index on t (done)`,
      says: "in 1 % of the rows: a partial index",
    },
    "one of two common values": {
      sql: `${filled("done boolean", "i % 2 = 0")} create index on t (done)`,
      says: "neither is found faster by it",
    },
  },
  good: {
    "a partial one": "create table t (id int primary key, done boolean); create index on t (id) where done",
    "one of two columns": "create table t (id int primary key, done boolean); create index on t (done, id)",
  },
});

judge(indexOnNullableMostlyNull, {
  bad: {
    "nine tenths of NULL": {
      sql: `${filled("n int", "case when i % 10 = 0 then i end")} create index on t (n)`,
      says: /9\d % of the entries of t_n_idx on t are NULL|90 %|89 %/,
      fix: "create index concurrently t_n_set_idx on t (n) where n is not null;\ndrop index concurrently t_n_idx;",
    },
  },
  good: {
    "a tenth of NULL": `${filled("n int", "case when i % 10 > 0 then i end")} create index on t (n)`,
    "a partial one": `${filled("n int", "case when i % 10 = 0 then i end")} create index on t (n) where n is not null`,
    "a unique one": `${filled("n int", "case when i % 10 = 0 then i end")} create unique index on t (n)`,
    "few rows": `${filled("n int", "case when i % 10 = 0 then i end", 500)} create index on t (n)`,
  },
});

judge(indexOnLowCardinality, {
  bad: {
    "four values, each in a quarter": {
      sql: `${filled("n int", "i % 4")} create index on t (n)`,
      says: "t_n_idx on t has 4 values, the rarest in 25 % of the rows",
      fix: "drop index concurrently t_n_idx;",
    },
  },
  good: {
    "values whose rows lie together": `${filled("n int", "i / 2501")} create index on t (n)`,
    "rows so wide that few share a page": `${filled("n int, pad text default repeat('x', 1900)", "i % 4")} create index on t (n)`,
    "one rare value": `${filled("n int", "case when i % 100 = 0 then 2 else 1 end")} create index on t (n)`,
    "many values": `${filled("n int", "i % 1000")} create index on t (n)`,
    "a reference": `create table p (n int primary key); insert into p select generate_series(0, 3); ${filled("n int references p", "i % 4")} create index on t (n)`,
    "two columns": `${filled("n int", "i % 4")} create index on t (n, id)`,
  },
});

test("a value in a quarter of the rows is read from every page by the index too", async () => {
  const { found, all } = await within(`${filled("n int", "i % 4")} create index on t (n); set local enable_seqscan = off`, async () => {
    const { rows } = await postgres.query<Record<string, string>>("explain (analyze, costs off) select * from t where n = 1");
    const { rows: blocks } = await postgres.query<{ all: number }>("select (pg_relation_size('t') / 8192)::int as all");
    return { found: rows.map((row) => row["QUERY PLAN"]).join("\n"), all: blocks[0]?.all };
  });
  expect(found).toContain(`Heap Blocks: exact=${all}`);
});

const tail = "case when i <= 15000 then i % 150 else i end";

judge(statsTargetLowSkew, {
  bad: {
    "a list that ends in a step": {
      sql: filled("n int", tail, 25_000),
      says: /the planner knows the 100 most common values, and takes every other one to be \d+ times rarer/,
    },
    "a target of its own": {
      sql: `create table t (id int primary key, n int); alter table t alter n set statistics 50; insert into t select i, ${tail} from generate_series(1, 25000) i; analyze t`,
      says: "the 50 most common values",
    },
  },
  good: {
    "values that are all alike": filled("n int", "i % 5000", 25_000),
    "values that all find a place": filled("n int", "i % 90", 25_000),
  },
});

test("a value behind the list is expected to be far rarer than it is", async () => {
  const rows = await within(filled("n int", tail, 25_000), async () => {
    const { rows: stats } = await postgres.query<{ known: number[] }>(
      "select most_common_vals::text::int[] as known from pg_stats where tablename = 't' and attname = 'n'",
    );
    const behind = Array.from({ length: 150 }, (_, value) => value).find((value) => !stats[0]?.known.includes(value));
    return (await planOf(`select * from t where n = ${behind}`))?.["Plan Rows"];
  });
  // There are 100.
  expect(rows).toBeLessThan(10);
});

const places = `create table p (a int, b int, primary key (a, b)); insert into p select i % 20, i from generate_series(1, 200) i;
  create table t (id int primary key, a int, b int, foreign key (a, b) references p);
  insert into t select i, (i % 200 + 1) % 20, i % 200 + 1 from generate_series(1, 20000) i; analyze p, t;`;

judge(extendedStatisticsCandidate, {
  bad: {
    "two columns of one reference": {
      sql: places,
      says: "takes a and b of t for independent, 4,000 combinations, while p has only 200",
      fix: "create statistics t_a_b_stat (ndistinct, dependencies, mcv) on a, b from t;\nanalyze t;",
    },
  },
  good: { "statistics that know both": `${places} create statistics s on a, b from t` },
});

test("a condition on both is expected to find twenty times too few rows, until there are statistics of both", async () => {
  const [before, after] = await within(places, async () => {
    const expected = async () => (await planOf("select * from t where a = 5 and b = 5"))?.["Plan Rows"] ?? 0;
    const alone = await expected();
    await postgres.exec("create statistics s (ndistinct, dependencies, mcv) on a, b from t; analyze t");
    return [alone, await expected()];
  });
  // There are 100.
  expect(before).toBeLessThan(10);
  expect(after).toBeGreaterThan(80);
});

const long = (words: number) => `(select string_agg(md5(i::text || j::text), '') from generate_series(1, ${words}) j)`;

judge(btreeIndexRowSize, {
  bad: {
    "values of about a thousand bytes": {
      sql: `${filled("n text", long(30), 50)} create index on t (n)`,
      says: "t_n_idx on t holds about 964 bytes a row",
    },
    "two columns together": {
      sql: `${filled("n text", long(18), 50)} alter table t add m text; update t set m = n; analyze t; create index on t (n) include (m)`,
      says: "bytes a row",
    },
  },
  good: {
    "short values": `${filled("n text", "i::text", 50)} create index on t (n)`,
    "a hash of long ones": `${filled("n text", long(30), 50)} create index on t (md5(n))`,
    GIN: `${filled("n text", long(30), 50)} create index on t using gin (to_tsvector('simple', n))`,
  },
});

test("an entry above 2,704 bytes is refused", async () => {
  const insert = within("create table t (n text); create index on t (n)", () =>
    postgres.query("insert into t select string_agg(md5(random()::text), '') from generate_series(1, 200)"),
  );
  await expect(insert).rejects.toThrow(/exceeds btree version 4 maximum 2704/);
});

judge(tableNeverAnalyzed, {
  bad: {
    "a table that was filled": {
      sql: "create table t (id int primary key, n text); insert into t select i, repeat('x', 200) from generate_series(1, 1000) i",
      says: "t has rows and was never analysed: the planner guesses",
      fix: "analyze t;",
    },
    "the parent of partitions that were": {
      sql: "create table t (id int) partition by range (id); create table t_1 partition of t for values from (0) to (9999); insert into t select generate_series(1, 100); analyze t_1",
      says: "which autovacuum never does for a partitioned table",
    },
  },
  good: {
    "an empty one": "create table t (id int primary key)",
    "a few pages": "create table t (id int primary key); insert into t values (1)",
    "one that was": filled("n int", "i"),
  },
});

judge(columnOrderPadding, {
  bad: {
    "one byte before eight, three times": {
      sql: "create table t (a boolean, b bigint, c boolean, d bigint, e boolean, f bigint)",
      says: "Every row of t has 21 bytes of padding",
    },
  },
  good: {
    "the same in order": "create table t (b bigint, d bigint, f bigint, a boolean, c boolean, e boolean)",
    "a few bytes": "create table t (a boolean, b bigint)",
    "few rows": "create table t (a boolean, b bigint, c boolean, d bigint, e boolean, f bigint); insert into t (b) values (1); analyze t",
    "text, which starts anywhere": "create table t (a text, b text, c boolean, d text)",
  },
});

test("a row is shorter by its padding when the widest types come first", async () => {
  const [wide, narrow] = await within(
    `create table a (a boolean, b bigint, c boolean, d bigint, e boolean, f bigint); create table b (b bigint, d bigint, f bigint, a boolean, c boolean, e boolean);
     insert into a values (true, 1, true, 1, true, 1); insert into b values (1, 1, 1, true, true, true)`,
    async () => {
      const { rows } = await postgres.query<{ bytes: number }>(
        "select pg_column_size(a.*) as bytes from a union all select pg_column_size(b.*) from b",
      );
      return rows.map(({ bytes }) => bytes);
    },
  );
  expect((wide ?? 0) - (narrow ?? 0)).toBe(21);
});
