import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { hasPgBouncer, startPooler } from "../postgres/pgbouncer.ts";
import { connect, textOf } from "../tools/client.ts";
import { changed, connectionTo, using } from "./asking.ts";
import { asRole } from "./sessions.ts";
import { inspect, table, told } from "./told.ts";

if (!hasPgBouncer) console.error("skipped, because there is no pgbouncer here (apt install pgbouncer): transactions through a real pooler");

interface Place {
  readonly version: 15 | 18;
  /** Startup options are dropped in silence, where PgBouncer would refuse them. */
  readonly ignoring: boolean;
}
const places: readonly Place[] = [
  { version: 15, ignoring: false },
  { version: 15, ignoring: true },
  { version: 18, ignoring: false },
  { version: 18, ignoring: true },
];

const password = "hunter2";

async function pooled({ version, ignoring }: Place, settings: Readonly<Record<string, string | number>> = {}): Promise<string> {
  const { url } = await freshDatabase(version, `${table}; grant select on orders to public`);
  const reader = await asRole(version, { url, settings: [] });
  const { username, port } = new URL(reader);
  const ignored = ignoring ? { ignore_startup_parameters: "options" } : {};
  const users = { [username]: password, nobody_here: password };
  const pooler = await startPooler({ port: Number(port), users, settings: { ...ignored, ...settings } });
  onTestFinished(() => pooler.stop());
  return changed(reader, { port: pooler.port });
}

/** Another client of the same pool. */
async function neighbour(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** What a client finds in the one server connection; who names himself is told apart by the pooler. */
async function session(client: pg.Client) {
  const { rows: settings } = await client.query("select name, setting from pg_settings where name <> 'application_name' order by name");
  const { rows: others } = await client.query(
    "select pg_backend_pid() as pid, current_user as user, (select count(*) from pg_prepared_statements) as prepared, (select count(*) from pg_locks where locktype = 'advisory') as locks, (select count(*) from pg_cursors where name <> '') as cursors",
  );
  return { settings, others };
}

test.skipIf(!hasPgBouncer).each(places)(
  "through PgBouncer in front of Postgres $version, ignoring options: $ignoring, every transaction is read-only and leaves nothing to the next client",
  async (place) => {
    const url = await pooled(place);
    const other = await neighbour(url);
    await other.query({ name: "theirs", text: "select 7 as seven" });
    const before = await session(other);

    const client = await connect({ environment: { DATABASE_URL: url }, args: ["--access", "explain"] });
    const first = await client.callTool(inspect);
    expect(textOf(first)).toContain("orders: table");
    const planned = await client.callTool({ name: "analyze_query", arguments: { sql: "select * from orders where note = $1" } });
    expect(planned.structuredContent, textOf(planned)).toMatchObject({ basis: { sent: "explain" } });
    const settings = await using(connectionTo(url), (database) =>
      database.transaction(
        (reads) =>
          reads.read(
            `select ${["transaction_read_only", "statement_timeout", "search_path"].map((name) => `current_setting('${name}') as ${name}`).join(", ")}`,
          ),
        {},
      ),
    );
    expect(settings).toEqual([{ transaction_read_only: "on", statement_timeout: "15s", search_path: "pg_catalog, pg_temp" }]);
    await expect(
      using(connectionTo(url), (database) => database.transaction((reads) => reads.read("create table public.mine ()"), {})),
    ).rejects.toThrow("(25006)");

    expect(await session(other)).toEqual(before);
    expect((await other.query({ name: "theirs", text: "select 7 as seven" })).rows).toEqual([{ seven: 7 }]);
    expect(textOf(await client.callTool(inspect))).toBe(textOf(first));
  },
);

test.skipIf(!hasPgBouncer).each(places.slice(1, 3))(
  "through PgBouncer in front of Postgres $version, ignoring options: $ignoring, questions take turns with each other and with other clients",
  async (place) => {
    const url = await pooled(place);
    const other = await neighbour(url);
    const client = await connect({ environment: { DATABASE_URL: url } });
    const asked = Promise.all(Array.from({ length: 6 }, () => client.callTool(inspect)));
    for (let turn = 0; turn < 20; turn += 1)
      expect((await other.query("select current_setting('statement_timeout') as timeout")).rows).toEqual([{ timeout: "0" }]);
    for (const answer of await asked) expect(answer.isError, textOf(answer)).toBeFalsy();
  },
);

const [, place] = places;
if (!place) throw new Error("no place");

test.skipIf(!hasPgBouncer)("a question cancelled through PgBouncer is gone from the server, and PgBouncer lives on", async () => {
  const url = await pooled(place);
  const other = await neighbour(url);
  await using(connectionTo(url), async (database) => {
    for (const wait of [100, 110, 120, 130, 140, 150]) {
      const stop = new AbortController();
      const asked = database.transaction((reads) => reads.read("select pg_sleep(30)"), { signal: stop.signal });
      setTimeout(() => stop.abort(), wait);
      await expect(asked).rejects.toMatchObject({ code: "cancelled" });
      // The pool has one connection: who is answered has it.
      expect((await other.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    }
  });
});

test.skipIf(!hasPgBouncer)("what PgBouncer refuses is told in the same words as what a server refuses", async () => {
  const url = await pooled(place, { query_wait_timeout: 1, max_client_conn: 3 });
  expect(await told({ url: changed(url, { password: "geheim" }) })).toMatchInlineSnapshot(
    `"connection_failed: Login refused: wrong password for user "reader" at 127.0.0.1:5432, or no such user (08P01). Correct the connection string; special characters of a password are percent-encoded there (@ as %40)."`,
  );
  expect(await told({ url: changed(url, { user: "nobody_here" }) })).toMatchInlineSnapshot(
    `"connection_failed: Login refused: wrong password for user "nobody_here" at 127.0.0.1:5432, or no such user (08P01). Correct the connection string; special characters of a password are percent-encoded there (@ as %40)."`,
  );
  expect(await told({ url: changed(url, { database: "no_such" }) })).toMatchInlineSnapshot(
    `"connection_failed: There is no database "no_such" at 127.0.0.1:5432 (08P01). Correct the name at the end of the connection string."`,
  );

  const holder = await neighbour(url);
  await holder.query("begin");
  expect(await told({ url, mend: () => holder.query("rollback") })).toMatchInlineSnapshot(`
    "busy: The pooler at 127.0.0.1:5432 had no connection to the server for us within its query_wait_timeout (08P01): others hold them all, or it cannot reach the server. Try again soon.
    Retry after 5 s."
  `);
  const second = await neighbour(url);
  expect(await told({ url, mend: () => second.end() })).toMatchInlineSnapshot(`
    "busy: The server at 127.0.0.1:5432 has no free connection (08P01). Try again soon; pg_stat_activity, or the pooler in front of it, says who has them.
    Retry after 5 s."
  `);
});
