import { beforeAll, expect, test } from "vitest";
import { run } from "../../../src/rules/rule.ts";
import { schemaRules } from "../../../src/rules/schema-rules.ts";
import { loadGrammar } from "../../../src/sql/grammar.ts";
import { type Asked, schemaIn } from "./asked.ts";
import { openLive } from "./live.ts";

/** What the messages say Postgres does, on servers of both versions. */
const servers = ["PostgreSQL 15", "PostgreSQL 18"] as const;
const open: Record<string, Asked> = {};

beforeAll(async () => {
  await loadGrammar();
  open["PostgreSQL 15"] = await openLive(15);
  open["PostgreSQL 18"] = await openLive(18);
});

function on(server: string): Asked {
  const postgres = open[server];
  if (!postgres) throw new Error(`No ${server}.`);
  return postgres;
}

/** Between BEGIN and ROLLBACK, because roles are the whole cluster's. */
async function within<Result>(postgres: Asked, sql: string, ask: () => Promise<Result>): Promise<Result> {
  await postgres.exec("begin");
  try {
    await postgres.exec(sql);
    return await ask();
  } finally {
    await postgres.exec("rollback");
  }
}

const one = async <Row>(postgres: Asked, sql: string): Promise<Row> => {
  const [row] = (await postgres.query<Row>(sql)).rows;
  if (row === undefined) throw new Error(`No row: ${sql}`);
  return row;
};

/** What Postgres says no to, without losing the transaction. */
async function refusal(postgres: Asked, sql: string): Promise<string | undefined> {
  await postgres.exec("savepoint attempt");
  try {
    await postgres.exec(sql);
    return undefined;
  } catch (error) {
    await postgres.exec("rollback to attempt");
    return (error as Error).message;
  }
}

/** Scans of a table since the transaction began. */
const scansOf = async (postgres: Asked, table: string) =>
  await one<{ seq: number; idx: number }>(
    postgres,
    `select pg_stat_get_xact_numscans('${table}'::regclass)::int as seq,
            (select sum(pg_stat_get_xact_numscans(indexrelid))::int from pg_index where indrelid = '${table}'::regclass) as idx`,
  );

test.each(servers)("%s: deleting a parent scans the child once for each row until the foreign key has an index", async (server) => {
  const postgres = on(server);
  const delta = await within(
    postgres,
    "create table a (id bigint primary key); create table b (id bigint primary key, a bigint references a); insert into a select generate_series(1, 20); insert into b select i, null from generate_series(1, 5000) i; analyze a, b",
    async () => {
      const start = await scansOf(postgres, "b");
      await postgres.exec("delete from a where id <= 5");
      const bare = await scansOf(postgres, "b");
      await postgres.exec("create index b_a on b (a); delete from a where id between 6 and 7");
      const before = await scansOf(postgres, "b");
      await postgres.exec("delete from a where id between 8 and 12");
      const after = await scansOf(postgres, "b");
      return { bare: bare.seq - start.seq, indexed: after.seq - before.seq, byIndex: after.idx - before.idx };
    },
  );
  expect(delta).toEqual({ bare: 5, indexed: 0, byIndex: 5 });
});

test.each([
  ["integer that refers to numeric", "numeric", "int", 0],
  ["text that refers to char(n)", "char(5)", "text", 0],
  ["integer that refers to bigint", "bigint", "int", 3],
  ["varchar that refers to text", "text", "varchar(9)", 3],
])("%s: the index of the child serves the check, or not", async (_, parent, child, expected) => {
  for (const server of servers) {
    const postgres = on(server);
    const scans = await within(
      postgres,
      `create table a (id ${parent} primary key); create table b (id bigint primary key, a ${child} references a); create index b_a on b (a);
       insert into a select i::text::${parent} from generate_series(10001, 10020) i; insert into b select i, null from generate_series(1, 5000) i; analyze a, b`,
      async () => {
        await postgres.exec(`delete from a where id = '10001'::text::${parent}`);
        const before = await scansOf(postgres, "b");
        await postgres.exec(`delete from a where id in (select id from a order by id limit 3)`);
        const after = await scansOf(postgres, "b");
        return { byIndex: after.idx - before.idx, whole: after.seq - before.seq };
      },
    );
    expect({ server, ...scans }).toEqual({ server, byIndex: expected, whole: 3 - expected });
  }
});

const notes = `create role app_reader login; create table notes (id int primary key, author text); insert into notes values (1, 'app_reader'), (2, 'somebody');
  alter table notes enable row level security; create policy own on notes for select to app_reader using (author = current_user); grant select, insert, update, delete on notes to app_reader;`;
const seen = async (postgres: Asked, relation: string) => {
  await postgres.exec("set local role app_reader");
  const { count } = await one<{ count: number }>(postgres, `select count(*)::int as count from ${relation}`);
  await postgres.exec("reset role");
  return count;
};

test.each(servers)("%s: a view shows the rows that policies hide, until it has security_invoker", async (server) => {
  const postgres = on(server);
  const rows = await within(
    postgres,
    `${notes} create view v as select * from notes; create view w as select * from v; grant select on v, w to app_reader`,
    async () => {
      const before = [await seen(postgres, "notes"), await seen(postgres, "v"), await seen(postgres, "w")];
      await postgres.exec("alter view v set (security_invoker = true); alter view w set (security_invoker = true)");
      return { before, after: [await seen(postgres, "v"), await seen(postgres, "w")] };
    },
  );
  expect(rows).toEqual({ before: [1, 2, 2], after: [1, 1] });
});

test.each(servers)("%s: a materialized view and a partition show them as well", async (server) => {
  const postgres = on(server);
  const rows = await within(
    postgres,
    `${notes} create materialized view m as select * from notes; create table logs (id int, author text) partition by list (id);
     create table logs_1 partition of logs for values in (1); insert into logs values (1, 'somebody');
     alter table logs enable row level security; grant select on m, logs, logs_1 to app_reader`,
    async () => [await seen(postgres, "m"), await seen(postgres, "logs"), await seen(postgres, "logs_1")],
  );
  expect(rows).toEqual([2, 0, 1]);
});

test.each(servers)("%s: policies hold for nobody while row-level security is off, and without any it hides all", async (server) => {
  const postgres = on(server);
  const told = await within(postgres, `${notes} alter table notes disable row level security`, async () => {
    const off = await seen(postgres, "notes");
    await postgres.exec("alter table notes enable row level security; drop policy own on notes");
    const closed = await seen(postgres, "notes");
    await postgres.exec("set local role app_reader");
    return { off, closed, insert: await refusal(postgres, "insert into notes values (3, 'app_reader')") };
  });
  expect(told).toEqual({ off: 2, closed: 0, insert: 'new row violates row-level security policy for table "notes"' });
});

test.each(servers)(
  "%s: USING (true) opens every row, WITH CHECK (true) lets a row be given away, and an insert without WITH CHECK is refused",
  async (server) => {
    const postgres = on(server);
    const told = await within(
      postgres,
      `${notes} create policy everything on notes for select to app_reader using (true); create policy u on notes for update to app_reader using (author = current_user) with check (true);
     create policy i on notes for insert to app_reader; set local role app_reader`,
      async () => {
        const given = await refusal(postgres, "update notes set author = 'other' where id = 1");
        const insert = await refusal(postgres, "insert into notes values (3, 'app_reader')");
        await postgres.exec(
          "reset role; alter policy u on notes using (true); set local role app_reader; update notes set author = 'mine'",
        );
        return { given, insert, taken: await one(postgres, "select count(*)::int as count from notes where author = 'mine'") };
      },
    );
    expect(told).toEqual({ given: undefined, insert: 'new row violates row-level security policy for table "notes"', taken: { count: 2 } });
  },
);

test.each(servers)(
  "%s: a function in a policy is called for every row, once in a sub-select, and hardly more where an index serves it",
  async (server) => {
    const postgres = on(server);
    const calls = await within(
      postgres,
      `create sequence calls; grant usage on calls to public; create function me() returns text stable language plpgsql security definer as 'begin perform nextval(''calls''); return ''somebody''; end';
     create role app_reader login; create table notes (id int primary key, author text); insert into notes select i, 'a' from generate_series(1, 1000) i;
     alter table notes enable row level security; create policy own on notes to app_reader using (author = me()); grant select on notes to app_reader; analyze notes`,
      async () => {
        const counted = async () => {
          const before = await one<{ n: number }>(postgres, "select nextval('calls')::int as n");
          await seen(postgres, "notes");
          return (await one<{ n: number }>(postgres, "select nextval('calls')::int as n")).n - before.n - 1;
        };
        const bare = await counted();
        await postgres.exec("alter policy own on notes using (author = (select me()))");
        const wrapped = await counted();
        await postgres.exec(
          "alter policy own on notes using (author = me()); create index on notes (author); set local enable_seqscan = off",
        );
        return { bare, wrapped, indexed: await counted() };
      },
    );
    expect(calls.bare).toBeGreaterThanOrEqual(1000);
    expect(calls.wrapped).toBe(1);
    expect(calls.indexed).toBeLessThanOrEqual(2);
  },
);

test.each(servers)(
  "%s: a caller's temporary table stands in for the one that a SECURITY DEFINER function means, until its path is pinned",
  async (server) => {
    const postgres = on(server);
    const told = await within(
      postgres,
      `create role app_reader login; create table secrets (word text); insert into secrets values ('real');
     create function word() returns text language sql security definer as 'select word from secrets';
     set local role app_reader; create temp table secrets (word text); insert into secrets values ('forged'); grant select on secrets to public`,
      async () => {
        const before = await one(postgres, "select word()");
        await postgres.exec("reset role; alter function word() set search_path = public, pg_temp; set local role app_reader");
        return [before, await one(postgres, "select word()")];
      },
    );
    expect(told).toEqual([{ word: "forged" }, { word: "real" }]);
  },
);

test.each(servers)("%s: everybody may run a new function, and no longer once it is taken from PUBLIC", async (server) => {
  const postgres = on(server);
  const told = await within(
    postgres,
    `${notes} create function all_notes() returns bigint language sql security definer as 'select count(*) from notes'; set local role app_reader`,
    async () => {
      const before = await one<{ all_notes: number }>(postgres, "select all_notes()::int");
      await postgres.exec("reset role; revoke execute on function all_notes() from public; set local role app_reader");
      return { before, after: await refusal(postgres, "select all_notes()") };
    },
  );
  expect(told).toEqual({ before: { all_notes: 2 }, after: "permission denied for function all_notes" });
});

test.each(servers)("%s: the same schema is judged the same on a server and by the twin's engine", async (server) => {
  const postgres = on(server);
  const found = await within(
    postgres,
    `${notes} create table b (id int generated always as identity primary key, n int references notes, at timestamp); create view v as select * from notes; grant select on v to app_reader`,
    async () => run(schemaRules, await schemaIn(postgres), undefined).map(({ rule }) => rule),
    // Roles are the whole cluster's, and other test files make theirs in it.
  ).then((rules) => rules.filter((rule) => rule !== "schema/superuser-app-role"));
  expect(found).toEqual([
    "schema/view-security-definer",
    "schema/foreign-key-unindexed",
    "schema/primary-key-int4",
    "schema/rls-policy-unindexed-column",
    "schema/type-timestamp-without-tz",
  ]);
});

test.each(servers)(
  "%s: an index that nobody reads is told once its table was read otherwise a thousand times; those that are needed are not",
  async (server) => {
    const postgres = on(server);
    const found = async () => run(schemaRules, await schemaIn(postgres), undefined).filter(({ rule }) => rule === "schema/unused-index");
    await postgres.exec(`create schema busy; create table busy.parents (id int primary key); create table busy.items (id int primary key, parent int references busy.parents, colour int, size int);
    insert into busy.items select i, null, i % 100, i from generate_series(1, 50000) i;
    create index items_parent on busy.items (parent, id); create index items_colour on busy.items (colour, id); create index items_size on busy.items (size, id); create unique index items_both on busy.items (colour, size, id); analyze busy.items`);
    expect(await found()).toEqual([]);
    await postgres.exec("do $$ begin for i in 1..1000 loop perform from busy.items where size = i; end loop; end $$");
    await postgres.exec("select pg_stat_force_next_flush()");
    await postgres.query("select 1");
    const [finding, ...others] = await found();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      severity: "info",
      object: "busy.items.items_colour",
      message: expect.stringMatching(
        /^No query has read busy\.items_colour on busy\.items since the counters began, in 1,0\d\d other scans/,
      ),
      fix: "drop index concurrently busy.items_colour;",
    });
    await postgres.exec(finding?.fix ?? "");
    expect(await found()).toEqual([]);
    await postgres.exec(finding?.undo ?? "");
    await postgres.exec("drop schema busy cascade");
  },
);

test.each([
  ["PostgreSQL 15", [false, true]],
  ["PostgreSQL 18", [false, false]],
] as const)("%s: a partial index without need serves no sort, or only one that repeats its condition", async (server, expected) => {
  const postgres = on(server);
  const uses = async (where: string) =>
    JSON.stringify((await postgres.query(`explain select n from t ${where} order by n limit 5`)).rows).includes("t_n");
  const used = await within(
    postgres,
    "create table t (n int not null); create index t_n on t (n) where n is not null; insert into t select generate_series(1, 10000); analyze t; set local enable_seqscan = off",
    async () => [await uses(""), await uses("where n is not null")],
  );
  expect(used).toEqual(expected);
});
