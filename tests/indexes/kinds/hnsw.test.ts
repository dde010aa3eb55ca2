import { expect, test } from "vitest";
import { definitionFor } from "../../../src/indexes/candidate.ts";
import { createSql } from "../../../src/indexes/definition.ts";
import { createTrials } from "../../../src/indexes/trial.ts";
import { parsePlan } from "../../../src/plan/plan.ts";
import { build } from "../../../src/twin/build.ts";
import type { Session } from "../../../src/twin/twin.ts";
import { startTwin } from "../../twin/twin.ts";
import { twinWith } from "./offered.ts";

const rows = 1500;
const random = (dimensions: number) =>
  `(select array_agg(random()) from generate_series(1, ${dimensions}) where i > 0)::vector(${dimensions})`;
const schema = [
  "create extension vector schema public",
  "create table items (id int primary key, kind int not null, small vector(8) not null, half halfvec(8), bits bit(16), sparse sparsevec(8), loose vector, large vector(2500))",
  `insert into items select i, i % 7, v, v::halfvec(8), b'1010101010101010', v::sparsevec, v from (select i, ${random(8)} as v from generate_series(1, ${rows}) i) r`,
  "analyze items",
];
const twin = await twinWith({ extensions: ["vector"], schema });

const offers = async (rest: string, ...wanted: readonly string[]) =>
  expect(await twin.shapes("hnsw", `select id from items ${rest}`)).toEqual(wanted);

const near = "'[1,2,3,4,5,6,7,8]'";

test("the operator and the type say the operator class", async () => {
  await offers(`order by small <-> ${near} limit 5`, "(small public.vector_l2_ops)");
  await offers(`order by small <=> ${near} limit 5`, "(small public.vector_cosine_ops)");
  await offers(`order by small <#> ${near} limit 5`, "(small public.vector_ip_ops)");
  await offers(`order by small <+> ${near} limit 5`, "(small public.vector_l1_ops)");
  await offers("order by half <=> $1 limit 5", "(half public.halfvec_cosine_ops)");
  await offers("order by sparse <-> $1 limit 5", "(sparse public.sparsevec_l2_ops)");
  await offers("order by bits <~> b'1010101010101011' limit 5", "(bits public.bit_hamming_ops)");
  await offers("order by bits <%> b'1010101010101011' limit 5", "(bits public.bit_jaccard_ops)");
});
test("a cast to fewer bits is an expression of its own", () =>
  offers("order by large::halfvec(2500) <-> $1 limit 5", "((large::halfvec(2500)) public.halfvec_l2_ops)"));
test("the farthest first is refused", () => offers(`order by small <-> ${near} desc limit 5`));
test("it says that it misses some, and more where rows are filtered", async () => {
  const notesOf = async (rest: string) =>
    (await twin.offered(`select id from items ${rest}`)).find(({ method }) => method === "hnsw")?.notes;
  const all = await notesOf("order by small <-> $1 limit 5");
  expect(all).toHaveLength(1);
  expect(all?.[0]).toMatch(/^HNSW finds neighbours approximately/);
  const some = await notesOf("where kind = 3 order by small <-> $1 limit 5");
  expect(some).toHaveLength(2);
  expect(some?.[1]).toMatch(/^other conditions are tested on the hnsw.ef_search \(40\) nearest rows only/);
});
test("a twin without rows tells what pgvector's own index is used for, and its cost within 20 %", async () => {
  const statements = [
    `select id from items order by small <-> ${near} limit 5`,
    `select id from items where kind <> 3 order by small <-> ${near} limit 5`,
    `select id from items order by small <-> ${near}`,
  ];
  const [candidate] = (await twin.offered(statements[0] ?? "")).filter(({ method }) => method === "hnsw");
  if (!candidate) throw new Error("no candidate");
  const told = await startTwin().use({ sortsByBytes: true, extensions: ["vector"] }, async (session) => {
    await build(session, twin.catalog);
    await createTrials(session, { candidates: [candidate], tables: twin.catalog.tables });
    return plansOf(session, statements);
  });
  await twin.session.run([createSql(definitionFor(candidate), "built")]);
  const real = await plansOf(twin.session, statements);
  await twin.session.run(["drop index public.built"]);
  expect(told.map(({ used }) => used)).toEqual([true, true, false]);
  expect(real.map(({ used }) => used)).toEqual([true, true, false]);
  for (const [position, { cost }] of told.entries()) expect(Math.abs(cost / (real[position]?.cost ?? 0) - 1)).toBeLessThanOrEqual(0.2);
});

async function plansOf(session: Session, statements: readonly string[]) {
  const plans = [];
  for (const sql of statements) {
    const explained = await session.explain({ sql, searchPath: ["public"], generic: false });
    if (explained.refused) throw new Error(explained.refused.message);
    const { root, nodes } = parsePlan(explained.plan);
    plans.push({ cost: root.totalCost, used: nodes.some(({ index }) => index !== undefined && index !== "items_pkey") });
  }
  return plans;
}

test("pgvector refuses too many dimensions, and a column that does not say how many, in its own words", async () => {
  const candidates = await Promise.all(
    ["large", "loose"].map((column) => twin.offered(`select id from items order by ${column} <-> $1 limit 5`)),
  );
  const { refused } = await createTrials(twin.session, {
    candidates: candidates.flat().filter(({ method }) => method === "hnsw"),
    tables: twin.catalog.tables,
  });
  expect(refused.map(({ message }) => message)).toEqual([
    "column cannot have more than 2000 dimensions for hnsw index",
    "column does not have dimensions",
  ]);
});
