import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import pg from "pg";
import { createDatabase, createTemplate } from "../tests/postgres/server.ts";
import { type Database, databaseOf } from "./database.ts";
import type { Setting } from "./task.ts";

const program = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** The Postgres 18 that holds the tasks' databases, and the built server, once for each database that a task gives it. */
export interface World {
  client(setting: Setting): Promise<Client>;
  /** Runs `check` on a copy of the task's database. */
  withDatabase<Result>(setting: Setting, check: (database: Database) => Promise<Result> | Result): Promise<Result>;
  close(): Promise<void>;
}

export function openWorld(cluster: { url(database?: string): string }): World {
  const clients = new Map<string, Promise<Client>>();
  const templates = new Map<string, Promise<string>>();

  const template = (sql: string): Promise<string> => {
    const name = `eval_${createHash("sha256").update(sql).digest("hex").slice(0, 12)}`;
    const made = templates.get(name) ?? createTemplate(cluster, name, sql).then(() => name);
    templates.set(name, made);
    return made;
  };

  const used = async (setting: Setting & { readonly given: "database" }) => {
    const database = await createDatabase(cluster, undefined, await template(sqlOf(setting)));
    if (setting.activity === undefined) return database;
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(setting.activity);
    await client.end();
    return database;
  };

  return {
    client(setting) {
      const key = setting.given === "database" ? `${sqlOf(setting)}${setting.activity ?? ""}` : "";
      const kept = clients.get(key) ?? connected(setting.given === "database" ? used(setting) : undefined);
      clients.set(key, kept);
      return kept;
    },
    async withDatabase(setting, check) {
      const { url, drop } = await createDatabase(cluster, undefined, await template(sqlOf(setting)));
      const opened: pg.Client[] = [];
      const open = async (): Promise<Database> => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        opened.push(client);
        // Autovacuum, or the answer's own mistake, must not make a check wait.
        await client.query("set statement_timeout = '20s'");
        return databaseOf(client, open);
      };
      try {
        return await check(await open());
      } finally {
        for (const client of opened) await client.end();
        await drop();
      }
    },
    async close() {
      for (const client of clients.values()) await (await client).close();
    },
  };
}

const sqlOf = ({ schema = "", rows = "" }: Setting) => `${schema};\n${rows}`;

async function connected(made: Promise<{ readonly url: string }> | undefined): Promise<Client> {
  const env = { PATH: process.env.PATH ?? "", ...(made && { DATABASE_URL: (await made).url }) };
  const client = new Client({ name: "evals", version: "1" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [program], env, stderr: "ignore" }));
  return client;
}
