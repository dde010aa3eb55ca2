import { expect, test } from "vitest";
import { type Candidate, shapeOf } from "../../../src/indexes/candidate.ts";
import { twinWith } from "./offered.ts";

const schema = [
  "create type mood as enum ('happy', 'sad', 'calm')",
  `create table users (id int primary key, org_id int not null, email varchar(100) not null, name text not null, code char(8) not null, mood mood not null,
     active boolean not null, role text not null, deleted_at timestamptz, seen_at timestamptz, doc jsonb not null, bio text not null)`,
  "create table tickets (id int primary key, user_id int not null references users, status text not null, entity_type text not null, entity_id int not null, queue text not null, price numeric not null, at timestamptz not null, note text not null)",
  `insert into users select i, i % 40, 'Person' || i || '@example.com', 'Name ' || md5(i::text), (i % 900)::text, (array['happy', 'sad', 'calm']::mood[])[i % 3 + 1],
     i % 9 > 0, (array['admin', 'member', 'guest'])[i % 3 + 1], case when i % 10 = 0 then now() end, now() - i * interval '1 hour', jsonb_build_object('key', i), repeat('word ' || i, 60) from generate_series(1, 2000) i`,
  `insert into tickets select i, i % 2000 + 1, (array['done', 'open', 'held'])[i % 3 + 1], (array['post', 'invoice', 'comment'])[i % 3 + 1], i % 700, (array['mail', 'web'])[i % 2 + 1], i % 77, now() - i * interval '1 minute', 'Note ' || i
     from generate_series(1, 4000) i`,
  "create view sad_users as select * from users where mood = 'sad'",
  "create table logs (at timestamptz not null, kind int not null, line text not null) partition by range (at)",
  "create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-07-01')",
  "create table logs_2 partition of logs for values from ('2026-07-01') to ('2027-01-01')",
  "insert into logs select timestamptz '2026-01-02Z' + i * interval '2 hours', i % 30, 'line ' || i from generate_series(1, 4000) i",
  "analyze",
];

const { offered, offeredTogether } = await twinWith({ extensions: [], schema });

const isTree = ({ method }: Candidate) => method === "btree";
const kinds: Readonly<Record<string, (candidate: Candidate) => boolean>> = {
  plain: ({ keys, include, where }) =>
    include.length === 0 && where === undefined && keys.every(({ column, operators }) => column !== undefined && operators === undefined),
  expression: ({ keys, include, where }) => include.length === 0 && where === undefined && keys.some(({ column }) => column === undefined),
  partial: ({ where }) => where !== undefined,
  covering: ({ include, where }) => include.length > 0 && where === undefined,
  pattern: ({ keys }) => keys.some(({ operators }) => operators !== undefined),
};

async function shapes(kind: string, sql: string): Promise<readonly string[]> {
  const isMeant = kinds[kind] ?? (() => false);
  return (await offered(sql)).filter((candidate) => isTree(candidate) && isMeant(candidate)).map(shapeOf);
}

const offers = async (kind: string, sql: string, ...wanted: readonly string[]) =>
  expect(await shapes(kind, sql)).toEqual(expect.arrayContaining([...wanted]));
const offersNothingElse = async (kind: string, sql: string, ...wanted: readonly string[]) =>
  expect(await shapes(kind, sql)).toEqual(wanted);

test("equality comes before lists, and lists before a range", () =>
  offers(
    "plain",
    "select bio from users where seen_at > $1 and role in ('admin', 'guest') and org_id = $2",
    "(org_id)",
    "(org_id, role)",
    "(org_id, seen_at)",
    "(org_id, role, seen_at)",
  ));
test("a test such as IS NULL comes behind what tells rows apart", () =>
  offers("plain", "select bio from users where deleted_at is null and org_id = 7", "(org_id, deleted_at)", "(org_id)"));
test("an order comes behind equality, with a range behind it that is tested on entries", () =>
  offers(
    "plain",
    "select bio from users where org_id = 7 and id > 3 order by seen_at desc nulls last limit 5",
    "(org_id, seen_at nulls first)",
    "(org_id, seen_at nulls first, id)",
    "(org_id, id)",
  ));
test("keyset pagination has an index on its keys behind equality", () =>
  offers(
    "plain",
    "select bio from users where org_id = 7 and (seen_at, id) < ($1, $2) order by seen_at desc, id desc limit 5",
    "(org_id, seen_at, id)",
  ));
test("DISTINCT ON, GROUP BY and max() read their order", async () => {
  await offers("plain", "select distinct on (user_id) * from tickets order by user_id, at desc", "(user_id, at desc)");
  await offers("plain", "select user_id, count(*) from tickets group by user_id", "(user_id)");
  await offers("plain", "select max(at) from tickets where user_id = 7", "(user_id, at)");
});
test("a join and a filter stand in both orders, on both sides", async () => {
  const sql = "select t.note from tickets t join users u on u.id = t.user_id where u.org_id = 7 and t.status = 'open'";
  await offers("plain", sql, "(user_id, status)", "(status, user_id)", "(org_id)");
});
test("four keys at most", () =>
  offers(
    "plain",
    "select bio from users where org_id = 1 and role = 'x' and mood = 'sad' and name = 'y' and code = 'z'",
    "(org_id, name, code, mood)",
  ));
test("long texts and documents are no keys", () => offersNothingElse("plain", "select id from users where bio = 'x' and doc = '{}'"));
test("an index on a partitioned table is one on its root", async () => {
  const [candidate] = (await offered("select line from logs where kind = 7")).filter(({ method }) => method === "btree");
  expect(candidate && `${candidate.table.name} ${shapeOf(candidate)}`).toBe("logs (kind)");
});

test("what a statement computes is a key, alone and behind what is equal", async () => {
  await offersNothingElse("expression", "select bio from users where lower(email) = $1", "((lower(email)))");
  await offers("expression", "select bio from users where org_id = 7 and lower(name) = 'x'", "(org_id, (lower(name)))", "((lower(name)))");
  await offers("expression", "select bio from users where org_id = 7 order by lower(name) limit 3", "(org_id, (lower(name)))");
  await offers("expression", "select bio from users where (doc ->> 'n')::int between 3 and 5", "(((doc ->> 'n')::integer))");
});
test("a join on an expression has it on its own side", () =>
  offers("expression", "select t.note from tickets t join users u on lower(u.name) = t.note where t.entity_id = 3", "((lower(name)))"));
test.each([
  "upper(email)",
  "email || '!'",
  "lower(code)",
  "doc ->> 'key'",
  "(doc -> 'a') ->> 'b'",
  "doc #>> '{a,b}'",
  "coalesce(role, 'none')",
  "nullif(role, '')",
  "substring(name from 2 for 3)",
  "left(name, 3)",
  "trim(name)",
  "position('a' in name)",
  "md5(email)",
  "split_part(email, '@', 2)",
  "case when active then role else 'none' end",
  "greatest(name, role)",
])("%s is one key, whether the statement says it or EXPLAIN prints it", async (expression) => {
  const found = await shapes(
    "expression",
    `select bio from users where ${expression} = ${expression.startsWith("position") ? "7" : "'x'"}`,
  );
  expect(found).toHaveLength(1);
});
test.each([
  "id % 7",
  "id * 2 + 1",
  "extract(year from seen_at at time zone 'UTC')",
  "extract(epoch from deleted_at)",
  "length(name)",
  "-id",
])("%s is one key too", async (expression) =>
  expect(await shapes("expression", `select bio from users where ${expression} = 3`)).toHaveLength(1),
);
test("a date of a time of day at a zone is a key", () =>
  offersNothingElse(
    "expression",
    "select bio from users where (seen_at at time zone 'UTC')::date = date '2026-01-01'",
    "(((seen_at at time zone 'UTC')::date))",
  ));
test("an aggregate, a subquery and a parameter are no keys", async () => {
  await offersNothingElse("expression", "select role from users group by role order by count(*)");
  await offersNothingElse("expression", "select bio from users where (select max(at) from tickets where user_id = users.id) > $1");
  await offersNothingElse("expression", "select bio from users where id + $1 = 3");
});

test("the rows that are not deleted have an index of their own", () =>
  offers("partial", "select bio from users where org_id = $1 and deleted_at is null", "(org_id) where deleted_at is null"));
test("a flag and a state may stand together in a predicate, and each alone", () =>
  offers(
    "partial",
    "select t.at from tickets t where status = 'open' and user_id = $1",
    "(user_id) where status = 'open'",
    "(user_id) include (at) where status = 'open'",
  ));
test("several predicates are joined, and each stands alone", () =>
  offers(
    "partial",
    "select bio from users where not active and deleted_at is null and org_id = 7 order by seen_at limit 3",
    "(org_id, seen_at) where deleted_at is null and not active",
    "(org_id, seen_at) where deleted_at is null",
    "(org_id, seen_at) where not active",
  ));
test("a value of an enum may be a predicate", () =>
  offers("partial", "select bio from users where mood = 'sad' and org_id = 3", "(org_id) where mood = 'sad'"));
test("few rows without a value are found by an index of them alone", () =>
  offers("partial", "select id from users where deleted_at is null", "(id) where deleted_at is null"));
test("one row that a unique key finds needs no index of some rows", () =>
  offersNothingElse("partial", "select u.name from tickets t join users u on u.id = t.user_id where t.price = 3 and u.deleted_at is null"));
test("what a caller passes as a parameter is no predicate", () =>
  offersNothingElse("partial", "select note from tickets where status = $1 and user_id = $2"));
test("one of many kinds is no predicate", async () => {
  await offersNothingElse("partial", "select note from tickets where entity_type = 'invoice' and entity_id = 4242");
  await offersNothingElse("partial", "select note from tickets where queue = 'mail'");
  await offersNothingElse("partial", "select note from tickets where note = 'Note 7' and user_id = 3");
});
test("a state that statements ask for differently is no predicate", async () => {
  const both = [
    "select note from tickets where status = 'open' and user_id = 3",
    "select note from tickets where status = 'held' and user_id = 4",
  ];
  expect((await offeredTogether(both)).filter(kinds.partial ?? isTree).map(shapeOf)).toEqual([]);
});
test("a constant of a view is nobody's to show", () => offersNothingElse("partial", "select bio from sad_users where org_id = 3"));

test("few other columns are carried along", () =>
  offers("covering", "select id, role from users where org_id = 7", "(org_id) include (id, role)"));
test("a count carries what it tests", () =>
  offers("covering", "select count(*) from users where org_id = 7 and name <> 'x'", "(org_id) include (name)"));
test("a sum over all rows reads an index of what it sums", async () => {
  expect((await offered("select sum(price) from tickets")).map(shapeOf)).toEqual(["(price)"]);
  await offers("covering", "select sum(price), max(entity_id + 1) from tickets", "(price) include (entity_id)");
});
test("whole rows, long texts, documents and many columns are not carried", async () => {
  await offersNothingElse("covering", "select * from users where org_id = 7");
  await offersNothingElse("covering", "select bio from users where org_id = 7");
  await offersNothingElse("covering", "select doc from users where org_id = 7");
  await offersNothingElse("covering", "select id, email, role, mood, active, deleted_at from users where org_id = 7");
});
test("rows that are locked or changed are read anyway", async () => {
  await offersNothingElse("covering", "select id from users where org_id = 7 for update");
  await offersNothingElse("covering", "update users set role = 'x' where org_id = 7");
  await offersNothingElse("covering", "delete from users where org_id = 7");
});
test("that a text without a limit may become too long for an entry is told", async () => {
  const covering = (await offered("select name from users where org_id = 7")).find(({ include }) => include.includes("name"));
  expect(covering?.notes).toEqual(["a row can no longer be written if name takes more than about 2,700 bytes in it, compressed"]);
});

test("what begins with a text has an index that sorts by characters", async () => {
  await offersNothingElse("pattern", "select bio from users where name like 'Name a%'", "(name text_pattern_ops)");
  await offersNothingElse("pattern", "select bio from users where email like $1", "(email varchar_pattern_ops)");
  await offersNothingElse("pattern", "select bio from users where name ^@ 'Name'", "(name text_pattern_ops)");
  await offersNothingElse("pattern", "select bio from users where name ~ '^Name'", "(name text_pattern_ops)");
  await offers("pattern", "select bio from users where org_id = 7 and name like 'Name a%'", "(org_id, name text_pattern_ops)");
  await offers("pattern", "select bio from users where lower(email) like 'person1%'", "((lower(email)) text_pattern_ops)");
});
test("a wildcard in front, or an order that is by characters already, needs none", async () => {
  await offersNothingElse("pattern", "select bio from users where name like '%x'");
  await offersNothingElse("pattern", "select bio from users where name ~ 'x'");
});
