import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { readState, type State } from "./state.ts";

/** Sessions beside those of the server under test: one that looks, one that listens, and two that are there to be harmed. */
export interface Watch {
  /** When `sessions` and no others are left, and these do nothing. */
  atRest(sessions: number): Promise<State>;
  glance(): Promise<State>;
  close(): Promise<void>;
}

export async function openWatch(open: (user: "postgres" | "ro", name: "monitor" | "victim") => Promise<pg.Client>): Promise<Watch> {
  const monitor = await open("postgres", "monitor");
  // It calls functions itself, and they lock: to plan a scan, Postgres works out what the predicates of the indexes come to.
  await monitor.query("set search_path = pg_catalog; set track_functions = 'none'");
  const seen = new Map<string, string>();
  const lost = (what: string) => () => seen.set(what, "lost");
  monitor.once("end", lost("monitor"));

  const notified = await open("postgres", "monitor");
  let notifications = 0;
  notified.on("notification", ({ channel }) => {
    notifications += 1;
    seen.set(`notification on ${channel}`, String(notifications));
  });
  await notified.query("listen chan");

  const victims: pg.Client[] = [];
  for (const user of ["postgres", "ro"] as const) {
    const victim = await open(user, "victim");
    victim.once("end", lost(`victim of ${user}`));
    victim.query("select pg_sleep(36000)").catch((error: { code?: string }) => {
      if (error.code === "57014") seen.set(`victim of ${user}`, "cancelled");
    });
    victims.push(victim);
  }

  const others = `select count(*)::int as sessions, count(*) filter (where state <> 'idle')::int as busy
    from pg_stat_activity where backend_type = 'client backend' and application_name not in ('monitor', 'victim')`;
  return {
    async atRest(sessions) {
      for (let waited = 0; waited < 60; waited += 1) {
        const { rows } = await monitor.query(others);
        if (rows[0].busy === 0 && rows[0].sessions <= sessions) break;
        await sleep(25);
      }
      const state = await readState(monitor);
      await monitor.query("select pg_advisory_unlock_all()");
      return new Map([...state, ...seen]);
    },
    async glance() {
      const { rows } = await monitor.query("select count(*)::text as held from pg_locks where locktype = 'advisory'");
      return new Map([["advisory locks", rows[0].held], ...seen]);
    },
    async close() {
      // A session that sleeps for ten hours reads no goodbye.
      const ends = [monitor, notified, ...victims].map((client) => client.end().catch(() => undefined));
      await Promise.race([Promise.all(ends), sleep(100)]);
    },
  };
}
