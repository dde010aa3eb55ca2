import { existsSync, readFileSync } from "node:fs";
import { parse } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_ADDRESS, parseAddress, withAddress } from "./config/address.ts";
import { commands, options } from "./config/options.ts";
import type { Access } from "./database/access.ts";
import { nearest } from "./error.ts";

export interface Config {
  readonly command: "serve" | "snapshot" | "check" | "doctor" | "report" | "view" | "help" | "version";
  /** The variables that may hold a connection; the database room makes sense of them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file that stands in for the database: who names one does not want a server to be asked, so it wins over a connection. */
  readonly snapshot?: string | undefined;
  readonly access: Access;
  /** JSON lines of what was sent to the database are appended to this file. */
  readonly auditLog?: string | undefined;
  /** Of headings and of the migration checklist. */
  readonly language: Language;
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
  /** How the command `doctor` tells what it found. */
  readonly told: { readonly json: boolean };
  /** What the command `report` writes: of the database itself, or of others by their names. */
  readonly reported: { readonly cadence: Cadence; readonly since: string | undefined; readonly databases: readonly string[] };
  /** What the command `view` draws, "-" is stdin, and where it writes it; undefined: stdout. */
  readonly viewed: { readonly plan: string; readonly page: string | undefined };
  /** Of the installed package: `dist/` and `knowledge/` are in it. */
  readonly root: URL;
  readonly version: string;
}

const cadences = ["weekly", "monthly", "quarterly"] as const;
export type Cadence = (typeof cadences)[number];

const languages = ["en", "fr"] as const;
export type Language = (typeof languages)[number];

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

  const chosen = choicesIn(value);
  if ("mistake" in chosen) return chosen;
  const { level, language, place } = chosen;

  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
  const [file] = positionals;
  return {
    command: values.help ? "help" : values.version ? "version" : command,
    environment,
    snapshot: command !== "snapshot" ? value("snapshot", "BACKEND_DB_MCP_SNAPSHOT") : undefined,
    access: { level, trusted: list("trust-function"), analyzeAsSuperuser: values["allow-superuser-analyze"] === true },
    auditLog: value("audit-log", "BACKEND_DB_MCP_AUDIT_LOG"),
    language,
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
    told: { json: named("format") === "json" },
    reported: { cadence: cadenceOf(file), since: named("since"), databases: list("database").map((name) => name.toLowerCase()) },
    viewed: viewedIn(positionals),
    root,
    version,
  };
}

const levels = ["catalog", "explain", "analyze"] as const;

interface Choices {
  readonly level: Access["level"];
  readonly language: Language;
  readonly place: ReturnType<typeof parseAddress>;
}

function choicesIn(value: (option: string, variable: string) => string | undefined): Choices | { readonly mistake: string } {
  const level = oneOf(levels, "access", value("access", "BACKEND_DB_MCP_ACCESS") ?? "catalog");
  if (typeof level !== "string") return level;
  const language = oneOf(languages, "language", value("language", "BACKEND_DB_MCP_LANGUAGE") ?? "en");
  if (typeof language !== "string") return language;
  const address = value("http", "BACKEND_DB_MCP_HTTP");
  const place = address === undefined ? undefined : parseAddress(address);
  if (address !== undefined && place === undefined) return { mistake: `--http takes host:port such as ${DEFAULT_ADDRESS}, not ${address}` };
  return { level, language, place };
}

function oneOf<Choice extends string>(choices: readonly Choice[], option: string, written: string): Choice | { readonly mistake: string } {
  return choices.find((choice) => choice === written) ?? { mistake: `--${option} is one of ${choices.join(", ")}, not ${written}` };
}

const cadenceOf = (written: string | undefined): Cadence => cadences.find((cadence) => cadence === written) ?? "weekly";

const formatOf = ({ format }: Parsed["values"]): ReportFormat => reportFormats.find((name) => name === format) ?? "text";

/** Nobody who names no page wants it elsewhere than in this folder: of plan.json it is plan.html. */
function viewedIn([plan = "-", page = plan === "-" ? "-" : `${parse(plan).name}.html`]: readonly string[]): Config["viewed"] {
  return { plan, page: page === "-" ? undefined : page };
}

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

interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
  readonly tokens: readonly ({ readonly kind: "option"; readonly name: string; readonly rawName: string } | { readonly kind: string })[];
}

function mistakeIn({ tokens, positionals, values }: Parsed, takes: (typeof commands)[keyof typeof commands]): string | undefined {
  const known: readonly string[] = takes.options;
  const option = tokens.find((token) => "rawName" in token && !known.includes(token.name));
  const unknown = option && "rawName" in option ? option.rawName : positionals[takes.arguments];
  if (unknown !== undefined) return unknownArgument(unknown, known);
  const empty = Object.entries(options).find(
    ([name, { type }]) => type === "string" && name !== "changed" && [values[name]].flat().some((value) => value === true || value === ""),
  );
  if (empty) return `--${empty[0]} needs a value`;
  if (values.help) return undefined;
  if (takes === commands.view && positionals.length === 0)
    return "view needs FILE (an EXPLAIN output, or an auto_explain log), or - for stdin";
  if (known.includes("query")) return mistakeInCheck(values, positionals);
  if (takes === commands.doctor && !["text", "json", undefined].includes(values.format as string | undefined))
    return `--format is one of text, json, not ${values.format}`;
  return known.includes("since") && !cadences.some((cadence) => cadence === positionals[0])
    ? `report is one of ${cadences.join(", ")}${positionals[0] === undefined ? "" : `, not ${positionals[0]}`}`
    : undefined;
}

/** Below this, a name is no slip of another. */
const ALIKE = 0.5;

function unknownArgument(written: string, known: readonly string[]): string {
  const names = written.startsWith("-") ? known.map((option) => `--${option}`) : Object.keys(commands);
  const [near] = nearest(written, names, { most: 1, least: ALIKE });
  return `unknown argument ${written}${near === undefined || near === written ? "" : `; did you mean ${near}?`}`;
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
