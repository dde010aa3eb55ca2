import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { differing, planBoth } from "./both.ts";
import { startTwin } from "./twin.ts";

/** Nearly all pages of the indexes hold entries, as the planner takes them to where nobody counted: how many do stands in no catalog. */
const schema = `
  create table docs (id int primary key, tags text[] not null, doc jsonb not null, words tsvector not null, owner int not null);
  insert into docs
  select i, array['t' || i % 9000, 'u' || i], jsonb_build_object('n', i % 9000, 'key', i), to_tsvector('simple', 'word' || i % 9000 || ' term' || i), i % 40
    from generate_series(1, 20000) i;
  create index on docs using gin (tags);
  create index on docs using gin (doc jsonb_path_ops);
  create index on docs using gin (words);`;

const queries = [
  "select id from docs where tags @> '{t5}'",
  "select id from docs where tags && '{t5,t6,t50,u7}'",
  "select id from docs where tags @> '{t5}' and tags @> '{u5}'",
  `select id from docs where doc @> '{"n": 7, "key": 9007}'`,
  "select id from docs where words @@ 'word7 & term7 | word8'",
  "select id from docs where tags @> '{t5}' and words @@ 'term5'",
  "select id from docs where tags && '{nothing}'",
];

const twin = startTwin();
let urls: readonly string[];

beforeAll(async () => {
  urls = await Promise.all(
    ([15, 18] as const).map(async (version) => {
      const { url } = await freshDatabase(version, `${schema} analyze docs;`);
      return url;
    }),
  );
}, 60_000);

test("the scan of a GIN index costs what the server says: 15 does not charge for descents, 18 does", async () => {
  const costs: (readonly number[])[] = [];
  for (const url of urls) {
    const { limits, planned } = await planBoth(twin, { url, queries });
    expect(limits).toEqual([]);
    expect(differing(planned, 0.001)).toEqual([]);
    costs.push(planned.map(({ server }) => server.cost));
  }
  const [old = [], own = []] = costs;
  expect(old.filter((cost, position) => cost < 0.99 * (own[position] ?? 0)).length).toBeGreaterThanOrEqual(5);
});
