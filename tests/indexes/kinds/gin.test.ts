import { beforeAll, expect, test } from "vitest";
import { createTrials, dropTrials } from "../../../src/indexes/trial.ts";
import { hasTrigram } from "../../../src/indexes/trigrams.ts";
import { parsePlan } from "../../../src/plan/plan.ts";
import { twinWith } from "./offered.ts";

const schema = [
  "create extension pg_trgm schema public",
  "create extension btree_gin schema public",
  "create table posts (id bigint primary key, org_id bigint not null, kind text not null, title varchar(200) not null, code char(9), tags text[] not null, names varchar(20)[], numbers int[], doc jsonb not null, old json, words tsvector)",
  `insert into posts select i, i % 90, 'k' || i % 3, 'title ' || i, 'c', array['a' || i], array['b'], array[i], '{"a": 1}', '{}', to_tsvector('simple', 'x')
     from generate_series(1, 900) i`,
  "analyze posts",
];

let twin: Awaited<ReturnType<typeof twinWith>>;
beforeAll(async () => {
  twin = await twinWith({ extensions: ["pg_trgm", "btree_gin"], schema });
}, 60_000);

const offers = async (condition: string, ...shapes: readonly string[]) =>
  expect([...(await twin.shapes("gin", `select id from posts where ${condition}`))].sort()).toEqual([...shapes].sort());

test("an array is looked into", async () => {
  await offers("tags @> array['a1']", "(tags)");
  await offers("tags && array['a1', 'a2']", "(tags)");
  await offers("array['a1'] <@ tags", "(tags)");
  await offers("names @> array['b']::varchar[]", "(names)");
  await offers("names::text[] && '{b}'::text[]", "((names::text[]))");
  await offers("tags @> $1", "(tags)");
});
test("= ANY of an array column cannot be looked up", () => offers("'a1' = any (tags)"));
test("a document is looked for by its paths", async () => {
  await offers(`doc @> '{"a": 1}'`, "(doc jsonb_path_ops)");
  await offers("doc @? '$.a'", "(doc jsonb_path_ops)");
  await offers("doc @@ '$.a == 1'", "(doc jsonb_path_ops)");
});
test("a key of a document is looked for by its keys", async () => {
  await offers("doc ? 'a'", "(doc)");
  await offers("doc ?| array['a']", "(doc)");
  await offers("doc ?& array['a']", "(doc)");
});
test("both classes of a document are tried where both are asked for", () =>
  offers(`doc @> '{"a": 1}' and doc ? 'b'`, "(doc)", "(doc jsonb_path_ops)"));
test("an empty value has a key and no path", () => offers(`doc @> '{"a": {}}'`, "(doc)", "(doc jsonb_path_ops)"));
test("a part of a document is an expression", async () => {
  await offers("doc -> 'tags' ? 'x'", "((doc -> 'tags'))");
  await offers(`doc -> 'tags' @> '["x"]'`, "((doc -> 'tags') jsonb_path_ops)");
});
test("json has nothing to look into", () => offers("old ->> 'a' = 'x'"));
test("a pattern with known characters on both sides of nothing is found by trigrams", async () => {
  await offers("title like '%lamp%'", "(title public.gin_trgm_ops)");
  await offers("title ilike '%lamp%'", "(title public.gin_trgm_ops)");
  await offers("title ilike 'lamp%'", "(title public.gin_trgm_ops)");
  await offers("title ~ 'la[mn]ps?'", "(title public.gin_trgm_ops)");
  await offers("title ~* 'lamp'", "(title public.gin_trgm_ops)");
  await offers("lower(title) like '%lamp%'", "((lower(title)) public.gin_trgm_ops)");
  await offers("doc ->> 'name' ilike '%lamp%'", "((doc ->> 'name') public.gin_trgm_ops)");
});
test("similar texts and words are found by trigrams", async () => {
  await offers("title % 'lamp'", "(title public.gin_trgm_ops)");
  await offers("'lamp' <% title", "(title public.gin_trgm_ops)");
  await offers("title %> 'lamp'", "(title public.gin_trgm_ops)");
});
test("a pattern without three known characters in a row is refused trigrams", async () => {
  await offers("title like '%ab%'");
  await offers("title like '%a_b_c%'");
  await offers("title ilike '%1%'");
  await offers("title ~ 'a.'");
});
test("a prefix is left to a B-tree", async () => {
  await offers("title like 'lamp%'");
  await offers("title ~ '^lamp'");
});
test("a pattern that comes with the call is tried with a warning", async () => {
  const [candidate] = (await twin.offered("select id from posts where title like $1")).filter(({ method }) => method === "gin");
  expect(candidate?.notes).toEqual(["finds only patterns that have three letters or digits in a row"]);
  expect(candidate?.extension).toBeUndefined();
});
test("character(n) has no trigrams", () => offers("code like '%lamp%'"));
test("words are found in a column of them and in an expression that makes them", async () => {
  await offers("words @@ to_tsquery('simple', 'x')", "(words)");
  await offers("to_tsvector('simple', title) @@ plainto_tsquery('simple', 'x y')", "((to_tsvector('simple', title)))");
});
test("a column that must be equal stands in front where btree_gin is installed", () =>
  offers("tags @> array['a1'] and org_id = 5", "(tags)", "(org_id, tags)"));
test("of several equal columns, the one with most values comes first", () =>
  offers("tags @> $1 and kind = 'k1' and org_id = $2", "(tags)", "(org_id, tags)", "(org_id, kind, tags)"));
test("two conditions that GIN serves are tried in one index", () =>
  offers("tags @> array['a1'] and title ilike '%lamp%'", "(tags)", "(tags, title public.gin_trgm_ops)", "(title public.gin_trgm_ops)"));
test("each side of OR gets one of its own", () =>
  offers("tags @> array['a1'] or title ilike '%lamp%'", "(tags)", "(title public.gin_trgm_ops)"));
test("what must not hold cannot be looked up", async () => {
  await offers("not (tags @> array['a1'])");
  await offers("title not like '%lamp%'");
});

test("without pg_trgm in the database, trigrams are tried and say what has to be created first", async () => {
  const { session, catalog, offered, shapes } = await twinWith({
    extensions: ["pg_trgm"],
    schema: ["create table posts (id int, title text, tags text[], org int)"],
  });
  const candidates = (await offered("select id from posts where title like '%lamp%'")).filter(({ method }) => method === "gin");
  expect(candidates).toMatchObject([{ extension: "pg_trgm", keys: [{ column: "title", operators: "public.gin_trgm_ops" }] }]);
  const { trials, refused } = await createTrials(session, { candidates, tables: catalog.tables });
  expect([trials.length, refused]).toEqual([1, []]);
  await dropTrials(session, trials);
  expect(await session.read("select from pg_extension where extname = 'pg_trgm'")).toEqual([]);
  expect(await shapes("gin", "select id from posts where tags @> $1 and org = 7")).toEqual(["(tags)"]);
});

test("intarray's own operators get its own class beside that of all arrays", async () => {
  const { shapes } = await twinWith({
    extensions: ["intarray"],
    schema: ["create extension intarray schema public", "create table posts (id int, numbers int[])"],
  });
  expect(await shapes("gin", "select id from posts where numbers @> '{1}'::int[]")).toEqual(["(numbers)", "(numbers public.gin__int_ops)"]);
});

test("whether a pattern has trigrams is what pg_trgm says of it", async () => {
  const patterns = [
    "ab",
    "a%",
    "%a",
    "%ab",
    "ab%",
    "%ab%",
    "%abc%",
    "% ab %",
    "%a_b%",
    "%\\%ab%",
    "%a\\%b%",
    "%ab-cd%",
    "%é é%",
    "",
    "%",
    "a\\bc%",
  ];
  await twin.session.run([
    "create index by_trigram on public.posts using gin (title public.gin_trgm_ops)",
    "set local enable_seqscan = off",
  ]);
  const found = [];
  for (const pattern of patterns) {
    const sql = `select id from posts where title like '${pattern}'`;
    const { plan } = (await twin.session.explain({ sql, searchPath: ["public"], generic: false })) as { plan: unknown };
    // Without any trigram the whole index is read, which costs thousands.
    found.push([pattern, parsePlan(plan).root.totalCost < 100]);
  }
  await twin.session.run(["drop index public.by_trigram", "set local enable_seqscan = on"]);
  expect(found).toEqual(patterns.map((pattern) => [pattern, hasTrigram(pattern)]));
});
