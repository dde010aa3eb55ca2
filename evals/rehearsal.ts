import assert from "node:assert/strict";
import { type Database, statementsOf } from "./database.ts";

/** What one statement of a migration held and did, as Postgres itself told it before the commit. */
export interface Step {
  readonly sql: string;
  /** "orders AccessExclusiveLock", of tables that were there before. */
  readonly locks: readonly string[];
  readonly rewritten: readonly string[];
  /** Rows that sequential scans read, and rows that were written, by table. */
  readonly read: Readonly<Record<string, number>>;
  readonly written: Readonly<Record<string, number>>;
}

const LOCKS = `select distinct relation::regclass::text || ' ' || mode as held from pg_locks
  where pid = pg_backend_pid() and locktype = 'relation' and granted and relation >= 16384 order by 1`;
const FILES = "select oid::regclass::text as name, relfilenode::text as file from pg_class where relkind in ('r', 'm') and oid >= 16384";
const COUNTS = `select relname as name, seq_tup_read::int as read, (n_tup_ins + n_tup_upd + n_tup_del)::int as written from pg_stat_xact_user_tables`;

/** Applies a script as `psql` would, each statement in a transaction of its own unless the script opens one, and watches each. */
export async function rehearse(database: Database, script: string): Promise<readonly Step[]> {
  const steps: Step[] = [];
  let open = false;
  for (const sql of await statementsOf(script)) {
    const word = /^\s*(?:--[^\n]*\n|\s)*(\w+)/.exec(sql)?.[1]?.toLowerCase();
    if (word === "begin" || word === "start" || word === "commit" || word === "end" || word === "rollback") {
      await database.query(sql);
      open = word === "begin" || word === "start";
      continue;
    }
    steps.push(open ? await watched(database, sql) : await alone(database, sql));
  }
  return steps;
}

async function alone(database: Database, sql: string): Promise<Step> {
  await database.query("begin");
  try {
    const step = await watched(database, sql);
    await database.query("commit");
    return step;
  } catch (error) {
    await database.query("rollback");
    if ((error as { code?: string }).code !== "25001") throw error;
    // What may not run in a transaction lets go of its locks before we can look, and is made not to block.
    await database.query(sql);
    return { sql, locks: [], rewritten: [], read: {}, written: {} };
  }
}

async function watched(database: Database, sql: string): Promise<Step> {
  const before = new Map((await database.query(FILES)).map(({ name, file }) => [name, file]));
  // What earlier statements did is still among the counts: a session hands them in once a second at most.
  const earlier = new Map((await database.query(COUNTS)).map((row) => [row.name, row]));
  await database.query(sql);
  const counts = await database.query(COUNTS);
  const since = (what: "read" | "written") =>
    Object.fromEntries(counts.map((row) => [String(row.name), Number(row[what]) - Number(earlier.get(row.name)?.[what] ?? 0)]));
  const files = await database.query(FILES);
  const held = (await database.query(LOCKS)).map((row) => String(row.held));
  return {
    sql,
    locks: held.filter((lock) => before.has(lock.split(" ")[0])),
    rewritten: files.filter(({ name, file }) => before.has(name) && before.get(name) !== file).map(({ name }) => String(name)),
    read: since("read"),
    written: since("written"),
  };
}

/** Of what blocks writers. https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES */
const BLOCKS_WRITES = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];

/** No statement keeps writers out of this table while it reads or rewrites all of it. */
export function blocksNobodyLong(steps: readonly Step[], table: string): void {
  for (const { sql, locks, rewritten, read } of steps) {
    if (!BLOCKS_WRITES.some((mode) => locks.includes(`${table} ${mode}`))) continue;
    assert.ok(!rewritten.includes(table), `${sql} rewrites ${table} while nobody can write to it`);
    assert.equal(read[table] ?? 0, 0, `${sql} reads all of ${table} while nobody can write to it`);
  }
}
