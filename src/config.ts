import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Access } from "./database/access.ts";

export interface Config {
  readonly command: "serve" | "snapshot" | "check" | "report" | "help" | "version";
  /** The variables that may hold a connection; the database room makes sense of them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file that stands in for the database: who names one does not want a server to be asked, so it wins over a connection. */
  readonly snapshot?: string | undefined;
  readonly access: Access;
  /** JSON lines of what was sent to the database are appended to this file. */
  readonly auditLog?: string | undefined;
  /** backend-db-mcp.json by another name. */
  readonly configFile?: string | undefined;
  /** Serve Streamable HTTP in the place of stdio. */
  readonly http?: HttpConfig | undefined;
  /** What the command `snapshot` writes. */
  readonly written: {
    /** Undefined: stdout. */
    readonly file: string | undefined;
    readonly values: boolean;
    readonly workload: boolean;
  };
  /** What the command `check` judges; "-" is stdin. */
  readonly checked: {
    readonly query: string | undefined;
    readonly plan: string | undefined;
    /** DDL text in the place of a database. */
    readonly schema: string | undefined;
    readonly detailed: boolean;
    /** Migrations, in the order in which they run. */
    readonly files: readonly string[];
    /** Folders or files of migrations that have run: they make the schema, and are not judged. */
    readonly history: readonly string[];
    readonly format: ReportFormat;
    /** Findings that are known, by rule and object. */
    readonly baseline: string | undefined;
    readonly writesBaseline: boolean;
    /** More reports, each in a file of its own. */
    readonly reports: readonly { readonly format: ReportFormat; readonly file: string }[];
    /** Of files, only those that are not as at this git ref ("": the usual one); undefined: all. */
    readonly changedSince: string | undefined;
    /** What the migration of stdin is called. */
    readonly stdinPath: string | undefined;
    readonly runner: string | undefined;
    readonly postgresVersion: number | undefined;
    readonly style: boolean;
  };
  /** What the command `report` writes: of the database itself, or of others by their names. */
  readonly reported: { readonly cadence: Cadence; readonly since: string | undefined; readonly databases: readonly string[] };
  /** Of the installed package: `dist/` and `knowledge/` are in it. */
  readonly root: URL;
  readonly version: string;
}

const cadences = ["weekly", "monthly", "quarterly"] as const;
export type Cadence = (typeof cadences)[number];

const reportFormats = ["text", "json", "github", "gitlab", "sarif", "markdown"] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface HttpConfig {
  /** A name or an address, without the brackets of IPv6. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Holds the bearer token that every request must bear. */
  readonly tokenFile?: string | undefined;
  /** Names by which clients may call this server besides its own address, and web pages that may. */
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** This file is one level below the root, as source and as a part of dist/. */
const root = new URL("../", import.meta.url);

const options = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
  snapshot: { type: "string" },
  access: { type: "string" },
  "allow-superuser-analyze": { type: "boolean" },
  "trust-function": { type: "string", multiple: true },
  "audit-log": { type: "string" },
  http: { type: "string" },
  "auth-token-file": { type: "string" },
  "allowed-host": { type: "string", multiple: true },
  "allowed-origin": { type: "string", multiple: true },
  "with-values": { type: "boolean" },
  "no-workload": { type: "boolean" },
  query: { type: "string" },
  plan: { type: "string" },
  schema: { type: "string" },
  detailed: { type: "boolean" },
  history: { type: "string", multiple: true },
  format: { type: "string" },
  baseline: { type: "string" },
  "write-baseline": { type: "boolean" },
  report: { type: "string", multiple: true },
  changed: { type: "string" },
  "stdin-filepath": { type: "string" },
  runner: { type: "string" },
  "postgres-version": { type: "string" },
  style: { type: "boolean" },
  config: { type: "string" },
  since: { type: "string" },
  database: { type: "string", multiple: true },
} as const;

/** What each command takes: its options, and how many arguments without a name. */
const commands = {
  serve: {
    options: [
      "help",
      "version",
      "snapshot",
      "access",
      "allow-superuser-analyze",
      "trust-function",
      "audit-log",
      "config",
      "http",
      "auth-token-file",
      "allowed-host",
      "allowed-origin",
    ],
    arguments: 0,
  },
  snapshot: { options: ["help", "with-values", "no-workload", "audit-log"], arguments: 1 },
  check: {
    options: [
      ...([
        "help",
        "query",
        "plan",
        "schema",
        "detailed",
        "snapshot",
        "audit-log",
        "history",
        "format",
        "baseline",
        "write-baseline",
      ] as const),
      ...(["report", "changed", "stdin-filepath", "runner", "postgres-version", "style", "config"] as const),
    ],
    arguments: Number.POSITIVE_INFINITY,
  },
  report: { options: ["help", "since", "database", "snapshot", "audit-log", "config"], arguments: 1 },
} as const;

const isCommand = (word: string | undefined): word is keyof typeof commands => word !== undefined && Object.hasOwn(commands, word);

/** The only reader of argv and of the environment. Undefined, with the reason, where the arguments make no sense. */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  environment: Config["environment"] = process.env,
): Config | { readonly mistake: string } {
  const [first, ...more] = argv;
  const command = isCommand(first) ? first : "serve";
  const args = withBase(withAddress(isCommand(first) ? more : argv));
  const read = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  const { values, positionals } = read;
  const mistake = mistakeIn(read, commands[command]);
  if (mistake !== undefined) return { mistake };
  const value = (option: string, variable: string) => (values[option] as string | undefined) ?? (environment[variable] || undefined);
  const named = (option: string) => values[option] as string | undefined;
  const list = (option: string) => (values[option] ?? []) as readonly string[];

  const level = value("access", "BACKEND_DB_MCP_ACCESS") ?? "catalog";
  if (!isLevel(level)) return { mistake: `--access is one of ${levels.join(", ")}, not ${level}` };
  const address = value("http", "BACKEND_DB_MCP_HTTP");
  const place = address === undefined ? undefined : parseAddress(address);
  if (address !== undefined && place === undefined) return { mistake: `--http takes host:port such as ${DEFAULT_ADDRESS}, not ${address}` };

  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const [file] = positionals;
  return {
    command: values.help ? "help" : values.version ? "version" : command,
    environment,
    snapshot: command !== "snapshot" ? value("snapshot", "BACKEND_DB_MCP_SNAPSHOT") : undefined,
    access: { level, trusted: list("trust-function"), analyzeAsSuperuser: values["allow-superuser-analyze"] === true },
    auditLog: value("audit-log", "BACKEND_DB_MCP_AUDIT_LOG"),
    configFile: value("config", "BACKEND_DB_MCP_CONFIG"),
    http: place && {
      ...place,
      tokenFile: value("auth-token-file", "BACKEND_DB_MCP_AUTH_TOKEN_FILE"),
      allowedHosts: list("allowed-host"),
      allowedOrigins: list("allowed-origin"),
    },
    written: { file: file === "-" ? undefined : file, values: values["with-values"] === true, workload: !values["no-workload"] },
    checked: {
      ...{ query: named("query"), plan: named("plan"), schema: named("schema"), detailed: values.detailed === true },
      ...{ files: positionals, history: list("history"), format: formatOf(values), baseline: named("baseline") },
      writesBaseline: values["write-baseline"] === true,
      reports: list("report").flatMap((report) => parseReport(report) ?? []),
      ...{ changedSince: named("changed"), stdinPath: named("stdin-filepath"), runner: named("runner") },
      ...{ postgresVersion: Number(named("postgres-version")) || undefined, style: values.style === true },
    },
    reported: { cadence: cadenceOf(file), since: named("since"), databases: list("database").map((name) => name.toLowerCase()) },
    root,
    version,
  };
}

const levels = ["catalog", "explain", "analyze"] as const;
const isLevel = (text: string): text is Access["level"] => (levels as readonly string[]).includes(text);

const cadenceOf = (written: string | undefined): Cadence => cadences.find((cadence) => cadence === written) ?? "weekly";

const formatOf = ({ format }: Parsed["values"]): ReportFormat => reportFormats.find((name) => name === format) ?? "text";

const DEFAULT_ADDRESS = "127.0.0.1:3100";

/** `--http` may stand alone, which parseArgs knows only of options without a value. */
const withAddress = (args: readonly string[]): string[] =>
  args.map((arg, index) => (arg === "--http" && (args[index + 1] ?? "-").startsWith("-") ? `--http=${DEFAULT_ADDRESS}` : arg));

/** `--changed` may stand alone too: what follows is a ref unless it is a file, a pattern or another option. */
const withBase = (args: readonly string[]): string[] =>
  args.flatMap((arg, index) => {
    const next = args[index + 1] ?? "-";
    if (args[index - 1] === "--changed" && isRef(arg)) return [];
    return arg === "--changed" ? [`--changed=${isRef(next) ? next : ""}`] : [arg];
  });

const isRef = (word: string) => !/^-|[*?[]/.test(word) && !existsSync(word);

/** `markdown=summary.md`. */
function parseReport(written: string): { readonly format: ReportFormat; readonly file: string } | undefined {
  const [, name, file] = /^(\w+)=(.+)$/s.exec(written) ?? [];
  const format = reportFormats.find((known) => known === name);
  return format && file !== undefined ? { format, file } : undefined;
}

/** `host:port`, `[::1]:port`, or a port of 127.0.0.1. */
function parseAddress(text: string): Pick<HttpConfig, "host" | "port"> | undefined {
  const [, bracketed, name, port] = /^(?:(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) return undefined;
  return { host: bracketed ?? name ?? "127.0.0.1", port: Number(port) };
}

interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
  readonly tokens: readonly ({ readonly kind: "option"; readonly name: string; readonly rawName: string } | { readonly kind: string })[];
}

function mistakeIn({ tokens, positionals, values }: Parsed, takes: (typeof commands)[keyof typeof commands]): string | undefined {
  const known: readonly string[] = takes.options;
  const option = tokens.find((token) => "rawName" in token && !known.includes(token.name));
  const unknown = option && "rawName" in option ? option.rawName : positionals[takes.arguments];
  if (unknown !== undefined) return `unknown argument ${unknown}`;
  const empty = Object.entries(options).find(
    ([name, { type }]) => type === "string" && name !== "changed" && [values[name]].flat().some((value) => value === true || value === ""),
  );
  if (empty) return `--${empty[0]} needs a value`;
  if (values.help) return undefined;
  if (known.includes("query")) return mistakeInCheck(values, positionals);
  return known.includes("since") && !cadences.some((cadence) => cadence === positionals[0])
    ? `report is one of ${cadences.join(", ")}${positionals[0] === undefined ? "" : `, not ${positionals[0]}`}`
    : undefined;
}

function mistakeInCheck(values: Parsed["values"], files: readonly string[]): string | undefined {
  const isQuery = values.query !== undefined || values.plan !== undefined;
  if (!isQuery && files.length === 0) return "check needs FILE... (migrations), --query FILE, or --plan FILE";
  if (isQuery && files.length > 0) return `${files[0]} is a migration, and --query and --plan are judged by themselves`;
  if (values.format !== undefined && values.format !== formatOf(values))
    return `--format is one of ${reportFormats.join(", ")}, not ${values.format}`;
  const badReport = ((values.report ?? []) as readonly string[]).find((report) => parseReport(report) === undefined);
  if (badReport !== undefined) return `--report takes FORMAT=FILE, as in markdown=summary.md, not ${badReport}`;
  const version = values["postgres-version"];
  if (version !== undefined && !/^1[4-9]$/.test(String(version))) return `--postgres-version is a number from 14 to 19, not ${version}`;
  return undefined;
}
