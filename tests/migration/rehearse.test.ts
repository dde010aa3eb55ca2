import { expect, test } from "vitest";
import { startTwin } from "../twin/twin.ts";
import { startRehearsals, toldOf } from "./rehearsal.ts";

const rehearse = startRehearsals();
const byFiles = startTwin({ sizes: "files" });
const schema = `
create table customers (id int primary key);
create table orders (id int primary key, customer int references customers, note text, total int);
create type mood as enum ('sad');
`;

test("each step of a transaction is told with the locks it takes itself, not those it finds", async () => {
  const answer = await rehearse({
    schema,
    sql: "begin; alter table orders add constraint c check (total > 0) not valid; alter table orders validate constraint c; commit;",
  });
  expect(toldOf(answer)).toEqual(["2 orders: ACCESS EXCLUSIVE", "3 orders: SHARE UPDATE EXCLUSIVE, scans"]);
});

test("a step that is refused is told, and the others of its transaction are rehearsed all the same", async () => {
  const answer = await rehearse({
    schema,
    sql: "alter table orders drop column nope; create index concurrently i on orders (note); alter table orders add column channel text",
    wrapped: true,
  });
  expect(toldOf(answer)).toEqual([
    '1 refused: column "nope" of relation "orders" does not exist',
    "2 refused: CREATE INDEX CONCURRENTLY cannot run inside a transaction block",
    "3 orders: ACCESS EXCLUSIVE",
  ]);
});

test("what only a transaction forbids is seen, though its steps are looked at one by one", async () => {
  const sql = "alter type mood add value 'glad'; alter table orders add column m mood default 'glad'";
  expect(toldOf(await rehearse({ schema, sql, wrapped: true }))).toEqual(['2 refused: unsafe use of new value "glad" of enum type mood']);
  expect(toldOf(await rehearse({ schema, sql }))).toEqual(["2 orders: ACCESS EXCLUSIVE"]);
});

test("a setting of the transaction holds for its steps", async () => {
  const answer = await rehearse({
    schema: `create schema app; create table app.notes (id int); ${schema}`,
    sql: "begin; set local search_path = app; alter table notes add column body text; commit; alter table notes add column more text",
  });
  expect(toldOf(answer)).toEqual(["3 app.notes: ACCESS EXCLUSIVE", '5 refused: relation "notes" does not exist']);
});

test("savepoints and a rollback are followed, and what was taken back is not there", async () => {
  const answer = await rehearse({
    schema,
    sql: "begin; savepoint a; create table notes (); rollback to a; create index i on orders (note); rollback; select 1 from notes; drop index i",
  });
  expect(toldOf(answer)).toEqual([
    "3 notes: ACCESS EXCLUSIVE",
    "5 orders: SHARE, builds i",
    '7 refused: relation "notes" does not exist',
    '8 refused: index "i" does not exist',
  ]);
});

test("a renamed table is known by the size it had, a new one has none", async () => {
  const { steps } = await rehearse({
    schema,
    sql: "alter table orders rename to sales; alter table sales add column a int; create table orders (id int); alter table orders add column b int",
  });
  expect(steps.map(({ effects = [] }) => effects.map(({ relation, table }) => `${relation} ${table?.rows}`))).toEqual([
    ["orders 1000"],
    ["sales 1000"],
    ["orders undefined"],
    ["orders undefined"],
  ]);
  expect(steps[3]?.isNew({ name: "orders" })).toBe(true);
  expect(steps[3]?.isNew({ name: "sales" })).toBe(false);
  expect(steps[3]?.table({ name: "sales" })?.columns.map((column) => column.name)).toEqual(["id", "customer", "note", "total", "a"]);
});

test("roles that nobody made stand in for those of the server; COPY and the server's own settings are not run", async () => {
  const { steps, limits } = await rehearse({
    schema,
    sql: "grant select on orders to web; copy orders from stdin; alter system set work_mem = '1GB'; set role web; create policy p on orders to web using (true)",
  });
  expect(steps.map(({ refused, effects }) => refused?.message ?? effects?.length)).toEqual([1, undefined, undefined, 0, 1]);
  expect(limits).toEqual([
    "statement 2: COPY was not rehearsed: the twin has no rows to copy",
    "statement 3: ALTER SYSTEM was not rehearsed: it is about the server, not the schema",
  ]);
});

test("a transaction that the script forgets to end is told", async () => {
  const { limits } = await rehearse({ schema, sql: "begin; create table notes ()" });
  expect(limits).toEqual(["the transaction of statement 1 is never committed: Postgres takes all of it back when the session ends"]);
});

test("a table whose size was told by its file is empty again when something reads it", async () => {
  await byFiles.use({ sortsByBytes: true, extensions: [] }, async (session) => {
    await session.run(["set local search_path = public", "create table orders (id int, note text)"]);
    const [table] = await session.read<{ oid: number }>("select oid from pg_class where relname = 'orders'");
    await session.size({ relations: [{ oid: table?.oid ?? 0, blocks: 5000, tuples: 100_000, allVisible: 0 }], indexes: [] });
    await session.commit();
    expect(await session.execute("alter table public.orders alter column note set not null")).toMatchObject({ refused: undefined });
    expect(await session.read("select count(*)::int as rows from public.orders")).toEqual([{ rows: 0 }]);
  });
});

test("the next question gets a twin without anything of the rehearsal", async () => {
  const [found] = await byFiles.use({ sortsByBytes: true, extensions: [] }, (session) =>
    session.read<{ name: string | null }>("select to_regclass('public.orders')::text as name"),
  );
  expect(found?.name).toBeNull();
});

test("what the rows of the database decide is no refusal, because the twin has none; what they cannot change is", async () => {
  const mixed = `insert into orders values (1, 1, 'x');
    insert into orders (id, customer) select 2, (select id from customers where note = 'no');
    do $$ begin if not exists (select from customers) then raise exception 'no customers'; end if; end $$;
    insert into customers (id) values (null);
    insert into customers (id) values ('one');
    create table notes (id int primary key, customer int references customers);
    insert into notes values (1, 7);
    insert into notes values (2, null), (2, null);`;
  const made =
    "create table customers (id int primary key, note text); create table orders (id int primary key, customer int not null references customers, note text);";
  const { steps, limits } = await rehearse({ schema: made, sql: mixed });
  expect(steps.flatMap(({ number, refused }) => (refused ? [`${number} ${refused.code}`] : []))).toEqual(["4 23502", "5 22P02", "8 23505"]);
  expect(limits).toEqual([
    expect.stringMatching(
      /^statement 1 was not rehearsed, for the rows that are there decide, and the twin has none: insert or update on table "orders" violates/,
    ),
    expect.stringMatching(/^statement 2 .*null value in column "customer"/),
    expect.stringMatching(/^statement 3 .*no customers$/),
    expect.stringMatching(/^statement 7 .*violates foreign key constraint "notes_customer_fkey"/),
  ]);
  const alone = await rehearse({ schema: "", sql: `${made} insert into orders values (1, 1, 'x');` });
  expect(alone.steps.map(({ refused }) => refused?.code)).toEqual([undefined, undefined, "23503"]);
});

test("a DO block that commits is run as a client sends it, and refused only within a transaction", async () => {
  const sql = "do $$ begin update orders set note = 'x'; commit; end $$; do $$ begin commit; perform nope; end $$";
  const made = "create table orders (id int primary key, note text);";
  const { steps, limits } = await rehearse({ schema: made, sql });
  expect(steps.map(({ refused, effects }) => refused?.code ?? effects)).toEqual([undefined, "42703"]);
  expect(limits).toEqual(["what statement 1 locks was not seen, because it commits by itself: it ran"]);
  const wrapped = await rehearse({ schema: made, sql, wrapped: true });
  expect(wrapped.steps.map(({ refused }) => refused?.code)).toEqual(["2D000", "2D000"]);
});
