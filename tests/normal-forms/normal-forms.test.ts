import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { connectOnce, textOf } from "../tools/client.ts";

const versions: readonly Version[] = [15, 18];
const urls = new Map<Version, string>();

/** A number from 0 to 1 for each row and salt, the same on every server. */
const drawn = (salt: string) => `(('x' || substr(md5('${salt}' || i), 1, 7))::bit(28)::int / 268435456.0)`;

const schema = `
  create table customers (id bigint primary key, name text not null);
  create table orders (
    id bigint primary key,
    customer_id bigint not null references customers,
    customer_name text not null,
    zip text not null,
    city text,
    country text not null,
    product_code text not null,
    product_label varchar(40) not null,
    colour text not null,
    note text
  );
  create index orders_city on orders (city);
  create statistics orders_places (dependencies, ndistinct) on zip, city, country from orders;
  create table lines (order_id bigint, line int, ordered_by int not null, primary key (order_id, line));
  create statistics lines_by (dependencies) on order_id, ordered_by from lines;
  create table trips (id bigint primary key, vehicle int not null, owner int not null, wheels text not null, dust int not null);
  create statistics trips_vehicles (dependencies, ndistinct) on vehicle, owner from trips;
  create statistics trips_wheels (mcv) on vehicle, wheels from trips;
  create statistics trips_dust (dependencies) on vehicle, dust from trips;
  create table shifts (id bigint primary key, ward int not null, day int not null, wing int not null, unique (day, wing, id));
  create statistics shifts_wards (dependencies) on ward, wing from shifts;
  create table documents (id bigint primary key, labels text not null, place text not null, data jsonb not null);
  create table teams (id int primary key);
  create table games (id bigint primary key, home int not null references teams, away int not null references teams, lane int not null, row int not null);
  create table comments (id bigint primary key, subject_id bigint not null, subject_type text not null, body text);
  create table accounts (id bigint primary key, plan int not null, unique (id, plan));
  create table seats (id bigint primary key, account_id bigint not null, plan int not null, foreign key (account_id, plan) references accounts (id, plan));`;

const rows = `
  alter table orders alter column zip set statistics 1000;
  insert into customers select i, 'name ' || i % 90 from generate_series(0, 99) i;
  insert into orders select i, c, 'name ' || c % 90, 'z' || z, case when z % 20 > 0 then 'city ' || z % 20 end, 'land ' || z % 4,
         'p' || p, 'product ' || p, 'colour ' || floor(12 * ${drawn("colour")} * ${drawn("shade")}), md5(i::text)
    from generate_series(1, 6000) i
    cross join lateral (select floor(100 * ${drawn("customer")} ^ 2)::int as c, floor(80 * ${drawn("zip")} ^ 2)::int as z, floor(60 * ${drawn("product")} ^ 2)::int as p) d;
  insert into lines select i / 10, i % 10, (i / 10) * 7 % 31 from generate_series(0, 5999) i;
  insert into trips select i, v, v % 9, 'w' || v % 5, i % 50 from generate_series(1, 3000) i cross join lateral (select floor(40 * ${drawn("vehicle")})::int as v) d;
  insert into shifts select i, w, i, w % 6 from generate_series(1, 3000) i cross join lateral (select floor(30 * ${drawn("ward")})::int as w) d;
  insert into documents select i, array_to_string((array['red', 'green', 'blue', 'black'])[1 : 1 + i % 4], ', ') || case when i % 3 = 0 then ', new' else '' end || repeat(', old', i % 2) || repeat(', odd', i % 5),
         'Street ' || i % 40 || ', Town', jsonb_build_object('kind', i % 40, 'name', 'n' || i % 40, 'done', i % 2 = 0, 'tags', '[]'::jsonb) from generate_series(1, 2000) i;
  insert into teams select i from generate_series(0, 19) i;
  insert into games select i, t, (t + 1) % 20, i % 10, i / 10 % 10 from generate_series(1, 2000) i cross join lateral (select floor(20 * ${drawn("team")} ^ 2)::int as t) d;
  insert into comments select i, i % 50, case when i % 3 = 0 then 'order' else 'customer' end, md5(i::text) from generate_series(1, 2000) i;
  analyze;`;

beforeAll(async () => {
  for (const version of versions) urls.set(version, (await freshDatabase(version, `${schema} ${rows}`)).url);
}, 120_000);

interface Told {
  readonly normal_forms:
    | undefined
    | {
        readonly first: readonly {
          readonly table: string;
          readonly kind: string;
          readonly columns: readonly string[];
          readonly says: string;
        }[];
        readonly dependencies: readonly {
          readonly table: string;
          readonly form: string;
          readonly determines: readonly string[];
          readonly determined: readonly string[];
          readonly grade: string;
          readonly check: string;
          readonly sql?: string;
          readonly undo?: string;
        }[];
      };
  readonly limits: readonly string[];
}

type Forms = Told & { readonly text: string };
const kept = new Map<string, Promise<Forms>>();

/** Nothing that a test does stays in the database, so each answer is asked for once. */
function formsOf(version: Version | undefined, asked: Record<string, unknown> = {}): Promise<Forms> {
  const key = JSON.stringify([version, asked]);
  const answer = kept.get(key) ?? askedFor(version, asked);
  kept.set(key, answer);
  return answer;
}

async function askedFor(version: Version | undefined, asked: Record<string, unknown>): Promise<Forms> {
  const answer = await (await connectOnce(version && urls.get(version))).callTool({ name: "review_schema", arguments: asked });
  expect(answer.isError, textOf(answer)).toBeFalsy();
  const { normal_forms, limits } = answer.structuredContent as unknown as Told;
  return { normal_forms, limits, text: textOf(answer) };
}

const said = (told: Told["normal_forms"]) =>
  told?.dependencies.map(({ table, form, determines, determined, grade }) => `${table} ${form} ${determines}>${determined} ${grade}`);

test.each(versions)("what follows from what is no key is told, graded, with the form that it breaks on PostgreSQL %i", async (version) => {
  const { normal_forms, limits, text } = await formsOf(version, { response_format: "detailed" });
  expect(said(normal_forms)).toEqual([
    "lines 2NF order_id>ordered_by measured",
    "orders 3NF zip>city,country measured",
    "orders 3NF product_code>product_label likely",
    "orders 3NF customer_id>customer_name possible",
    "seats 3NF account_id>plan declared",
    "shifts BCNF ward>wing measured",
    "trips 3NF vehicle>owner,wheels measured",
  ]);
  expect(limits).toContainEqual(
    "what depends on what in accounts, customers, seats and 1 more: under 1,000 rows are known, or they were never analyzed",
  );
  expect(text).toContain(
    "- 3NF, orders: zip determines city, country in all statistics seen (statistics orders_places: in all sampled rows",
  );
  expect(text).not.toMatch(/product 5|city 1|land 1/);
});

test.each(versions)("what keeps tables out of the first normal form is told without a value on PostgreSQL %i", async (version) => {
  const { normal_forms, text } = await formsOf(version, { response_format: "detailed" });
  expect(normal_forms?.first.map(({ table, kind, columns }) => `${table}: ${kind} ${columns}`)).toEqual([
    "comments: reference to several tables subject_type,subject_id",
    "documents: list in a text labels",
    "documents: columns inside JSON data",
  ]);
  expect(text).toContain("data has the same 3 keys");
  expect(text).not.toMatch(/green|Street|Town/);
});

test.each(versions)("a concise answer has the first and the third form, and no way to mend them on PostgreSQL %i", async (version) => {
  const { normal_forms, text } = await formsOf(version);
  expect(said(normal_forms)).toEqual([
    "orders 3NF zip>city,country measured",
    "orders 3NF product_code>product_label likely",
    "trips 3NF vehicle>owner,wheels measured",
  ]);
  expect(normal_forms?.first.map(({ columns }) => columns)).toEqual([["subject_type", "subject_id"]]);
  expect(text).not.toContain("orders_by_zip");
});

/** In a transaction that is given up. */
async function within<Result>(version: Version, ask: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: urls.get(version) });
  await client.connect();
  try {
    await client.query("begin");
    return await ask(client);
  } finally {
    await client.end();
  }
}

const countOf = async (client: pg.Client, sql: string) => Number((await client.query<{ count: string }>(sql)).rows[0]?.count);

test.each(versions)(
  "each decomposition runs on PostgreSQL %i, its join has the rows of before, and so has the table after the undo",
  async (version) => {
    const { normal_forms } = await formsOf(version, { response_format: "detailed" });
    const mended = normal_forms?.dependencies.filter(({ sql }) => sql !== undefined) ?? [];
    expect(mended.map(({ table, determines }) => `${table} ${determines}`)).toEqual([
      "lines order_id",
      "orders zip",
      "orders product_code",
      "shifts ward",
      "trips vehicle",
    ]);
    for (const { table, determines, determined, check, sql = "", undo = "" } of mended) {
      await within(version, async (client) => {
        expect(await countOf(client, check), check).toBe(0);
        const names = (
          await client.query<{ name: string }>(`select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0`, [
            table,
          ])
        ).rows.map(({ name }) => name);
        await client.query(`create temporary table before as select * from ${table}; ${sql}`);
        const there = `${table}_by_${determines.join("_")}`;
        const columns = names.map((name) => `${determined.includes(name) ? there : table}.${name}`).join(", ");
        const differing = (now: string) =>
          `select count(*) from ((select ${names} from before except all ${now}) union all (${now} except all select ${names} from before)) d`;
        expect(await countOf(client, differing(`select ${columns} from ${table} left join ${there} using (${determines})`)), sql).toBe(0);
        await client.query(undo);
        expect(await countOf(client, differing(`select ${names} from ${table}`)), undo).toBe(0);
        expect(await countOf(client, `select count(*) from pg_class where relname = '${there}'`)).toBe(0);
      });
    }
  },
);

test.each(versions)("rows that contradict are counted by the check and refused by the decomposition on PostgreSQL %i", async (version) => {
  const { normal_forms } = await formsOf(version, { response_format: "detailed" });
  const zip = normal_forms?.dependencies.find(({ determines }) => determines[0] === "zip");
  await within(version, async (client) => {
    await client.query("update orders set country = 'elsewhere' where id = 17");
    expect(await countOf(client, zip?.check ?? "")).toBe(1);
    await expect(client.query(zip?.sql ?? "")).rejects.toThrow(/duplicate key value/);
  });
});

test("columns go to the table that is referred to, and rows that would lose them are refused", async () => {
  const { url } = await freshDatabase(
    18,
    `create table shops (id int primary key, note text);
     create table sales (id bigint primary key, shop_id int references shops, town text, amount int);
     create statistics sales_towns (dependencies) on shop_id, town from sales;
     insert into shops select i from generate_series(0, 49) i;
     insert into sales select i, i * 7 % 50, 'town ' || i * 7 % 50 % 11, i from generate_series(1, 3000) i; analyze`,
  );
  const answer = await (await connectOnce(url)).callTool({ name: "review_schema", arguments: { response_format: "detailed" } });
  const [found] = (answer.structuredContent as unknown as Told).normal_forms?.dependencies ?? [];
  expect(found?.sql, textOf(answer)).toContain("alter table shops add column town text;");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("begin; create temporary table before as select * from sales");
    await client.query(found?.sql ?? "");
    const same =
      "select count(*) from before b join sales s using (id) join shops h on h.id = s.shop_id where h.town = b.town and s.amount = b.amount";
    expect(await countOf(client, same)).toBe(3000);
    await client.query(found?.undo ?? "");
    expect(await countOf(client, "select count(*) from before b join sales s using (id, shop_id, town, amount)")).toBe(3000);
    await client.query("rollback; begin; update sales set shop_id = null where id = 9");
    expect(await countOf(client, found?.check ?? "")).toBe(1);
    await expect(client.query(found?.sql ?? "")).rejects.toThrow(/violates check constraint|is violated by some row/);
  } finally {
    await client.end();
  }
});

test("a foreign key says it without statistics, from DDL text; nothing else is said of what depends on what, and that is", async () => {
  const { normal_forms, limits } = await formsOf(undefined, { schema_sql: schema, response_format: "detailed" });
  expect(said(normal_forms)).toEqual(["seats 3NF account_id>plan declared"]);
  expect(limits).toContainEqual(expect.stringMatching(/^what only a live server counts: .*what follows from what in rows/));
});
