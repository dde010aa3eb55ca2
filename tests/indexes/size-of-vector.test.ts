import { expect, test } from "vitest";
import { sizeIndexes } from "../../src/indexes/sized.ts";
import { startTwin } from "../twin/twin.ts";

const twin = startTwin();
const rows = process.env.LONG ? 5_000 : 300;

const vector = (dimensions: number) =>
  `(select array_agg(random()) from generate_series(1, ${dimensions}) where i > 0)::public.vector(${dimensions})`;

const indexes = [
  "hnsw (small public.vector_l2_ops)",
  "hnsw (small public.vector_l2_ops) with (m = 8)",
  "hnsw (middle public.vector_cosine_ops)",
  "hnsw (middle public.vector_l2_ops) where i <= 150",
  "hnsw (large public.vector_l2_ops) with (m = 24)",
  "ivfflat (small public.vector_l2_ops) with (lists = 10)",
  "ivfflat (middle public.vector_l2_ops) with (lists = 20)",
];

test("the size of an index over vectors is told within 10 % of the one that pgvector builds", async () => {
  await twin.use({ sortsByBytes: true, extensions: ["vector"] }, async (session) => {
    const outcomes = await session.run([
      "create extension vector schema public",
      "create table public.items (i int, small public.vector(32), middle public.vector(384), large public.vector(1536))",
      `insert into public.items select i, ${vector(32)}, ${vector(384)}, case when i % 4 = 0 then ${vector(1536)} end from generate_series(1, ${rows}) i`,
      "analyze public.items",
      ...indexes.map((index, position) => `create index measured_${position} on public.items using ${index}`),
    ]);
    expect(outcomes.flatMap(({ refused }) => (refused ? [refused.message] : []))).toEqual([]);
    const built = await session.read<{ oid: number; position: number; blocks: number }>(
      "select oid, substr(relname::text, 10)::int4 as position, (pg_relation_size(oid) / 8192)::int4 as blocks from pg_class where relname like 'measured\\_%'",
      [],
    );
    const sizes = await sizeIndexes(session, { indexes: built.map(({ oid }) => oid), tables: [] });
    const wrong = built.map(({ oid, position, blocks }) => ({ index: indexes[position], blocks, expected: sizes.get(oid)?.blocks ?? 0 }));
    expect(wrong).toHaveLength(indexes.length);
    expect(wrong.filter(({ blocks, expected }) => Math.abs(expected / blocks - 1) > 0.1)).toEqual([]);
  });
}, 300_000);
