import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { startRehearsals } from "./rehearsal.ts";

const rehearse = startRehearsals();
const schema = `
create table customers (id int generated always as identity primary key, email text not null, short text generated always as (left(email, 3)) stored);
create table "Orders" (id int, line int, customer int references customers, "Note" text, total numeric(10, 2) not null, primary key (id, line));
create table log (at date, line text);
create type mood as enum ('sad');
`;
const rows = `
insert into customers (email) select 'c' || i || '@example.com' from generate_series(1, 5) i;
insert into "Orders" select i, i % 2, i % 5 + 1, 'note ' || i, i * 1.15 from generate_series(1, 20) i;
insert into log select date '2026-01-01' + i, 'line ' || i from generate_series(1, 5) i;
`;

/** Each loses rows or values. Without a primary key nothing tells which row is which. */
const cases: readonly { readonly sql: string; readonly keeps: readonly string[]; readonly isRestored?: false }[] = [
  { sql: 'alter table "Orders" drop column "Note"', keeps: ['"Orders"."Note"'] },
  { sql: 'alter table "Orders" drop column total', keeps: ['"Orders".total'] },
  { sql: 'alter table "Orders" alter column total type int', keeps: ['"Orders".total'] },
  { sql: `update "Orders" set "Note" = null where total > 10`, keeps: ['"Orders"."Note"'] },
  {
    sql: `alter table "Orders" rename "Note" to remark; alter table "Orders" rename to sales; update sales set remark = 'x', total = 0`,
    keeps: ['"Orders"."Note", "Orders".total'],
  },
  { sql: 'delete from "Orders" where id > 3', keeps: ['the rows of "Orders"'] },
  { sql: 'truncate "Orders", log', keeps: ['the rows of "Orders"', "the rows of log"], isRestored: false },
  { sql: "drop table customers cascade", keeps: ["the rows of customers"] },
  { sql: "drop table log", keeps: ["the rows of log"] },
  {
    sql: `insert into "Orders" values (1, 1, 1, 'a', 1) on conflict (id, line) do update set total = excluded.total`,
    keeps: ['"Orders".total'],
  },
  { sql: "update log set line = ''", keeps: ["log.line"], isRestored: false },
];

/** Nothing is lost, or nothing that was there. */
const harmless = [
  'alter table "Orders" add column channel text; update "Orders" set channel = \'web\'',
  "alter table customers alter column id type bigint",
  'alter table "Orders" alter column total type numeric',
  'alter table "Orders" alter column total type numeric(12, 4)',
  "create table notes (id int primary key); insert into notes values (1); delete from notes; drop table notes",
  "insert into log values ('2026-02-01', 'x')",
  "begin; delete from log; rollback",
  "alter table customers drop column short",
];

const clients: pg.Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end())));

async function filled(version: 15 | 18): Promise<pg.Client> {
  const { url } = await freshDatabase(version, `${schema} ${rows}`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  clients.push(client);
  return client;
}

/** By name, because a column that came back stands last. */
const contents = async (client: pg.Client) =>
  (
    await client.query(`select 'c' as t, to_jsonb(c) as row from customers c union all select 'o', to_jsonb(o) from "Orders" o
      union all select 'l', to_jsonb(l) from log l order by 1, 2`)
  ).rows;

test.each(cases)("$sql: what it takes is kept, and is put back into the schema of before", async ({ sql, keeps, isRestored }) => {
  const { rollback } = await rehearse({ schema, sql });
  expect(rollback).toMatchObject({ refused: undefined, backups: keeps.map((each) => ({ keeps: each })) });
  for (const version of [15, 18] as const) {
    const client = await filled(version);
    const before = await contents(client);
    for (const backup of rollback.backups) await client.query(backup.before);
    await client.query(sql);
    expect(await contents(client).catch(() => undefined)).not.toEqual(before);
    await client.query(rollback.sql?.replaceAll("-- with the backup: ", "") ?? "");
    if (isRestored !== false) expect(await contents(client)).toEqual(before);
    else expect(rollback.backups.some(({ restore }) => restore === undefined)).toBe(true);
  }
});

test.each(harmless)("%s: nothing that was there is lost", async (sql) => {
  expect((await rehearse({ schema, sql })).rollback).toMatchObject({ refused: undefined, backups: [] });
});
