import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, createDatabase, startCluster } from "../postgres/server.ts";
import { connect } from "./client.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster(18, { settings: { log_statement: "all" } });
});
afterAll(() => cluster.stop());

const schema = `
  create table customers (id int primary key);
  create table orders (id bigint primary key, customer_id int not null, total int, status text);
  insert into customers values (1);
  insert into orders select i, 1, 1 from generate_series(1, 1000) i;
  analyze`;

/** Statements with a fix, and one that no way back undoes. */
const sql = `
  create index on orders (customer_id);
  alter table orders add check (total > 0);
  alter table orders drop column status;
  alter table orders add constraint of_customer foreign key (customer_id) references customers;`;

test("one check reads the catalog of the database once, its fixes included", async () => {
  const { url } = await createDatabase(cluster, schema);
  const client = await connect({ environment: { DATABASE_URL: url } });
  const answer = await client.callTool({ name: "migration_checklist", arguments: { sql } });
  const { findings } = answer.structuredContent as unknown as { readonly findings: readonly { readonly fix_run?: unknown }[] };
  expect(findings.filter(({ fix_run }) => fix_run !== undefined).length).toBeGreaterThanOrEqual(3);

  const log = await cluster.log();
  const times = (name: string) => log.split(`/* backend-db-mcp: ${name} */`).length - 1;
  expect({ names: times("relation names"), tables: times("tables"), columns: times("columns") }).toEqual({
    names: 1,
    tables: 1,
    columns: 1,
  });
});
