import { afterAll, expect, test } from "vitest";
import { type Cheaper, cheaperRewrites } from "../../src/rewrites/rewrites-for.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { type FromText, fromText } from "../twin/from-text.ts";
import { startTwin } from "../twin/twin.ts";
import { blog } from "./blog.ts";

const indexes = `
create index on posts (created_at, id);
create index on posts (author_id, created_at, id);
`;
const rowCounts = { authors: 500, posts: 1_000_000, comments: 5_000_000, marks: 2_000_000 };

const subject = await new Promise<FromText>((resolve, reject) => {
  const ended = new Promise<void>((end) => afterAll(() => end()));
  fromText(startTwin({ budget: 1_000_000 }), { text: blog + indexes, rowCounts }, async (opened) => {
    resolve(opened);
    await ended;
  }).catch(reject);
});

async function cheaper(sql: string): Promise<readonly Cheaper[]> {
  const { session, tables } = subject;
  const find = ({ name }: { readonly name: string }) => tables.find((table) => table.name === name);
  const [statement] = await parseStatements(sql);
  return statement ? cheaperRewrites({ session, searchPath: ["public"], statement, tables, find, inPlace: [] }) : [];
}

const many = Array.from({ length: 30 }, (_, at) => `name = 'name ${at}'`).join(" or ");

test.each([
  ["OFFSET to keyset", "select id, title from posts order by created_at desc, id desc limit 20 offset 4000"],
  ["OR of equalities to = ANY", `select id from authors where email is not null and (${many})`],
  ["correlated subquery to a join", "select p.id, (select a.name from authors a where a.id = p.author_id) from posts p"],
  ["correlated subquery to a join", "select a.id, (select count(*) from comments c where c.author_id = a.id) from authors a"],
  ["WITH query to NOT MATERIALIZED", "with x as materialized (select id, author_id from posts) select * from x where id = 3"],
  ["LEFT JOIN … IS NULL to NOT EXISTS", "select a.id from authors a left join posts p on p.author_id = a.id where p.id is null"],
  [
    "join that a foreign key makes needless",
    "select count(*) from marks m join authors a on a.id = m.author_id join posts p on p.id = m.post_id",
  ],
  ["UNION to UNION ALL", "select id, 'post' as kind from posts union select id, 'comment' from comments"],
  ["DISTINCT ON to LATERAL", "select distinct on (author_id) id, title from posts order by author_id, created_at, id"],
  ["IS NOT DISTINCT FROM to =", "select id from posts where author_id is not distinct from 4"],
])("%s is cheaper by the factor that is asked for", async (pattern, sql) => {
  const [first] = await cheaper(sql);
  expect(first).toMatchObject({ pattern });
  expect(first?.costBefore).toBeGreaterThan(2 * (first?.costAfter ?? Number.POSITIVE_INFINITY));
});

test.each([
  ["a page near the first", "select id, title from posts order by created_at desc, id desc limit 20 offset 20 "],
  ["a short list", "select id from comments where body = 'a' or body = 'b'"],
  [
    "a value that is looked up for one row",
    "select p.id, (select a.name from authors a where a.id = p.author_id) from posts p where p.id = 3",
  ],
  ["a needless join of few rows", "select p.id from posts p join authors a on a.id = p.author_id where p.created_at > now()"],
])("%s is left as it is, because nothing else is much cheaper", async (_, sql) => {
  expect(await cheaper(sql)).toEqual([]);
});
