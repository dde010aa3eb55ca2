// CPU of statements and of builds, as the kernel counts it for the backend that runs them: on Linux, beside the server.
import { readFileSync } from "node:fs";

const MB = 1024 * 1024;

/** A query counts as slower if both hold: some microseconds are lost in the clock and in the longer list of indexes that is planned with. */
const SLOWER = 1.05;
const NOISE_MS = 0.05;

/** A statement that seems slower, with and without all indexes in turn, in the same seconds: the neighbours on a machine change its clock by more than an index does. */
export async function againInPairs(client, none, after) {
  const pid = await pidOf(client);
  const all = [];
  for (const [position, one] of after.entries()) {
    if (!seemsSlower(none[position], one)) {
      all.push(one);
      continue;
    }
    let [before, now] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 3; round += 1) {
      now = Math.min(now, await leastCpu(client, pid, one));
      await client.query("begin");
      await dropAll(client);
      before = Math.min(before, await leastCpu(client, pid, one, ["savepoint whole", "rollback to whole"]));
      await client.query("rollback");
    }
    all.push({ ...one, cpu: now, pair: before });
  }
  return all;
}

export const seemsSlower = (before, now) => now.cpu > before.cpu * SLOWER + NOISE_MS;

/** Whatever index no constraint needs. */
export async function dropAll(client) {
  const { rows } = await client.query(
    `select indexrelid::regclass::text as name from pg_index
      where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace) and indrelid::regclass::text !~ '^pg_' and not indisprimary
        and not exists (select from pg_constraint where conindid = indexrelid)`,
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
}

/** An extension that an earlier index needs too. */
export const isNeeded = ({ code }) => code === "2BP01";

/** One at a time, as a person would: what is CONCURRENTLY must not stand in a message with others. */
export async function runEach(client, script) {
  for (const statement of script.split(/;\s*\n/)) if (statement.trim() !== "") await client.query(statement);
}

/** Each as it was told, and what came of it: CPU, bytes, or why Postgres would not. */
export async function build(client, indexes) {
  const pid = await pidOf(client);
  const built = [];
  for (const { sql, bytes } of indexes) {
    const before = await namesIn(client);
    const cpu = nanoseconds(pid);
    try {
      await runEach(client, sql);
    } catch (error) {
      built.push({ sql, refused: error.message });
      continue;
    }
    const cpu_ms = rounded((nanoseconds(pid) - cpu) / 1e6);
    const made = [...(await namesIn(client))].filter(([name]) => !before.has(name));
    built.push({
      sql,
      names: made.map(([name]) => name),
      predicted_mb: bytes === undefined ? undefined : rounded(bytes / MB),
      real_mb: rounded(made.reduce((sum, [, size]) => sum + size, 0) / MB),
      cpu_ms,
    });
  }
  return built;
}

async function namesIn(client) {
  const { rows } = await client.query(
    "select relname as name, pg_relation_size(oid)::float8 as bytes from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace",
  );
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}

const pidOf = async (client) => (await client.query("select pg_backend_pid() as pid")).rows[0].pid;

/** That a process has run, by the scheduler's own clock (Documentation/scheduler/sched-stats.rst of Linux). */
const nanoseconds = (pid) => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);

/** Least CPU of each statement, in two passes with all others between them, and its plan. */
export async function measured(client, queries) {
  const pid = await pidOf(client);
  const first = [];
  for (const query of queries) first.push(await leastCpu(client, pid, query));
  const all = [];
  for (const [position, query] of queries.entries()) {
    const again = await leastCpu(client, pid, query);
    const { rows } = await client.query(`explain (format json) ${query.sql}`);
    const [{ Plan }] = rows[0]["QUERY PLAN"];
    const cpu = Math.min(first[position], again);
    all.push({ ...query, cpu, cost: Plan["Total Cost"], plan: Plan });
  }
  return all;
}

const isWriting = /^\s*(update|delete|insert|merge)|for update/i;

/** Milliseconds. The first run, which warms what it reads, does not count. */
async function leastCpu(client, pid, { sql }, [open, close] = isWriting.test(sql) ? ["begin", "rollback"] : []) {
  let least = Number.POSITIVE_INFINITY;
  let spent = 0;
  for (let run = 0; run < 4 || (run < 60 && spent < 150); run += 1) {
    if (open) await client.query(open);
    const before = nanoseconds(pid);
    await client.query(sql);
    const cpu = (nanoseconds(pid) - before) / 1e6;
    if (close) await client.query(close);
    if (run > 0) least = Math.min(least, cpu);
    spent += cpu;
  }
  return least;
}

export const rounded = (number) => Math.round(number * 1000) / 1000;
