import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connectOnce } from "./client.ts";

/** What the README shows of a live server: a migration that would stop it, who is to blame, and the rewrite that does not. */

const schema = `
  create table customers (id int primary key);
  create table orders (id bigint primary key, customer_id int not null references customers, total numeric(10, 2));
  insert into customers select generate_series(1, 1000);
  insert into orders select i, 1 + i % 1000, i % 500 from generate_series(1, 100000) i;
  analyze`;

const migration = `alter table orders add constraint orders_total_check check (total >= 0);
create index on orders (customer_id);`;

const opened: pg.Client[] = [];
afterAll(async () => {
  for (const client of opened) await client.end().catch(() => undefined);
});

async function session(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on("error", () => undefined);
  await client.connect();
  opened.push(client);
  return client;
}

interface Told {
  readonly verdict: string;
  readonly findings: readonly {
    readonly rule: string;
    readonly message: string;
    readonly fix?: string;
    readonly evidence?: { readonly pid?: number };
  }[];
}

async function asked(url: string, sql: string): Promise<Told> {
  const answer = await (await connectOnce(url)).callTool({ name: "migration_checklist", arguments: { sql } });
  return answer.structuredContent as unknown as Told;
}

const queue = `
  select application_name as name, pg_blocking_pids(pid) as behind from pg_stat_activity
   where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0 order by query_start`;

/** Who waits for whom, once so many do. */
async function waitersOf(looks: pg.Client, number: number) {
  for (;;) {
    const { rows } = await looks.query<{ name: string; behind: readonly number[] }>(queue);
    if (rows.length === number) return rows;
  }
}

const pidOf = async (client: pg.Client) => (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid ?? 0;

test.each([15, 18] as const)(
  "PostgreSQL %i: the blocker of a lock queue is named before there is one, and the rewrite makes none",
  async (version) => {
    const { url } = await freshDatabase(version, schema);
    const report = await session(url, "nightly-report");
    await report.query("begin; select count(*) from orders");
    await sleep(1100);

    // Told before anything is run: who, since when, and what would follow.
    const told = await asked(url, migration);
    expect(told.verdict).toBe("block");
    const [blocked] = told.findings.filter(({ rule }) => rule === "migration/lock-queue-now");
    expect(blocked?.message).toMatch(
      /^Run now, this would wait: pid \d+ \(nightly-report, idle in transaction for \d+ s\) holds ACCESS SHARE on orders, and every query on it that comes later waits behind this statement\.$/,
    );
    expect(blocked?.evidence?.pid).toBe(await pidOf(report));

    // Run all the same: it is so.
    const [runner, shop, looks] = [await session(url, "migration"), await session(url, "shop"), await session(url, "looks")];
    const [reader, migrating] = [await pidOf(report), await pidOf(runner)];
    const running = runner.query(migration).catch((error: { readonly code?: string }) => error.code);
    await waitersOf(looks, 1);
    const customer = shop.query("select * from orders where id = 1");
    expect(await waitersOf(looks, 2)).toEqual([
      { name: "migration", behind: [reader] },
      { name: "shop", behind: [migrating] },
    ]);
    await looks.query("select pg_cancel_backend($1)", [migrating]);
    expect(await running).toBe("57014");
    await customer;

    // With the named session ended, what the tool wrote in place of each statement is silent, and others go on while it runs.
    await looks.query("select pg_terminate_backend($1)", [blocked?.evidence?.pid]);
    const rewrite = told.findings.flatMap(({ fix }) => fix ?? []).join("\n");
    const again = await asked(url, rewrite);
    expect({ verdict: again.verdict, findings: again.findings }).toEqual({ verdict: "ok", findings: [] });
    await shop.query("set lock_timeout = '1s'");
    for (const sql of rewrite.split(/;\s*/).filter(Boolean))
      await Promise.all([runner.query(sql), shop.query("update orders set total = total + 1 where id = 1")]);
    const { rows } = await looks.query(`
      select (select convalidated from pg_constraint where conname = 'orders_total_check') as checked,
             (select indisvalid from pg_index where indexrelid = 'orders_customer_id_idx'::regclass) as indexed`);
    expect(rows).toEqual([{ checked: true, indexed: true }]);
  },
);
