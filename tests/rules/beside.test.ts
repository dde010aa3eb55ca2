import pg from "pg";
import { afterAll, expect, test } from "vitest";
import alterColumnType from "../../src/rules/migration/alter-column-type.ts";
import renameColumn from "../../src/rules/migration/rename-column.ts";
import renameTable from "../../src/rules/migration/rename-table.ts";
import { type MigrationRule, run } from "../../src/rules/rule.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { rehearsedSteps } from "./migration-steps.ts";

const setup = `
create schema app;
create table app."Orders" (id serial primary key, quantity int not null default 1, "unit Price" numeric(9, 2), status text, placed timestamp not null default now(),
  constraint once unique (status, quantity) deferrable initially deferred);
create index on app."Orders" (quantity desc, placed) include (status) where status is not null;
create unique index by_quantity on app."Orders" (quantity, id);
create table parts (id int primary key, day date);
create table part_of (id int, order_id int references app."Orders");`;

const rows = `insert into app."Orders" (quantity, "unit Price", status) select i, i * 1.25, case when i % 7 > 0 then 's' || i end from generate_series(1, 25000) i;`;

const clients: pg.Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end())));

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  clients.push(client);
  return client;
}

async function fixesOf(rule: MigrationRule, sql: string): Promise<readonly string[]> {
  const steps = await rehearsedSteps(sql, { setup, rows: {}, inTransaction: false });
  return steps.flatMap((step) => run([rule], step, undefined)).flatMap(({ fix }) => fix ?? []);
}

/** Runs each statement for itself, and `between` whenever no transaction is open. */
async function play(client: pg.Client, script: string, between: (turn: number) => Promise<void>): Promise<void> {
  let isOpen = false;
  for (const [turn, { text }] of (await parseStatements(script)).entries()) {
    await client.query(text);
    if (/^\s*(?:begin|commit)\b/i.test(text)) isOpen = /begin/i.test(text);
    if (!isOpen) await between(turn);
  }
}

const described = `
  select attname, format_type(atttypid, atttypmod) as type, attnotnull, (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = attrelid and adnum = attnum) as default
    from pg_attribute where attrelid = 'app."Orders"'::regclass and attnum > 0 and not attisdropped order by attname`;
const indexed = `select pg_get_indexdef(indexrelid) as index, indisvalid from pg_index where indrelid = 'app."Orders"'::regclass order by 1`;
const constrained = `select conname, pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'app."Orders"'::regclass and contype <> 'n' order by 1`;
const owned = `select pg_get_serial_sequence('app."Orders"', 'id') as sequence`;

const changes = [
  `alter table app."Orders" alter column quantity type bigint`,
  `alter table app."Orders" alter column quantity type numeric(12, 2)`,
  `alter table app."Orders" alter column "unit Price" type int using "unit Price"::int`,
];

test.each(changes.flatMap((sql) => ([15, 18] as const).map((version) => ({ sql, version }))))(
  "beside the old column, while others write, it ends as $sql does on $version",
  async ({ sql, version }) => {
    const [fix = "", ...others] = await fixesOf(alterColumnType, sql);
    expect(others).toEqual([]);
    const [plain, careful] = await Promise.all([freshDatabase(version, setup + rows), freshDatabase(version, setup + rows)]);
    const [one, other, writer] = await Promise.all([connected(plain.url), connected(careful.url), connected(careful.url)]);
    const write = (client: pg.Client, turn: number) =>
      client.query(
        `insert into app."Orders" (quantity, "unit Price", status, placed) values (${100_000 + turn}, ${turn}.4, 'new', '2026-01-01');
         update app."Orders" set quantity = ${200_000 + turn}, "unit Price" = 7.6, placed = '2026-01-02' where id = ${turn + 1};
         delete from app."Orders" where id = ${1000 + turn}`,
      );
    const turns: number[] = [];
    await play(other, fix, async (turn) => {
      turns.push(turn);
      await write(writer, turn);
    });
    await one.query(sql);
    for (const turn of turns) await write(one, turn);

    const all = `select id, quantity::text, "unit Price"::text, status from app."Orders" order by id`;
    expect((await other.query(all)).rows).toEqual((await one.query(all)).rows);
    for (const asked of [described, indexed, constrained, owned]) {
      expect((await other.query(asked)).rows).toEqual((await one.query(asked)).rows);
    }
    expect((await other.query("select tgname from pg_trigger where not tgisinternal")).rows).toEqual([]);
  },
);

test.each([
  // A foreign key points at it, a trigger or a view may name it, and what is computed of it is not rewritten here.
  `alter table app."Orders" alter column id type bigint`,
  `alter table part_of alter column order_id type bigint`,
  `alter table app."Orders" alter column quantity type text using quantity || ' pieces'`,
  `alter table app."Orders" alter column status type varchar(10) collate "C"`,
])("nothing is offered for %s, or it is refused when it is rehearsed", async (sql) => {
  const [fix] = await fixesOf(alterColumnType, sql);
  if (fix === undefined) return;
  const { url } = await freshDatabase(18, setup + rows);
  await expect(play(await connected(url), fix, async () => undefined)).rejects.toThrow(/depend/);
});

test.each([15, 18] as const)("on %s, a renamed column has the same values under both names, whichever is written", async (version) => {
  const [fix = ""] = await fixesOf(renameColumn, `alter table app."Orders" rename quantity to amount`);
  const { url } = await freshDatabase(version, setup + rows);
  const [client, old, young] = await Promise.all([connected(url), connected(url), connected(url)]);
  await play(client, fix, async (turn) => {
    await old.query(`insert into app."Orders" (quantity, status) values (${100_000 + turn}, 'old')`);
    await old.query(`update app."Orders" set quantity = ${200_000 + turn} where id = ${turn + 1}`);
    await young.query(`insert into app."Orders" (status) values ('default${turn}')`);
  });
  await young.query(`insert into app."Orders" (amount, status) values (300001, 'young'), (300002, 'younger')`);
  await young.query(`update app."Orders" set amount = 400000 where id = 5000`);
  await old.query(`update app."Orders" set quantity = 400001 where id = 5001`);
  await young.query(`update app."Orders" set status = 'still' where id = 5002`);

  const { rows: unlike } = await client.query(`select * from app."Orders" where quantity is distinct from amount`);
  expect(unlike).toEqual([]);
  const { rows: written } = await client.query(
    `select amount from app."Orders" where status like 'young%' or id between 5000 and 5002 or status like 'default%' order by 1`,
  );
  expect(new Set(written.map(({ amount }) => amount))).toEqual(new Set([1, 5002, 300001, 300002, 400000, 400001]));
  const contract = [...fix.matchAll(/^-- (drop .*)$/gm)].map(([, text = ""]) => text).join("\n");
  await client.query(contract);
  expect((await client.query(`insert into app."Orders" (amount) values (500000) returning amount`)).rows).toEqual([{ amount: 500_000 }]);
});

test.each([15, 18] as const)(
  "on %s, a renamed table is read and written under its old name, with the rules of who asks",
  async (version) => {
    const [fix = ""] = await fixesOf(renameTable, `alter table app."Orders" rename to sales`);
    const { url } = await freshDatabase(version, setup + rows);
    const client = await connected(url);
    await play(client, fix, async () => undefined);
    await client.query(`insert into app."Orders" (quantity, status) values (-5, 'x') on conflict (id) do nothing`);
    await client.query(`update app."Orders" set status = 'y' where quantity = -5`);
    expect((await client.query("select status from app.sales where quantity = -5")).rows).toEqual([{ status: "y" }]);
    expect((await client.query(`select reloptions from pg_class where oid = 'app."Orders"'::regclass`)).rows).toEqual([
      { reloptions: ["security_invoker=true"] },
    ]);
  },
);
