import { expect, test } from "vitest";
import { type FromText, fromText } from "./from-text.ts";
import { startTwin } from "./twin.ts";

const twin = startTwin();

interface Printed {
  readonly line: string;
}

const statistics = `
  select pg_catalog.concat_ws(' ', tablename || '.' || attname, case when inherited then 'inherited' end, 'distinct', n_distinct, 'null', null_frac,
                              most_common_vals::text, 'width ' || avg_width, 'order ' || correlation) as line
    from pg_catalog.pg_stats where schemaname = 'public' order by tablename, attname, inherited`;

const statisticsIn = async ({ session }: FromText) => (await session.read<Printed>(statistics)).map(({ line }) => line);
const rowsIn = ({ tables }: FromText) => Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]));

test("constraints decide first, then types, and names only where neither says anything", async () => {
  const text = `
    create type mood as enum ('calm', 'busy');
    create domain flag as boolean;
    create table teams (id uuid primary key, name text not null, status int not null);
    create table users (
      id bigint generated always as identity primary key, team_id uuid not null references teams, email varchar(100) not null,
      status text not null check (status in ('on', 'off', 'it''s "so"')), mood mood, active flag not null, type text not null unique,
      country_code char(2) not null, referrer_id bigint, created_at timestamptz not null, deleted_at timestamptz, score numeric(10, 2) not null,
      note text, kind smallint not null, unique (team_id, note));
    create unique index on users (referrer_id) where deleted_at is null;
    create unique index on users (lower(email));
    create table audits (id serial, user_id bigint not null references users, action text not null)`;
  const rowCounts = { teams: 100, users: 10_000, audits: 500 };
  expect(await fromText(twin, { text, rowCounts }, statisticsIn)).toMatchInlineSnapshot(`
    [
      "audits.action distinct 8 null 0 width 32",
      "audits.id distinct -1 null 0 width 4 order 0.95",
      "audits.user_id distinct 500 null 0 width 8",
      "teams.id distinct -1 null 0 width 16",
      "teams.name distinct -0.95 null 0 width 32",
      "teams.status distinct 0 null 0 width 4",
      "users.active distinct 2 null 0 {f,t} width 1",
      "users.country_code distinct 100 null 0 width 3",
      "users.created_at distinct -0.95 null 0 width 8 order 0.95",
      "users.deleted_at distinct 0 null 0.95 width 8",
      "users.email distinct -0.95 null 0 width 67",
      "users.id distinct -1 null 0 width 8 order 0.95",
      "users.kind distinct 0 null 0 width 2",
      "users.mood distinct 2 null 0.1 {calm,busy} width 4",
      "users.note distinct 0 null 0.1 width 32",
      "users.referrer_id distinct -0.09 null 0.1 width 8",
      "users.score distinct 0 null 0 width 7",
      "users.status distinct 3 null 0 {on,off,"it's \\"so\\""} width 6",
      "users.team_id distinct 80 null 0 width 16",
      "users.type distinct -1 null 0 width 32",
    ]
  `);
  expect(
    await fromText(twin, { text, rowCounts }, async ({ assumptions }) =>
      assumptions.map(({ table, column, assumed }) => `${table}.${column} ${assumed}`),
    ),
  ).toMatchInlineSnapshot(`
    [
      "teams.name 19 of 20 values differ (name)",
      "users.id in the order of insertion (key)",
      "users.team_id 0.8 of teams (foreign key)",
      "users.email 19 of 20 values differ (name)",
      "users.status 3 values, evenly (CHECK)",
      "users.mood 2 values, evenly (enum)",
      "users.mood 1 row in 10 null",
      "users.active 2 values, evenly (boolean)",
      "users.country_code 100 values (name)",
      "users.referrer_id 10 rows for each value (name)",
      "users.referrer_id 1 row in 10 null",
      "users.created_at 19 of 20 values differ (name)",
      "users.created_at in the order of insertion (name)",
      "users.deleted_at 19 rows in 20 null (name)",
      "users.note 1 row in 10 null",
      "audits.id every value another (sequence)",
      "audits.id in the order of insertion (key)",
      "audits.user_id 0.8 of users (foreign key)",
      "audits.action 8 values (name)",
    ]
  `);
});

test("what is counted of a partitioned table is shared by its partitions, but for those that are counted themselves", async () => {
  const parts = `create table logs (at date not null, level text) partition by range (at);
    create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01');
    create table logs_2 partition of logs for values from ('2026-02-01') to ('2026-03-01') partition by list (level);
    create table logs_2_a partition of logs_2 for values in ('a');
    create table logs_2_rest partition of logs_2 default;
    create table logs_3 partition of logs default;`;
  const told = (rowCounts: Record<string, number>) => fromText(twin, { text: parts, rowCounts }, async (subject) => rowsIn(subject));
  expect(await told({ logs: 900 })).toEqual({ logs: 900, logs_1: 300, logs_2: 300, logs_2_a: 150, logs_2_rest: 150, logs_3: 300 });
  expect(await told({ logs: 900, logs_1: 700 })).toEqual({
    logs: 900,
    logs_1: 700,
    logs_2: 100,
    logs_2_a: 50,
    logs_2_rest: 50,
    logs_3: 100,
  });
  expect(await told({ logs_2_a: 40 })).toMatchObject({ logs: 40, logs_2: 40, logs_2_a: 40, logs_1: undefined });
  const lines = await fromText(twin, { text: parts, rowCounts: { logs: 900 } }, statisticsIn);
  expect(lines.filter((line) => line.includes(".level"))).toHaveLength(6);
});

test("row counts stand in comments too, and the argument wins", async () => {
  const text =
    "-- rows: a 5k, public.b 1_000\ncreate table a (id int); create table b (id int);\n-- rows: A 6k, nope 7\ncreate view nope_too as select 1";
  const told = await fromText(twin, { text, rowCounts: { '"b"': 2000 } }, async (subject) => ({
    ...rowsIn(subject),
    limits: subject.limits,
  }));
  expect(told).toMatchObject({
    a: 6000,
    b: 2000,
    limits: ["line 3 of schema_sql counts the rows of nope, which schema_sql does not create"],
  });
  await expect(fromText(twin, { text, rowCounts: { bb: 1 } }, async () => 0)).rejects.toMatchObject({ code: "unknown_relation" });
});
