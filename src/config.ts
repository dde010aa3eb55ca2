import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export interface Config {
  readonly command: "serve" | "snapshot" | "help" | "version";
  /** The variables that may hold a connection; the database room makes sense of them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file that stands in for the database: who names one does not want a server to be asked, so it wins over a connection. */
  readonly snapshot?: string | undefined;
  /** What the command `snapshot` writes. */
  readonly written: {
    /** Undefined: stdout. */
    readonly file: string | undefined;
    readonly values: boolean;
    readonly workload: boolean;
  };
  /** Of the installed package: `dist/` and `knowledge/` are in it. */
  readonly root: URL;
  readonly version: string;
}

/** This file is one level below the root, as source and as a part of dist/. */
const root = new URL("../", import.meta.url);

const options = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
  snapshot: { type: "string" },
  "with-values": { type: "boolean" },
  "no-workload": { type: "boolean" },
} as const;

/** What each command takes: its options, and how many arguments without a name. */
const commands = {
  serve: { options: ["help", "version", "snapshot"], arguments: 0 },
  snapshot: { options: ["help", "with-values", "no-workload"], arguments: 1 },
} as const;

const isCommand = (word: string | undefined): word is keyof typeof commands => word !== undefined && Object.hasOwn(commands, word);

/** The only reader of argv and of the environment. Undefined, with the reason, where the arguments make no sense. */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  environment: Config["environment"] = process.env,
): Config | { readonly mistake: string } {
  const [first, ...more] = argv;
  const command = isCommand(first) ? first : "serve";
  const read = parseArgs({ args: isCommand(first) ? more : [...argv], options, allowPositionals: true, strict: false, tokens: true });
  const { values, positionals } = read;
  const unknown = unknownIn(read, commands[command]);
  if (unknown !== undefined) return { mistake: `unknown argument ${unknown}` };
  if (values.snapshot === true || values.snapshot === "") return { mistake: "--snapshot needs the name of a file" };

  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const [file] = positionals;
  return {
    command: values.help ? "help" : values.version ? "version" : command,
    environment,
    snapshot: command === "serve" ? (values.snapshot ?? environment.BACKEND_DB_MCP_SNAPSHOT) || undefined : undefined,
    written: { file: file === "-" ? undefined : file, values: values["with-values"] === true, workload: !values["no-workload"] },
    root,
    version,
  };
}

interface Parsed {
  readonly positionals: readonly string[];
  readonly tokens: readonly ({ readonly kind: "option"; readonly name: string; readonly rawName: string } | { readonly kind: string })[];
}

function unknownIn({ tokens, positionals }: Parsed, takes: (typeof commands)[keyof typeof commands]): string | undefined {
  const known: readonly string[] = takes.options;
  const option = tokens.find((token) => "rawName" in token && !known.includes(token.name));
  return option && "rawName" in option ? option.rawName : positionals[takes.arguments];
}

export const usage = `backend-db-mcp: an MCP server that says what Postgres will do with a query.

  backend-db-mcp                   serve MCP over stdio
  backend-db-mcp --snapshot FILE   the same, with a snapshot in the place of the database
  backend-db-mcp snapshot [FILE]   write a snapshot of the database: catalog, sizes, statistics, settings, counters
                                   and the statements of pg_stat_statements; without FILE, or with -, to stdout
      --with-values                  also most common values and histograms: values of your rows, so plans are as
                                     good as with the database itself; only you may read the file
      --no-workload                  without the statements
  backend-db-mcp --help            this text
  backend-db-mcp --version         the version

The database is read from DATABASE_URL (or DATABASE_URI, POSTGRES_URL, or libpq's PGHOST, PGPORT, PGUSER,
PGPASSWORD, PGDATABASE, PGSSLMODE). It is optional: every tool also takes the schema as DDL text.
BACKEND_DB_MCP_SNAPSHOT names a snapshot as --snapshot does. A snapshot wins over a database.`;
