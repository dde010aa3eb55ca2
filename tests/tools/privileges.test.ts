import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { statisticsOf } from "../../src/tools/limits.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { wholeCatalog } from "../twin/twin.ts";
import { connect } from "./client.ts";

const schema = `
  create table orders (id int primary key, status text, total numeric);
  create table notes (id int primary key, body text);
  create table salaries (id int primary key, amount int);
  create table "Odd ""one" (a int);
  create table log (day date, kind int) partition by range (day);
  create table log_1 partition of log default;
  create table never (id int);
  create table empty (id int);
  insert into orders select i, 's' || i % 3, i from generate_series(1, 500) i;
  insert into notes select i, 'n' from generate_series(1, 500) i;
  insert into salaries select i, i from generate_series(1, 500) i;
  insert into "Odd ""one" select 1;
  insert into log select '2026-01-01', i from generate_series(1, 500) i;
  insert into never select 1;
  create index orders_lower on orders (lower(status));
  create statistics orders_both on status, total from orders;
  create statistics salaries_both on id, amount from salaries;
  alter table salaries enable row level security;
  analyze orders; analyze notes; analyze salaries; analyze "Odd ""one"; analyze log; analyze empty;`;

/** Roles belong to the server, which other tests share: they have names of their own, and go with these tests. */
const suffix = randomBytes(4).toString("hex");
const real = (text: string) => text.replaceAll(/\b(reader|keeper)(?=\b|_)/g, `$1_${suffix}`);

const readers = {
  none: "",
  monitor: "grant pg_monitor to reader_monitor",
  some: "grant select on orders, salaries, log to reader_some",
  columns: "grant select on notes to reader_columns; grant select (id) on orders, salaries to reader_columns",
  all: "grant pg_read_all_data to reader_all",
  bypassing: "grant pg_read_all_data to reader_bypassing; alter role reader_bypassing bypassrls",
  member: "grant keeper to reader_member",
  superuser: "alter role reader_superuser superuser",
} as const;
type Kind = keyof typeof readers;

interface Place {
  readonly admin: pg.Client;
  readonly url: string;
}

const versions = [15, 18] as const;
const places = new Map<number, Place>();

beforeAll(async () => {
  for (const version of versions) {
    const { url } = await freshDatabase(version);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(real(`create role keeper; grant create on schema public to keeper; set role keeper; ${schema} reset role;`));
    for (const [kind, privileges] of Object.entries(readers)) {
      await admin.query(real(`create role reader_${kind} login password 'x'; ${privileges}`));
    }
    places.set(version, { admin, url });
  }
}, 60_000);

afterAll(async () => {
  for (const { admin } of places.values()) {
    for (const role of [...Object.keys(readers).map((kind) => `reader_${kind}`), "keeper"]) {
      await admin.query(real(`drop owned by ${role}; drop role ${role}`));
    }
    await admin.end();
  }
});

function placeOf(version: number): Place {
  const place = places.get(version);
  if (!place) throw new Error(`no PostgreSQL ${version}`);
  return place;
}

/** What the statistics are worth to a role, and what it is told of those it does not see. */
async function seenBy(kind: Kind, version: number): Promise<{ grade: string; limits: readonly string[] }> {
  const url = Object.assign(new URL(placeOf(version).url), { username: real(`reader_${kind}`), password: "x" }).href;
  const { grade, limits } = statisticsOf(await wholeCatalog(url));
  return { grade, limits: limits.map((limit) => limit.replaceAll(`_${suffix}`, "")) };
}

const never = "there are no statistics of never: analyze never;";
const expressions = (reader: string) =>
  `the statistics of the expressions in orders_lower are hidden from ${reader}: grant pg_read_all_data to ${reader} (which lets it read every table)`;
const policies = (reader: string) =>
  `row-level security hides the statistics of salaries from ${reader}: alter role ${reader} bypassrls (which shows it their rows too)`;
const extended = (reader: string) =>
  `the extended statistics orders_both, salaries_both are hidden from ${reader}: grant keeper to ${reader} (which lets it do all that keeper may)`;
const everything = (reader: string) =>
  `the statistics of orders, notes, salaries, "Odd ""one", log and 1 more are hidden from ${reader}: grant select on orders, notes, salaries, "Odd ""one", log, log_1 to ${reader}`;
const told = (reader: string) => [policies(reader), expressions(reader), extended(reader)];

test.each(versions)("a role without a grant on PostgreSQL %i is told to be granted all that it asks for", async (version) => {
  expect(await seenBy("none", version)).toEqual({
    grade: "none",
    limits: [never, everything("reader_none"), ...told("reader_none")],
  });
});

test.each(versions)("pg_monitor shows no statistics of PostgreSQL %i", async (version) => {
  expect(await seenBy("monitor", version)).toEqual({
    grade: "none",
    limits: [never, everything("reader_monitor"), ...told("reader_monitor")],
  });
});

test.each(versions)(
  "SELECT on PostgreSQL %i shows the columns of those tables, and not what indexes know of expressions",
  async (version) => {
    expect(await seenBy("some", version)).toEqual({
      grade: "partial",
      limits: [
        never,
        `the statistics of notes, "Odd ""one", log_1 are hidden from reader_some: grant select on notes, "Odd ""one", log_1 to reader_some`,
        ...told("reader_some"),
      ],
    });
  },
);

test.each(versions)("SELECT on some columns of PostgreSQL %i shows those", async (version) => {
  expect(await seenBy("columns", version)).toEqual({
    grade: "partial",
    limits: [
      never,
      `the statistics of "Odd ""one", log, log_1 are hidden from reader_columns: grant select on "Odd ""one", log, log_1 to reader_columns`,
      "the statistics of status, total of orders are hidden from reader_columns: grant select (status, total) on orders to reader_columns",
      "the statistics of amount of salaries are hidden from reader_columns: grant select (amount) on salaries to reader_columns",
      ...told("reader_columns"),
    ],
  });
});

test.each(versions)("pg_read_all_data shows all of PostgreSQL %i but what policies and owners keep", async (version) => {
  expect(await seenBy("all", version)).toEqual({ grade: "partial", limits: [never, policies("reader_all"), extended("reader_all")] });
  expect(await seenBy("bypassing", version)).toEqual({ grade: "partial", limits: [never, extended("reader_bypassing")] });
});

test.each(versions)("the owner and a superuser of PostgreSQL %i see everything there is", async (version) => {
  expect(await seenBy("member", version)).toEqual({ grade: "partial", limits: [never] });
  expect(await seenBy("superuser", version)).toEqual({ grade: "partial", limits: [never] });
});

test.each(versions)("what a role of PostgreSQL %i is told to be granted shows it the rest", async (version) => {
  const { admin } = placeOf(version);
  const remedies = (limits: readonly string[]) => limits.map((limit) => limit.replace(/^.*?: /, "").replace(/ \(which .*\)$/, ""));
  for (const kind of ["none", "some", "columns", "all"] as const) {
    const { limits } = await seenBy(kind, version);
    for (const remedy of remedies(limits.slice(1))) await admin.query(real(remedy));
    expect((await seenBy(kind, version)).limits).toEqual([never]);
  }
  await admin.query(remedies([never]).join());
  expect(await seenBy("none", version)).toEqual({ grade: "full", limits: [] });
});

test("before PostgreSQL 17 the bounds of ranges are known to who may read pg_statistic, and others are told so", async () => {
  const role = real("reader_ranges");
  const sql = `create table stays (id int, stay int4range); insert into stays select i, int4range(i, i + 1) from generate_series(1, 99) i; analyze;
    do $$ begin create role ${role} login password 'x'; exception when duplicate_object then null; end $$; grant select on stays to ${role}`;
  for (const version of versions) {
    const { url } = await freshDatabase(version, sql);
    const reader = Object.assign(new URL(url), { username: role, password: "x" }).href;
    const [mine, theirs] = [statisticsOf(await wholeCatalog(url)), statisticsOf(await wholeCatalog(reader))];
    expect(mine).toMatchObject({ grade: "full", limits: [] });
    expect({
      grade: theirs.grade,
      limits: theirs.limits.map((limit) => limit.replace(/15\.\d+/, "15").replaceAll(`_${suffix}`, "")),
    }).toEqual(
      version === 18
        ? { grade: "full", limits: [] }
        : {
            grade: "partial",
            limits: [
              "PostgreSQL 15 shows the bounds in stay of stays only to who may read pg_statistic: grant pg_read_all_data to reader_ranges",
            ],
          },
    );
  }
});

test("of more than ten tables of a schema all are granted at once", async () => {
  const tables = Array.from({ length: 11 }, (_, number) => `create table shop.t${number} as select 1 as a;`).join(" ");
  const { url } = await freshDatabase(18, `create schema shop; ${tables} analyze; ${real("create role reader_few login password 'x'")}`);
  const reader = Object.assign(new URL(url), { username: real("reader_few"), password: "x" }).href;
  const { limits } = statisticsOf(await wholeCatalog(reader));
  expect(limits.map((limit) => limit.replaceAll(`_${suffix}`, ""))).toEqual([
    "the statistics of shop.t0, shop.t1, shop.t2, shop.t3, shop.t4 and 6 more are hidden from reader_few: grant select on all tables in schema shop to reader_few",
  ]);
  await placeOf(18).admin.query(real("drop role reader_few"));
});

test("an answer says which other roles plan with settings of their own", async () => {
  const { url, admin } = placeOf(18);
  const database = new URL(url).pathname.slice(1);
  const set = [
    `alter role keeper in database ${database} set work_mem = '1MB'`,
    `alter role reader_some in database ${database} set work_mem = '64MB'`,
    `alter role reader_some in database ${database} set statement_timeout = '9s'`,
    `alter role reader_some in database ${database} set random_page_cost = 1.1`,
    `alter role reader_all in database ${database} set enable_seqscan = off`,
    `alter role reader_columns in database ${database} set work_mem = '8MB'`,
  ];
  for (const statement of set) await admin.query(real(statement));
  const reader = Object.assign(new URL(url), { username: real("reader_columns"), password: "x" }).href;
  const client = await connect({ environment: { DATABASE_URL: reader } });
  const { structuredContent } = await client.callTool({
    name: "analyze_query",
    arguments: { sql: "select id from public.notes where id = 3" },
  });
  const { limits } = structuredContent as { limits: readonly string[] };
  const plain = limits.map((limit) => limit.replaceAll(`_${suffix}`, ""));
  expect(plain).toContain(
    "plans are those of the role reader_columns: reader_all has its own enable_seqscan = off, reader_some has its own random_page_cost = 1.1, work_mem = 64MB",
  );
});
