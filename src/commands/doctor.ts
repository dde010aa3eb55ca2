import { resolve } from "node:path";
import { readConfigFile } from "../config/file.ts";
import type { Config } from "../config.ts";
import { nearest, ToolError } from "../error.ts";
import { openServices, type Services } from "../runtime.ts";
import { answerText } from "../tools/clean.ts";
import { refuseUnknownRules } from "../tools/suppressed.ts";
import { type Configured, type Examined, examine } from "./doctor-database.ts";

interface Diagnosis {
  /** All that is configured can be used. */
  readonly ok: boolean;
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  /** The Postgres in this process. */
  readonly twin: { readonly server_version: string } | { readonly fault: string };
  readonly settings: Settings;
  /** The one that is asked where nothing is said comes first. */
  readonly databases: readonly Examined[];
  readonly without_database: string;
}

interface Settings {
  readonly access: Config["access"]["level"];
  /** Absolute; undefined where none was named or found. */
  readonly config_file?: string;
  readonly rules_graded: number;
  readonly audit_log?: string;
  /** Names of what is set in the environment, never a value. */
  readonly variables: readonly string[];
  readonly faults: readonly string[];
  /** What is set and has no effect. */
  readonly notes: readonly string[];
}

const BROKEN = 1;

const WITHOUT_DATABASE =
  "analyze_query, suggest_indexes, migration_checklist, review_schema and inspect_schema take the schema as DDL text (schema_sql), and search_docs needs none; check_health and find_slow_queries need a database or a snapshot";

/** Says what can be reached, with which rights, and what the server will be able to do. Ends with 1 where what is configured cannot be used. */
export async function doctor(config: Config): Promise<void> {
  const faults: string[] = [];
  const services = opened(config, faults);
  try {
    const [twin, databases] = await Promise.all([twinOf(services), Promise.all(configured(config, services).map(examine))]);
    const settings = settingsOf(config, faults);
    const ok = "server_version" in twin && settings.faults.length === 0 && databases.every(({ fault }) => fault === undefined);
    const { node } = process.versions;
    const diagnosis: Diagnosis = {
      ...{ ok, version: config.version, node, platform: `${process.platform} ${process.arch}`, twin, settings, databases },
      without_database: WITHOUT_DATABASE,
    };
    process.stdout.write(`${config.told.json ? JSON.stringify(diagnosis, undefined, 2) : answerText(text(diagnosis), {})}\n`);
    process.exitCode = ok ? 0 : BROKEN;
  } finally {
    await services.close();
  }
}

/** A log that cannot be written is told, and the rest is looked at without it. */
function opened(config: Config, faults: string[]): Services {
  try {
    return openServices(config);
  } catch (error) {
    faults.push(messageOf(error));
    return openServices({ ...config, auditLog: undefined });
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ToolError) return error.message;
  throw error;
}

async function twinOf({ twin }: Services): Promise<Diagnosis["twin"]> {
  try {
    return await twin.use({ sortsByBytes: false, extensions: [] }, async ({ started }) => ({ server_version: started.version }));
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

const urls = ["DATABASE_URL", "DATABASE_URI", "POSTGRES_URL"];

/** Of libpq's, those that are read; the first three make a connection of themselves. */
const libpq = ["PGHOST", "PGDATABASE", "PGUSER"];
const libpqMore = ["PGPORT", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGCHANNELBINDING", "PGCONNECT_TIMEOUT"];

const own = ["ACCESS", "AUDIT_LOG", "AUTH_TOKEN_FILE", "CONFIG", "HTTP", "LANGUAGE", "SNAPSHOT"].map((name) => `BACKEND_DB_MCP_${name}`);

const NAMED = "DATABASE_URL_";

function configured({ access, snapshot, environment }: Config, services: Services): readonly Configured[] {
  const closed: Config["access"] = { level: "catalog", trusted: [], analyzeAsSuperuser: false };
  const variable = urls.find((name) => environment[name]?.trim()) ?? libpq.filter((name) => environment[name]).join(", ");
  const from = snapshot === undefined ? variable : `snapshot ${snapshot}`;
  const first: readonly Configured[] = services.hasDatabase ? [{ from, access, open: () => services.database() }] : [];
  const others = services.others.names.map((name) => ({
    ...{ from: `${NAMED}${name.toUpperCase()}`, name, access: closed },
    open: () => services.others.named(name) ?? services.database(),
  }));
  return [...first, ...replicas(services, closed), ...others];
}

/** Their connection strings are read together, so one that cannot be read stands for all. */
function replicas(services: Services, access: Config["access"]): readonly Configured[] {
  const from = "DATABASE_REPLICA_URL";
  try {
    return services.replicas().map((database) => ({ from, replica: true, access, open: () => database }));
  } catch (error) {
    const fault = error;
    const open = () => {
      throw fault;
    };
    return [{ from, replica: true, access, open }];
  }
}

function settingsOf({ access, configFile, auditLog, environment }: Config, faults: readonly string[]): Settings {
  const file = fileOf(configFile);
  const set = Object.keys(environment).filter((name) => environment[name]);
  const known = [...urls, "DATABASE_REPLICA_URL", "DATABASE_PASSWORD_COMMAND", ...libpq, ...libpqMore, ...own];
  return {
    access: access.level,
    ...file.told,
    ...(auditLog !== undefined && { audit_log: resolve(auditLog) }),
    variables: set.filter((name) => known.includes(name) || name.startsWith(NAMED)).sort(),
    faults: [...faults, ...file.faults],
    notes: [...unread(set), ...misspelt(set)],
  };
}

/** Names that are set for nothing, because another goes before them. */
function unread(set: readonly string[]): readonly string[] {
  const [used, ...others] = urls.filter((name) => set.includes(name));
  return others.map((name) => `${name} is not read, because ${used} is set`);
}

const misspelt = (set: readonly string[]): readonly string[] =>
  set
    .filter((name) => name.startsWith("BACKEND_DB_MCP_") && !own.includes(name))
    .map((name) => `nothing reads ${name}; the nearest is ${nearest(name, own, { most: 1 })[0]}`);

function fileOf(named: string | undefined): { told: Pick<Settings, "config_file" | "rules_graded">; faults: readonly string[] } {
  try {
    const { path, rules } = readConfigFile(named, process.cwd());
    refuseUnknownRules(rules, path ?? "");
    return { told: { ...(path !== undefined && { config_file: resolve(path) }), rules_graded: Object.keys(rules).length }, faults: [] };
  } catch (error) {
    return { told: { rules_graded: 0 }, faults: [messageOf(error)] };
  }
}

function text({ version, node, platform, twin, settings, databases, without_database }: Diagnosis): string {
  const { access, config_file, rules_graded, audit_log, variables, faults, notes } = settings;
  const file = config_file === undefined ? "no backend-db-mcp.json here or above" : `${config_file}, ${rules_graded} rules graded`;
  return [
    `backend-db-mcp ${version}, Node ${node}, ${platform}`,
    "server_version" in twin ? `Twin: PostgreSQL ${twin.server_version}, in this process` : `FAULT: the twin: ${twin.fault}`,
    `Settings: ${file}; --access ${access}${audit_log === undefined ? "" : `; audit log ${audit_log}`}`,
    `Set: ${variables.join(", ") || "nothing"}`,
    ...faults.map((fault) => `FAULT: ${fault}`),
    ...notes.map((note) => `Note: ${note}.`),
    ...(databases.length === 0 ? ["", "No database is configured: set DATABASE_URL, or go without."] : databases.flatMap(databaseText)),
    "",
    `Without a database: ${without_database}.`,
  ].join("\n");
}

function databaseText({ from, name, replica, place, fault, ...found }: Examined): readonly string[] {
  const what = replica ? "Replica" : name === undefined ? "Database" : `Database ${name}`;
  const title = `${what} (${from})${place === undefined ? "" : `: ${place}`}`;
  if (fault) return ["", title, `  FAULT: ${fault.message}`];
  return ["", title, ...lines(found).map((line) => `  ${line}`)];
}

function lines({
  server_version,
  encrypted,
  role,
  tables,
  extensions = [],
  abilities = [],
  limits = [],
}: Omit<Examined, "from">): readonly string[] {
  const link = encrypted === undefined ? "" : encrypted ? ", encrypted" : ", not encrypted";
  return [
    `PostgreSQL ${server_version}${link}${tables === undefined ? "" : `; ${tables} tables`}`,
    ...(role ? [roleText(role)] : []),
    ...(extensions.length > 0 ? [`Extensions: ${extensions.map(extensionText).join(", ")}`] : []),
    ...abilities.map(({ what, able, why }) => `${able.padEnd(6)} ${what}${why === undefined ? "" : `: ${why}`}`),
    ...limits.map((limit) => `Not seen: ${limit}`),
  ];
}

function roleText({
  name,
  more_than_reading,
  reads_all_data,
  reads_all_statistics,
  read_only_by_default,
}: NonNullable<Examined["role"]>): string {
  const reach =
    more_than_reading.length === 0 ? "can only read" : `can do more than read (${more_than_reading.join(", ")}); role.sql makes a reader`;
  const has = [
    ...(reads_all_data ? ["pg_read_all_data"] : []),
    ...(reads_all_statistics ? ["pg_read_all_stats"] : []),
    ...(read_only_by_default ? ["read-only by default"] : []),
  ];
  return `Role ${name} ${reach}${has.length === 0 ? "" : `; ${has.join(", ")}`}`;
}

const extensionText = ({ name, version, in_twin }: NonNullable<Examined["extensions"]>[number]): string =>
  `${name} ${version}${in_twin ? "" : " (not in the twin)"}`;
