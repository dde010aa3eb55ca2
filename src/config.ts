import { readFileSync } from "node:fs";

export interface Config {
  readonly command: "serve" | "help" | "version";
  /** The variables that may hold a connection; the database room makes sense of them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the installed package: `dist/` and `knowledge/` are in it. */
  readonly root: URL;
  readonly version: string;
}

/** This file is one level below the root, as source and as a part of dist/. */
const root = new URL("../", import.meta.url);

/** The only reader of argv and of the environment. Undefined, with the reason, where the arguments make no sense. */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  environment: Config["environment"] = process.env,
): Config | { readonly mistake: string } {
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const [first = "serve", ...more] = argv;
  const command = commands[first];
  const unknown = command === undefined ? first : more[0];
  if (command === undefined || unknown !== undefined) return { mistake: `unknown argument ${unknown}` };
  return { command, environment, root, version };
}

const commands: Readonly<Record<string, Config["command"]>> = {
  serve: "serve",
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-v": "version",
};

export const usage = `backend-db-mcp: an MCP server that says what Postgres will do with a query.

  backend-db-mcp             serve MCP over stdio
  backend-db-mcp --help      this text
  backend-db-mcp --version   the version

The database is read from DATABASE_URL (or DATABASE_URI, POSTGRES_URL, or libpq's PGHOST, PGPORT, PGUSER,
PGPASSWORD, PGDATABASE, PGSSLMODE). It is optional: every tool also takes the schema as DDL text.`;
