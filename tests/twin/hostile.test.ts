import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { parseStatements } from "../../src/sql/parse.ts";
import { loadSchemaText, needsOfText } from "../../src/twin/schema-text.ts";
import type { Holding, Session, Twin } from "../../src/twin/twin.ts";
import { type Bomb, others, quick, slow } from "./bombs.ts";
import { sideModule } from "./side-module.ts";
import { startTwin } from "./twin.ts";

const needs = { sortsByBytes: false, extensions: [] };
const table = "create table t (id int, note text);";
const twin = startTwin({ deadline: 2500 });

const explain = (session: Session, sql: string) => session.explain({ sql, searchPath: ["public"], generic: false });

/** Loads the text and plans the query, as the tools do; what Postgres says no to, in a row. */
async function ask(of: Twin, { ddl = "", sql = "select 1 from t" }: Omit<Bomb, "name">, signal?: AbortSignal): Promise<readonly string[]> {
  const statements = await parseStatements(table + ddl, { bytes: 2_000_000 });
  const load = async (session: Session) => {
    const { refused } = await loadSchemaText(session, statements);
    return refused.map(({ refused: { message } }) => message);
  };
  const key = `text ${ddl}`;
  const question = async (session: Session, refused: readonly string[]) => {
    const explained = await explain(session, sql);
    return [...refused, ...(explained.refused ? [explained.refused.message] : [])];
  };
  return of.holding({ needs: needsOfText(statements), key, hold: async (session, held) => held ?? load(session) }, question, signal);
}

/** Questions of somebody else: one that starts from nothing, and one about what is held. */
async function isRight(of: Twin): Promise<void> {
  const plan = await of.use(needs, async (session) => {
    await session.run(["create table public.t (id int primary key)"]);
    return JSON.stringify(await explain(session, "select 1 from t where id = 1"));
  });
  expect(plan).toContain("t_pkey");
  expect(await ask(of, {})).toEqual([]);
}

test.each([...quick, ...slow, ...(process.env.LONG ? others : [])])(
  "$name: it ends in an answer or a sentence, and the next question is answered",
  {
    timeout: 60_000,
  },
  async (bomb) => {
    const end = await ask(twin, bomb).then(
      () => "answered",
      (error: { code?: string; message: string }) => error.code ?? error.message,
    );
    expect(["answered", "timeout", "too_large", "twin_failed"]).toContain(end);
    await isRight(twin);
  },
);

const MB = 1024 * 1024;

test("many bombs one after another do not add up", { timeout: 900_000 }, async () => {
  const memory = { ddl: quick.find(({ name }) => name.includes("a million"))?.ddl ?? "", sql: "select 1 from t where note = f()" };
  const growing = startTwin({ deadline: 1000 });
  const bombs = process.env.LONG ? 200 : 6;
  const before = process.memoryUsage().rss;
  for (let number = 0; number < bombs; number += 1)
    await ask(growing, { ...memory, ddl: `${memory.ddl} -- ${number}` }).catch(() => undefined);
  await isRight(growing);
  const after = process.memoryUsage().rss;
  process.stdout.write(`${bombs} bombs: ${Math.round(before / MB)} MB before, ${Math.round(after / MB)} MB after\n`);
  expect(after - before).toBeLessThan(900 * MB);
});

test("a library that a caller wrote is not loaded, by whatever way and name, and nothing of it is evaluated", async () => {
  const proof = `/tmp/twin-hostile-${process.pid}`;
  onTestFinished(() => rm(proof, { force: true }));
  const module = sideModule(`require("node:fs").writeFileSync(${JSON.stringify(proof)}, "")`).toString("hex");
  const put = (path: string) =>
    `do $$ begin perform lo_from_bytea(4711, decode('${module}', 'hex')); perform lo_export(4711, '${path}'); perform lo_unlink(4711); end $$`;
  const outcomes = await twin.use({ ...needs, alone: true }, (session) =>
    session.run([
      put("/tmp/x.so"),
      "load '/tmp/x.so'",
      "create function public.x() returns int language c as '/tmp/x.so', 'x'",
      put("/pglite/lib/postgresql/dict_snowball.so"),
      "load 'dict_snowball'",
    ]),
  );
  expect(outcomes.map(({ refused }) => refused !== undefined)).toEqual([false, true, true, false, true]);
  expect(existsSync(proof)).toBe(false);
});

const raising = (expression: string) => `do $$ begin raise exception 'read: %', ${expression}; end $$;`;

test.each([
  "pg_read_file('/etc/passwd')",
  "pg_read_file('/proc/self/environ')",
  "pg_read_file('/proc/1/cmdline')",
  `pg_read_file('${import.meta.filename}')`,
  "pg_read_file('/dev/stdin')",
  "lo_import('/etc/hostname')",
  "(select string_agg(x, ' ') from pg_ls_dir('/root') x)",
  "(select string_agg(x, ' ') from pg_ls_dir('/proc/self/cwd') x)",
])("%s reads nothing of this machine", async (expression) => {
  const [said = ""] = await ask(twin, { ddl: raising(expression) });
  expect(said).toMatch(/No such file or directory|could not open/);
});

/** How often a word stands in the files of the cluster, where what was rolled back stays. */
const inFiles = (word: string) => `(
  select count(*) from (
    select 'base/' || d || '/' || f as path from pg_ls_dir('base') d, pg_ls_dir('base/' || d) f
    union all select 'pg_wal/' || f from pg_ls_dir('pg_wal') f
    union all select '/tmp/' || f from pg_ls_dir('/tmp') f) files
   where not (pg_stat_file(path)).isdir and position(convert_to('${word}', 'UTF8') in pg_read_binary_file(path)) > 0)`;

test("what one caller's text says cannot be found by another's, in no file, statement, lock or setting", async () => {
  const shared = startTwin();
  const mine = "create table mine_of_a (secret_of_a text); create role role_of_a; create sequence sequence_of_a;";
  const code = `do $$ begin
    execute 'prepare statement_of_a as select 1';
    execute 'copy (select ''file_of_a'') to ''/tmp/file''';
    perform pg_advisory_lock(1), set_config('setting.of_a', 'x', false);
  end $$;`;
  expect(await ask(shared, { ddl: mine })).toEqual([]);
  expect(await ask(shared, { ddl: mine + code })).toEqual([]);
  const found = [
    inFiles("_of_a"),
    "(select count(*) from pg_prepared_statements)",
    "(select count(*) from pg_locks where locktype = 'advisory')",
    "(select count(*) from pg_roles where rolname like '%of_a')",
    "coalesce(current_setting('setting.of_a', true), 'unset')",
  ];
  expect(await ask(shared, { ddl: raising(`concat_ws(' ', ${found.join(", ")})`) })).toEqual(["read: 0 0 0 0 unset"]);
});

/** Values as the statistics of a database would have them. */
const database: Holding<boolean> = {
  needs,
  key: "catalog 1",
  async hold(session, held) {
    if (held) return held;
    await session.run([
      "create table public.people (email text)",
      `select pg_restore_attribute_stats('schemaname', 'public', 'relname', 'people', 'attname', 'email', 'inherited', false,
         'most_common_vals', '{value_of_a_row}'::text, 'most_common_freqs', '{0.5}'::real[])`,
    ]);
    return true;
  },
};

test("what the twin holds of a database cannot be found by a text", async () => {
  const shared = startTwin();
  await shared.holding(database, (session) => explain(session, "select 1 from people"));
  const [said] = await ask(shared, { ddl: raising(inFiles("value_of_a_row")) });
  expect(said).toBe("read: 0");
});

test("a query on a database's tables cannot have its statistics read while it is planned", async () => {
  const read = "table_to_xml('pg_catalog.pg_statistic'::regclass, true, false, '')::text";
  const explained = await twin.holding(database, (session) =>
    explain(session, `select 1 from people where email = (1 / case when ${read} like '%value_of_a_row%' then 0 else 1 end)::text`),
  );
  expect(explained.refused).toBeUndefined();
});

/** Loops until it is cancelled. Resolves when it does. */
function loop(on: Twin, signal: AbortSignal): Promise<{ readonly ended: Promise<string> }> {
  return new Promise((begun) => {
    const asked = on.use(
      { ...needs, alone: true },
      (session) => {
        begun({ ended });
        return session.run(["do $$ begin loop end loop; end $$"]);
      },
      signal,
    );
    const ended = asked.then(
      () => "answered",
      ({ code }) => code,
    );
  });
}

test("a bomb holds up nobody else for longer than a second", async () => {
  const two = startTwin();
  const stop = new AbortController();
  const { ended } = await loop(two, stop.signal);
  await isRight(two);
  stop.abort();
  expect(await ended).toBe("cancelled");
});

test("a call that is cancelled while it waits is gone at once", async () => {
  const busy = startTwin();
  const [stop, leave] = [new AbortController(), new AbortController()];
  const bombs = [await loop(busy, stop.signal), await loop(busy, stop.signal)];
  const waiting = ask(busy, {}, leave.signal).catch(({ code }) => code);
  setTimeout(() => leave.abort(), 100);
  expect(await Promise.race([...bombs.map(({ ended }) => ended), waiting])).toBe("cancelled");
  stop.abort();
  expect(await Promise.all(bombs.map(({ ended }) => ended))).toEqual(["cancelled", "cancelled"]);
});

test("a cancelled call costs nobody what the twin holds, if what it runs is soon over", async () => {
  const kept = startTwin();
  let builds = 0;
  const counted: Holding<boolean> = {
    ...database,
    async hold(session, held) {
      if (!held) builds += 1;
      return database.hold(session, held);
    },
  };
  await kept.holding(counted, (session) => explain(session, "select 1 from people"));
  const stop = new AbortController();
  const cancelled = kept.holding(
    counted,
    (session) => {
      const explained = explain(session, "select 1 from people");
      stop.abort();
      return explained;
    },
    stop.signal,
  );
  await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  await expect(kept.holding(counted, async () => "never", stop.signal)).rejects.toMatchObject({ code: "cancelled" });
  await kept.holding(counted, (session) => explain(session, "select 1 from people"));
  expect(builds).toBe(1);
});

test("many small statements may not take longer together than one call may", async () => {
  const short = startTwin({ budget: 300 });
  const endless = short.use(needs, async (session) => {
    for (;;) await explain(session, "select 1 from pg_class");
  });
  await expect(endless).rejects.toMatchObject({ code: "timeout" });
  await isRight(short);
});

test("an answer that would fill the memory of this process is broken off", async () => {
  const asked = twin.use({ ...needs, alone: true }, (session) =>
    session.execute("select repeat('x', 1000000) from generate_series(1, 100)"),
  );
  await expect(asked).rejects.toMatchObject({ code: "twin_failed", hint: { retryable: true } });
  await isRight(twin);
});
