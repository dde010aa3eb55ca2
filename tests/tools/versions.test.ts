import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { recordSnapshot } from "../../src/catalog/snapshot-record.ts";
import { connectionTo, using } from "../database/asking.ts";
import { createDatabase, isInstalled, type Major, startCluster } from "../postgres/server.ts";
import { connect, textOf } from "./client.ts";

/** The two versions in between and the one before; 15 and 18 are asked everywhere else. */
const versions = ([14, 16, 17] as const).filter((version) => isInstalled(version));
if (!isInstalled(14))
  console.error("PostgreSQL 14 is left out: npm ci --prefix tests/postgres/14 --ignore-scripts installs it (Linux on x64 only).");

const schema = `
  create table customers (id bigint generated always as identity primary key, email text not null, country text, city text,
    host text generated always as (split_part(email, '@', 2)) stored);
  create table orders (id bigint, customer_id bigint references customers, placed_at timestamptz not null, status text, total numeric(10,2))
    partition by range (placed_at);
  create table orders_2025 partition of orders for values from ('2025-01-01Z') to ('2026-01-01Z');
  create table orders_2026 partition of orders for values from ('2026-01-01Z') to ('2027-01-01Z');
  create index on orders (customer_id);
  create index customers_lower on customers (lower(email));
  create statistics customers_places (ndistinct, dependencies, mcv) on country, city from customers;
  create statistics customers_shapes on (lower(country)), (length(city)) from customers;
  create table bookings (id int, room int, stay int4range, exclude using gist (stay with &&));
  alter table bookings enable row level security;
  create policy mine on bookings using (room > 0);
  create view open_orders as select * from orders where status = 'open';
  create materialized view per_country as select country, count(*) from customers group by country with no data;
  create function tidy(c customers) returns text language sql stable as $$ select c.email $$;
  create type mood as enum ('sad', 'ok');
  create domain positive as int check (value > 0);
  create table notes (mood mood, number positive default 7, body text collate "C");
  create publication everything for all tables;
  insert into customers (email, country, city)
    select 'User' || i || '@host' || i % 7 || '.example', 'c' || i % 20, 'c' || i % 20 || '-' || i % 3 from generate_series(1, 3000) i;
  insert into orders select i, i % 3000 + 1, '2025-01-01Z'::timestamptz + i * interval '1 hour',
    case when i % 20 = 0 then 'open' else 'done' end, i % 100 from generate_series(1, 15000) i;
  insert into bookings select i, i % 9, int4range(i * 5, i * 5 + 5) from generate_series(1, 300) i;`;

const planned = [
  "select id from customers where lower(email) = 'user77@host0.example'",
  "select count(*) from customers where country = 'c3' and city = 'c3-0'",
  "select count(*) from customers where lower(country) = 'c3' and length(city) = 4",
  "select o.id from orders o join customers c on c.id = o.customer_id where o.placed_at >= '2026-02-01Z' and c.host = 'host3.example'",
  "select * from bookings where stay && int4range(100, 120)",
];

async function started(version: Major): Promise<pg.Client & { readonly url: string }> {
  const cluster = await startCluster(version);
  onTestFinished(() => cluster.stop());
  const { url } = await createDatabase(cluster, schema);
  const client = Object.assign(new pg.Client({ connectionString: url }), { url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query("vacuum analyze");
  return client;
}

/** "Hash Join rows 785" of each node, the outermost first; costs of joins differ a little from release to release. */
const shape = (text: string) =>
  Array.from(
    text.matchAll(/^\s*(?:->\s+)?([A-Z][\w ]+?(?: using \w+)?(?: on \w+)?(?: \w)?) {2}\(cost.*?rows[= ](\d+)/gm),
    ([, node, rows]) => `${node} rows ${rows}`,
  );

test.each(versions)(
  "PostgreSQL %i gets sane answers from every tool, also for a role that may nothing but log in",
  async (version) => {
    const client = await started(version);
    const mcp = await connect({ environment: { DATABASE_URL: client.url } });
    const ask = async (name: string, question: Record<string, unknown>) => {
      const answer = await mcp.callTool({ name, arguments: question });
      expect(answer.isError, textOf(answer)).toBeFalsy();
      const content = answer.structuredContent as { basis?: { server_version?: string; statistics: string } };
      expect(content.basis).toMatchObject({ source: "live", server_version: expect.stringMatching(`^${version}\\.`), statistics: "full" });
      return { text: textOf(answer), content };
    };

    const inspected = await ask("inspect_schema", { detail: "full" });
    expect(inspected.content).toMatchObject({ examined: { tables: 6, of: 6 }, limits: [] });
    expect(inspected.text).toContain("host text generated stored: split_part(email, '@'::text, 2)");
    expect(inspected.text).toContain(
      "statistics: CREATE STATISTICS public.customers_shapes ON lower(country), length(city) FROM public.customers",
    );
    expect(inspected.text).toContain("orders: partitioned table, 15,000 rows, 5 columns, 2 partitions by RANGE (placed_at)");

    const reviewed = await ask("review_schema", {});
    const rules = (reviewed.content as { rules?: readonly { rule: string }[] }).rules?.map(({ rule }) => rule);
    expect(rules).toEqual([
      "schema/published-table-without-replica-identity",
      ...(version === 14 ? ["schema/public-schema-create"] : []),
      "schema/table-without-primary-key",
      "schema/all-columns-nullable",
    ]);

    const checked = await mcp.callTool({ name: "check_health", arguments: {} });
    const { findings, limits } = checked.structuredContent as { findings: readonly { rule: string }[]; limits: readonly string[] };
    const found = findings.map(({ rule }) => rule);
    expect(found, textOf(checked)).toContain("health/durability-off");
    expect(found.includes("health/version-out-of-support")).toBe(version === 14);
    expect(limits.filter((limit) => limit.startsWith("I/O"))).toHaveLength(version < 16 ? 1 : 0);

    for (const sql of planned) {
      const { rows } = await client.query<{ "QUERY PLAN": string }>(`explain ${sql}`);
      const ours = shape((await ask("analyze_query", { sql, response_format: "detailed" })).text);
      expect(ours, sql).toEqual(shape(rows.map((row) => row["QUERY PLAN"]).join("\n")));
      expect(ours.length).toBeGreaterThan(0);
    }

    const suggested = await ask("suggest_indexes", {
      sql: "select id from orders where status = 'open' and placed_at > '2026-01-01Z' order by placed_at limit 5",
    });
    expect(suggested.content).toMatchObject({ indexes: [{ table: "orders", columns: ["placed_at"], where: "status = 'open'" }] });

    const script =
      "alter table customers alter column country set not null; alter table customers add column note text default 'x'; create index on customers (city)";
    const migrated = await ask("migration_checklist", { sql: script });
    expect(migrated.content).toMatchObject({
      verdict: "review",
      findings: [
        { rule: "migration/publication-schema-drift" },
        { rule: "migration/set-not-null-scan" },
        { rule: "migration/create-index-not-concurrent" },
      ],
      statements: [{ scans: ["customers"], rewrites: [] }, { scans: [], rewrites: [] }, { builds: ["customers_city_idx"] }],
      rollback: { ran: true, identical: true },
    });

    await client.query("create role plain login password 'plain'");
    const url = Object.assign(new URL(client.url), { username: "plain", password: "plain" }).href;
    const snapshot = await using(connectionTo(url), (database) =>
      database.transaction((reads) => recordSnapshot(reads, { product: "1", values: true, statement: undefined }), {}),
    );
    expect(snapshot.rows.get("relation edges")?.length).toBe(8);
  },
  120_000,
);
