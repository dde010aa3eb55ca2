import { expect, test } from "vitest";
import { blog } from "./blog.ts";
import { scratchOf } from "./rewriting.ts";

const scratch = await scratchOf(blog);

const firstOf = async (sql: string) => (await scratch.drafts(sql))[0];

async function told(sql: string) {
  const draft = await firstOf(sql);
  return draft && scratch.shown(sql, draft);
}

const isShown = async (sql: string, wrong: string) => (await scratch.shown(sql, { sql: wrong })) !== undefined;

test("NOT IN over columns that may be NULL is rewritten only with the columns named that must not be", async () => {
  const sql = "select p.id from posts p where p.author_id not in (select c.post_id from comments c)";
  expect(await told(sql)).toMatchObject({ holdsIf: "comments.post_id is never NULL and posts.author_id is never NULL" });
  expect(await isShown(sql, "select p.id from posts p where not exists (select from comments c where c.post_id = p.author_id)")).toBe(
    false,
  );
});

test("a row that meets both sides of an OR is returned once, and rows that look alike as often as they are there", async () => {
  const sql = "select p.title from posts p where p.author_id = 4711 or p.score = 7";
  const [one, other] = ["select p.title from posts p where p.author_id = 4711", "select p.title from posts p where p.score = 7"];
  expect(await isShown(sql, `${one} union all ${other}`)).toBe(false);
  expect(await isShown(sql, `${one} union ${other}`)).toBe(false);
  expect(await isShown(sql, `${one} union all ${other} and (p.author_id = 4711) is not true`)).toBe(true);
});

test("no page starts behind a row whose key may be NULL", async () => {
  const page = (order: string) => `select id from posts order by ${order} limit 20 offset 40`;
  expect(await firstOf(page("score, id"))).toBeUndefined();
  expect(await firstOf(page("score nulls first, id"))).toBeUndefined();
  expect((await firstOf(page("created_at nulls first, id")))?.sql).toContain("(created_at, id) > ($1, $2)");
  expect((await firstOf("select id from posts where score > 3 order by score, id limit 20 offset 40"))?.sql).toContain(
    "(score, id) > ($1, $2)",
  );
});

test("a page behind a NULL is empty, where the one at the offset is not", async () => {
  const original = "select id from posts order by score, id limit $2 offset $1";
  const key = (column: string) => `(select ${column} from posts order by score, id limit 1 offset $1 - 1)`;
  const sql = `select id from posts where (score, id) > (${key("score")}, ${key("id")}) order by score, id limit $2`;
  const numbers = ["1", "2", "3", "4", "5"];
  const draft = { sql, compared: { original, sql, parameters: [numbers, numbers] } };
  expect(await scratch.shown("select id from posts order by score, id limit 20 offset 40", draft)).toBeUndefined();
});

test("where there are no rows a count is 0 and a sum is NULL, before and after", async () => {
  const sql =
    "select a.id, (select count(*) from posts p where p.author_id = a.id), (select sum(p.score) from posts p where p.author_id = a.id) from authors a";
  const draft = await firstOf(sql);
  expect(draft?.sql).toContain("coalesce(grouped.value, 0) as count, grouped.value_2 as sum");
  expect(await told(sql)).toMatchObject({ checked: { dataSets: 16, same: 16 } });
  expect(await isShown(sql, draft?.sql.replace("coalesce(grouped.value, 0)", "grouped.value") ?? "")).toBe(false);
  expect(await isShown(sql, draft?.sql.replace("left join", "join") ?? "")).toBe(false);
});

test("a count without GROUP BY has a row where a grouped one has none", async () => {
  const sql = "select count(*) from posts p where p.score > 3";
  expect(await isShown(sql, "select count(*) from posts p where p.score > 3 group by ()")).toBe(true);
  expect(await isShown(sql, "select n from (select count(*) n from posts p where p.score > 3 group by p.score > 3) counted")).toBe(false);
});

test("a count of a joined column leaves out rows without a partner, and a count of rows does not", async () => {
  const sql = "select p.id, (select count(c.body) from comments c where c.post_id = p.id) from posts p";
  expect((await firstOf(sql))?.sql).toContain("count(c.body)");
  const joined = (count: string) => `select p.id, ${count} from posts p left join comments c on c.post_id = p.id group by p.id`;
  expect(await isShown(sql, joined("count(c.body)"))).toBe(true);
  expect(await isShown(sql, joined("count(*)"))).toBe(false);
  expect(await isShown(sql, joined("count(c.id)"))).toBe(false);
});

test("a day is that of the session's time zone, and is told to be no range where a clock goes back over midnight", async () => {
  const sql = "select p.id from posts p where date(p.created_at) = '2026-05-01'";
  expect(await told(sql)).toMatchObject({ holdsIf: "no clock of the session's time zone was set back across midnight" });
  expect(await isShown(sql, "select p.id from posts p where p.created_at >= '2026-05-01Z' and p.created_at < '2026-05-02Z'")).toBe(false);
  expect(await isShown(sql, "select p.id from posts p where p.created_at between '2026-05-01' and '2026-05-02'")).toBe(false);
});

test("rows in an open order, or drawn by lot, are nobody's to rewrite", async () => {
  expect(await firstOf("select id from posts where author_id = 1 or score = 2 order by random() limit 3")).toBeUndefined();
  expect(await firstOf("select id from posts order by random() limit 3 offset 3")).toBeUndefined();
});
