import { expect, test } from "vitest";
import { twinWith } from "./offered.ts";

// "late": one row of 200 lies where it does not belong; "mixed": half of them.
const schema = [
  "create table events (id bigint not null, at timestamptz not null, late timestamptz not null, mixed timestamptz not null, back int not null, kind text not null, flag bool)",
  `insert into events select i, timestamptz '2026-01-01Z' + i * interval '1 minute', timestamptz '2026-01-01Z' + (case when i % 200 = 0 then i * 37 % 20000 else i end) * interval '1 minute',
       timestamptz '2026-01-01Z' + (case when i % 2 = 0 then i * 37 % 20000 else i end) * interval '1 minute', -i, 'k' || i % 5, true from generate_series(1, 20000) i`,
  "create table log (at timestamptz not null, late timestamptz not null) partition by range (at)",
  "create table log_1 partition of log for values from ('2026-01-01Z') to ('2026-01-08Z')",
  "create table log_2 partition of log for values from ('2026-01-08Z') to ('2026-02-01Z')",
  "insert into log select at, late from events",
  "analyze events",
  "analyze log",
];

const large = await twinWith({ extensions: [], schema, blocks: 5000 });
const small = await twinWith({ extensions: [], schema });

const offers = async (condition: string, ...shapes: readonly string[]) =>
  expect(await large.shapes("brin", `select kind from events where ${condition}`)).toEqual(shapes);

test("a range of a column in whose order the rows lie is found by blocks", async () => {
  await offers("at >= '2026-01-05Z' and at < '2026-01-06Z'", "(at)");
  await offers("at between '2026-01-05Z' and '2026-01-06Z'", "(at)");
  await offers("at = $1", "(at)");
});
test("the order may be the reverse one", () => offers("back < -19000", "(back)"));
test("with rows out of place in every range of blocks, several intervals are kept", () =>
  offers("late >= '2026-01-05Z' and late < '2026-01-06Z'", "(late timestamptz_minmax_multi_ops)"));
test("a column whose values lie anywhere is refused", () => offers("mixed >= '2026-01-05Z' and mixed < '2026-01-06Z'"));
test("of a partitioned table, the largest partition decides", async () => {
  const shapes = await large.shapes("brin", "select count(*) from log where at > '2026-01-05Z' and late < '2026-01-06Z'");
  expect(shapes).toEqual(["(at)", "(late timestamptz_minmax_multi_ops)"]);
});
test("a condition that is no range is refused", async () => {
  await offers("at is not null");
  await offers("kind = 'k1'");
});
test("a table that is read quickly is refused", async () =>
  expect(await small.shapes("brin", "select kind from events where at >= '2026-01-05Z'")).toEqual([]));
test("it is told how long it serves", async () => {
  const [candidate] = (await large.offered("select kind from events where at > '2026-01-05Z'")).filter(({ method }) => method === "brin");
  expect(candidate?.notes).toEqual(["serves as long as rows are added in the order of at and are not moved by updates; gives no order"]);
});
