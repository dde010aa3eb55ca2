import pg from "pg";
import { afterAll } from "vitest";
import { readSchema } from "../../src/catalog/schema.ts";
import { readSettings } from "../../src/catalog/settings.ts";
import type { Database } from "../../src/database/database.ts";
import { parserFor } from "../../src/database/values.ts";
import { type PolicyTrial, tryOnStage, tryPolicies } from "../../src/rls/try-policies.ts";
import { loadGrammar } from "../../src/sql/grammar.ts";
import { startCluster } from "../postgres/server.ts";
import { startTwin } from "../twin/twin.ts";

const cluster = await startCluster(18);
afterAll(() => cluster.stop());
const twin = startTwin();
await loadGrammar();

const platform = new Set(["auth", "storage"]);

/** What Supabase makes before the first migration (tests/supabase.sql), without privileges by default. */
export const supabase = `
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create schema auth;
grant usage on schema auth to anon, authenticated, service_role;
create table auth.users (id uuid primary key, email text);
create function auth.jwt() returns jsonb language sql stable as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create function auth.uid() returns uuid language sql stable as $$ select (auth.jwt() ->> 'sub')::uuid $$;
create function auth.role() returns text language sql stable as $$ select auth.jwt() ->> 'role' $$;
grant usage on schema public to anon, authenticated;
alter default privileges grant all on tables to anon, authenticated, service_role;
alter default privileges grant all on sequences to anon, authenticated, service_role;
`;

export interface Trials {
  /** On the server that the schema was made on, as it was made there. */
  readonly server: PolicyTrial;
  /** In the twin, from what the catalog of that server says. */
  readonly twin: PolicyTrial;
}

/** The same acts in both; nothing of it is left on the server. */
export async function trialsOf(sql: string): Promise<Trials> {
  const splitArray = pg.types.getTypeParser(1009 as number, "text");
  const types = { getTypeParser: (type: number) => parserFor(type, splitArray) } as NonNullable<pg.ClientConfig["types"]>;
  const client = new pg.Client({ connectionString: cluster.url(), types });
  await client.connect();
  try {
    await client.query("begin");
    await client.query(sql);
    const database: Database = {
      read: async <Row>(text: string, values: readonly unknown[] = []) => (await client.query(text, [...values])).rows as Row[],
    };
    const settings = await readSettings(database);
    // As every connection of ours has it: what is printed names its schema.
    await client.query("set local search_path = pg_catalog");
    const schema = await readSchema(database, { settings: { ...settings, searchPath: ["public"] } });
    const run = async (statements: readonly string[]) => {
      const outcomes = [];
      for (const statement of statements) outcomes.push(await ran(client, statement));
      return outcomes;
    };
    const server = await tryOnStage({ read: database.read, run }, schema, platform);
    const inTwin = await twin.use({ sortsByBytes: true, extensions: [], alone: true }, (scratch) => tryPolicies(scratch, schema, platform));
    return { server, twin: inTwin };
  } finally {
    await client.query("rollback");
    await client.end();
  }
}

async function ran(client: pg.Client, statement: string) {
  await client.query("savepoint act");
  try {
    await client.query(statement);
    await client.query("release savepoint act");
    return { refused: undefined, warned: false };
  } catch (error) {
    const { code = "", message } = error as pg.DatabaseError;
    await client.query("rollback to savepoint act");
    return { refused: { code, message }, warned: false };
  }
}

/** "A: read, delete: bookings by open": what nobody and this user reached of rows of others. */
export function othersOf({ reaches }: PolicyTrial, user: "A" | "B"): readonly string[] {
  const found = reaches.filter(({ whose, actor }) => whose === "other" && !actor.startsWith(user === "A" ? "B" : "A"));
  const whole = new Map<string, string[]>();
  for (const { actor, what, object, by } of found) {
    const key = JSON.stringify([actor, object, by]);
    whole.set(key, [...(whole.get(key) ?? []), what]);
  }
  return Array.from(whole, ([key, acts]) => {
    const [actor, object, by]: [string, string, string[]] = JSON.parse(key);
    return `${actor}: ${acts.join(", ")}: ${object.replace("public.", "")} by ${by.join(" + ")}`;
  });
}

/** What users do with their own rows. */
export function ownOf({ reaches }: PolicyTrial): string {
  const own = reaches.filter(({ whose, actor }) => whose === "own" && actor.startsWith("A") && !actor.includes("edited"));
  const objects = [...new Set(own.map(({ object }) => object))];
  return objects
    .map(
      (object) =>
        `${object.replace("public.", "")}: ${[...new Set(own.filter((reach) => reach.object === object).map(({ verb }) => verb))].join(", ")}`,
    )
    .join("; ");
}
