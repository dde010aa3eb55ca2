import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connectOnce, textOf } from "./client.ts";

const schema = `
  create table users (id int primary key, name text);
  create table posts (id int primary key, user_id int not null references users on delete cascade on update cascade, title text);
  create table comments (id int primary key, post_id int references posts on delete cascade, by int references users on delete set null);
  create table votes (post_id int not null references posts on delete cascade, weight int);
  create table invoices (id int primary key, user_id int not null references users);
  create table tree (id int primary key, parent int references tree on delete cascade);
  create index on posts (user_id);
  create index on comments (post_id);
  create index on comments (by) where by is not null;
  create table log (at timestamptz not null, kind text) partition by range (at);
  create table log_1 partition of log for values from ('2026-01-01Z') to ('2026-02-01Z');
  create table log_2 partition of log default;
  create view titles as select id, title from posts;
  create table fired (name text);
  create function note() returns trigger language plpgsql as $$ begin insert into fired values (tg_name); return coalesce(new, old); end $$;
  create trigger each_post after delete on posts for each row execute function note();
  create trigger each_comment after delete or update of by on comments for each row execute function note();
  create trigger only_title before update of title on posts for each row when (new.title <> 'kept') execute function note();
  create trigger once after delete on users for each statement execute function note();
  create trigger off after delete on users for each row execute function note();
  alter table users disable trigger off;
  create trigger each_log after delete on log for each row execute function note();
`;
const rows = `
  insert into users select i, 'u' || i from generate_series(1, 1000) i;
  insert into posts select i, 1 + i % 1000, 't' from generate_series(1, 5000) i;
  insert into comments select i, 1 + i % 5000, case when i % 2 = 0 then 1 + i % 1000 end from generate_series(1, 20000) i;
  insert into votes select 1 + i % 5000, 1 from generate_series(1, 10000) i;
  insert into tree select i, nullif(i / 2, 0) from generate_series(1, 2000) i;
  insert into log select timestamptz '2026-01-01Z' + i * interval '1 minute', 'x' from generate_series(1, 60000) i;
  set default_statistics_target = 1000;
  analyze;
`;
const policies = `
  alter table posts enable row level security;
  create policy own on posts for delete using (user_id = 7);
  create policy seen on posts for select using (true);
  create policy never on posts as restrictive using (id <> 7);
`;

let url = "";
let server: pg.Client;
beforeAll(async () => {
  ({ url } = await freshDatabase(18, schema + rows + policies));
  server = new pg.Client({ connectionString: url });
  await server.connect();
});
afterAll(() => server.end());

interface Reach {
  readonly rows?: number;
  readonly triggers: readonly { readonly name: string }[];
  readonly foreign_keys: readonly {
    readonly name: string;
    readonly table: string;
    readonly rows?: number;
    readonly triggers: readonly { name: string }[];
  }[];
}

async function reachOf(sql: string, given: Readonly<Record<string, unknown>> = {}) {
  const client = await connectOnce("schema_sql" in given ? undefined : url);
  const answer = await client.callTool({ name: "analyze_query", arguments: { sql, ...given } });
  const { reach } = answer.structuredContent as unknown as { reach: readonly Reach[] };
  return {
    reach,
    lines: textOf(answer)
      .split("\n\n")
      .filter((part) => part.startsWith("Reach:"))
      .join("\n"),
  };
}

const tables = ["users", "posts", "comments", "votes", "tree"];

/** What Postgres itself does, taken back again. */
async function done(sql: string) {
  const counted = async () => {
    const { rows } = await server.query<Record<string, string>>(
      `select ${tables.map((table) => `(select count(*) from ${table}) as ${table}`)}`,
    );
    return tables.map((table) => Number(rows[0]?.[table]));
  };
  await server.query("begin");
  const before = await counted();
  await server.query(sql);
  const after = await counted();
  const { rows: fired } = await server.query<{ name: string }>("select distinct name from fired order by 1");
  await server.query("rollback");
  return { gone: new Map(tables.map((table, at) => [table, (before[at] ?? 0) - (after[at] ?? 0)])), fired: fired.map(({ name }) => name) };
}

test("a DELETE reaches what its cascades reach, as many rows as Postgres then deletes", async () => {
  const sql = "delete from posts where user_id between 101 and 200";
  const { reach, lines } = await reachOf(sql);
  const { gone, fired } = await done(sql);
  const [told] = reach;
  const near = (expected: number | undefined, real = 0) => expect(Math.abs((expected ?? 0) - real) / real).toBeLessThan(0.1);
  near(told?.rows, gone.get("posts"));
  for (const key of told?.foreign_keys ?? []) near(key.rows, gone.get(key.table));
  const named = [...(told?.triggers ?? []), ...(told?.foreign_keys ?? []).flatMap(({ triggers }) => triggers)].map(({ name }) => name);
  expect([...named].sort()).toEqual(fired);
  expect(lines).toMatchInlineSnapshot(`
    "Reach: DELETE from posts, about 500 rows, 10 % of 5,000.
       trigger each_post: after delete, each row, public.note()
       comments_post_id_fkey: cascade in comments, about 2,000 rows; by comments_post_id_idx; fires each_comment
       votes_post_id_fkey: cascade in votes, about 1,000 rows; no index, so all 10,000 rows of votes are read for each row
       policies: never (all, restrictive), own (delete), seen (select); they do not hold here: postgres is a superuser"
  `);
});

test("keys are followed as far as they carry the change, and a table that refers to itself once", async () => {
  const users = await reachOf("delete from users where id = 5");
  expect(users.lines).toMatchInlineSnapshot(`
    "Reach: DELETE from users, at most 1 row, 0.1 % of 1,000.
       trigger once: after delete, each statement, public.note()
       posts_user_id_fkey: cascade in posts, about 5 rows; by posts_user_id_idx; fires each_post
         comments_post_id_fkey: cascade in comments, about 20 rows; by comments_post_id_idx; fires each_comment
         votes_post_id_fkey: cascade in votes, about 10 rows; no index, so all 10,000 rows of votes are read for each row
       comments_by_fkey: set null in comments, about 10 rows; by comments_by_idx; fires each_comment
       invoices_user_id_fkey: refuses while invoices refers to users; no index, so all 0 rows of invoices are read for each row"
  `);
  expect((await done("delete from invoices; delete from users where id = 5")).fired).toEqual(["each_comment", "each_post", "once"]);
  const tree = await reachOf("delete from tree where id = 5");
  expect(tree.reach[0]?.foreign_keys.map(({ name }) => name)).toEqual(["tree_parent_fkey"]);
});

test("an UPDATE reaches what refers to the columns it sets, and fires the triggers of those", async () => {
  expect((await reachOf("update users set name = 'x' where id = 5")).lines).toMatchInlineSnapshot(
    `"Reach: UPDATE of users, at most 1 row, 0.1 % of 1,000."`,
  );
  expect((await reachOf("update users set id = 9999 where id = 5")).lines).toMatchInlineSnapshot(`
    "Reach: UPDATE of users, at most 1 row, 0.1 % of 1,000.
       posts_user_id_fkey: cascade in posts, about 5 rows; by posts_user_id_idx
       comments_by_fkey: refuses while comments refers to users; by comments_by_idx
       invoices_user_id_fkey: refuses while invoices refers to users; no index, so all 0 rows of invoices are read for each row"
  `);
  expect((await reachOf("update posts set title = 'x' where id = 5")).reach[0]?.triggers).toMatchObject([
    { name: "only_title", conditional: true },
  ]);
  expect((await done("update posts set title = 'x' where id = 5")).fired).toEqual(["only_title"]);
  expect((await done("update posts set title = 'kept' where id = 5")).fired).toEqual([]);
});

test("INSERT, ON CONFLICT, MERGE, partitions and views", async () => {
  const lines = [];
  for (const sql of [
    "insert into users values (1001, 'a'), (1002, 'b')",
    "insert into users values (1, 'a') on conflict (id) do update set name = excluded.name",
    "insert into users select i, 'n' from generate_series(2000, 2999) i",
    "merge into votes v using posts p on p.id = v.post_id when matched and p.user_id = 7 then delete when not matched then insert values (p.id, 1)",
    "delete from log where at < '2026-01-15Z'",
    "update titles set title = 'x' where id = 7",
    "with old as (delete from votes where weight = 2 returning post_id) update posts set title = 'x' where id in (select post_id from old)",
  ])
    lines.push((await reachOf(sql)).lines);
  expect(lines.join("\n\n")).toMatchInlineSnapshot(`
    "Reach: INSERT into users, 2 rows.

    Reach: INSERT into users, at most 1 row.

    Reach: INSERT into users, about 1,000 rows.

    Reach: MERGE into votes, about 10,000 rows.

    Reach: DELETE from log, about 20,160 rows, 33.6 % of 60,000.
       trigger each_log: after delete, each row, public.note()

    Reach: UPDATE of posts, about 1 row, under 0.1 % of 5,000.
       trigger only_title: before update, each row that its WHEN lets through, public.note()
       policies: never (all, restrictive), seen (select); none lets such a change through; they do not hold here: postgres is a superuser

    Reach: UPDATE of posts, about 1 row, under 0.1 % of 5,000.
       trigger only_title: before update, each row that its WHEN lets through, public.note()
       policies: never (all, restrictive), seen (select); none lets such a change through; they do not hold here: postgres is a superuser
    Reach: DELETE from votes, about 1 row, under 0.1 % of 10,000."
  `);
});

test("from DDL text the same without rows that would be invented", async () => {
  const sql = "delete from posts where user_id = 5";
  expect((await reachOf(sql, { schema_sql: schema + policies })).lines).toMatchInlineSnapshot(`
    "Reach: DELETE from posts, nobody knows how many rows.
       trigger each_post: after delete, each row, public.note()
       comments_post_id_fkey: cascade in comments; by comments_post_id_idx; fires each_comment
       votes_post_id_fkey: cascade in votes; no index, so all of votes are read for each row
       policies: never (all, restrictive), own (delete), seen (select)"
  `);
  expect(
    (await reachOf("delete from posts where id = 5", { schema_sql: schema, row_counts: { posts: 5000 } })).lines,
  ).toMatchInlineSnapshot(`
    "Reach: DELETE from posts, at most 1 row, under 0.1 % of 5,000.
       trigger each_post: after delete, each row, public.note()
       comments_post_id_fkey: cascade in comments; by comments_post_id_idx; fires each_comment
       votes_post_id_fkey: cascade in votes; no index, so all of votes are read for each row"
  `);
});
