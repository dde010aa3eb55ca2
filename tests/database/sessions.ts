import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { cluster } from "../postgres/fresh-database.ts";
import { changed } from "./asking.ts";

/** A second session, as the superuser. */
export async function asSuperuser<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("it did not happen in 5 s");
    await sleep(25);
  }
}

/** Sessions of ours in this database, by what they run. */
export const sessions = (client: pg.Client, query = "%") =>
  client
    .query("select 1 from pg_stat_activity where application_name = 'backend-db-mcp' and datname = current_database() and query like $1", [
      query,
    ])
    .then(({ rows }) => rows.length);

/** Returns when a question of ours sleeps in this database. */
export const untilItSleeps = (url: string) =>
  asSuperuser(url, (client) => eventually(async () => (await sessions(client, "%pg_sleep%")) === 1));

let roles = 0;
/** A role with these settings, as its URL. */
export async function asRole(version: 15 | 18, { url, settings }: { url: string; settings: readonly string[] }): Promise<string> {
  roles += 1;
  const user = `reader_${process.pid}_${roles}`;
  await asSuperuser(cluster(version).url(), (client) =>
    client.query([`create role ${user} login password 'hunter2'`, ...settings.map((setting) => `alter role ${user} ${setting}`)].join(";")),
  );
  return changed(url, { user, password: "hunter2" });
}
