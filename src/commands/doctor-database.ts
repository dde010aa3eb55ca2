import { readExtensions } from "../catalog/extensions.ts";
import { readRights } from "../catalog/rights.ts";
import { readOwnSettings } from "../catalog/settings.ts";
import { readSight, type Sight } from "../catalog/sight.ts";
import { missingStatements, readWorkloadPlace, type WorkloadPlace } from "../catalog/workload.ts";
import type { Config } from "../config.ts";
import { ToolError } from "../error.ts";
import type { Services } from "../runtime.ts";
import { quote } from "../sql/quote.ts";
import { serverLimits } from "../tools/source.ts";
import { isShipped } from "../twin/extensions.ts";

type Database = ReturnType<Services["database"]>;

export interface Configured {
  /** Where it stands in the configuration: "DATABASE_URL", "DATABASE_URL_STAGING", "--snapshot shop.json". */
  readonly from: string;
  /** What `database` of a tool calls it; undefined for the one that is asked where nothing is said, and for replicas. */
  readonly name?: string;
  readonly replica?: true;
  /** What it is open to. */
  readonly access: Config["access"];
  /** Throws what is wrong with its connection string. */
  open(): Database;
}

/** What can be done there, or why not, or not wholly. */
interface Ability {
  readonly what: string;
  readonly able: "yes" | "partly" | "no";
  readonly why?: string;
}

export interface Examined {
  readonly from: string;
  readonly name?: string;
  readonly replica?: true;
  /** "127.0.0.1:5432/shop as reader": no secret. Undefined where the connection string cannot be read. */
  readonly place?: string;
  /** Why it was not reached. */
  readonly fault?: { readonly code: string; readonly message: string };
  readonly server_version?: string;
  readonly encrypted?: boolean;
  readonly role?: {
    readonly name: string;
    /** What it may do besides reading, the gravest first; none of it is used. */
    readonly more_than_reading: readonly string[];
    readonly reads_all_data: boolean;
    readonly reads_all_statistics: boolean;
    readonly read_only_by_default: boolean;
  };
  readonly tables?: number;
  readonly extensions?: readonly { readonly name: string; readonly version: string; readonly in_twin: boolean }[];
  readonly abilities?: readonly Ability[];
  readonly limits?: readonly string[];
}

/** Asks a database, in one transaction, what the tools would come to find out. */
export async function examine({ from, name, replica, access, open }: Configured): Promise<Examined> {
  const known = { from, ...(name !== undefined && { name }), ...(replica && { replica }) };
  let place: string | undefined;
  try {
    const database = open();
    place = database.describe();
    const facts = await read(database);
    return { ...known, place: database.describe(), ...told(facts, replica ? [] : abilities(facts, { access, name, database })) };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { ...known, ...(place !== undefined && { place }), fault: { code: error.code, message: error.message } };
  }
}

type Facts = Awaited<ReturnType<typeof read>>;

const read = (database: Database) =>
  database.transaction(
    async (connection) => ({
      settings: await readOwnSettings(connection),
      sight: await readSight(connection),
      rights: await readRights(connection),
      extensions: await readExtensions(connection),
      workload: await readWorkloadPlace(connection),
    }),
    { cause: { name: "doctor" } },
  );

function told({ settings, sight, rights, extensions }: Facts, abilities: readonly Ability[]): Omit<Examined, "from"> {
  return {
    server_version: settings.version,
    ...(sight && {
      encrypted: sight.encrypted,
      role: {
        name: settings.user,
        more_than_reading: rights,
        reads_all_data: sight.readsAllData,
        reads_all_statistics: sight.readsAllStatistics,
        read_only_by_default: sight.readOnlyByDefault,
      },
      tables: sight.tables,
    }),
    extensions: extensions.map(({ name, version }) => ({ name, version, in_twin: isShipped(name) })),
    ...(abilities.length > 0 && { abilities }),
    limits: serverLimits(settings),
  };
}

interface Circumstances {
  readonly access: Config["access"];
  readonly name: string | undefined;
  readonly database: Database;
}

function abilities(facts: Facts, { access, name, database }: Circumstances): readonly Ability[] {
  const { settings, sight, rights, workload } = facts;
  const role = quote(settings.user);
  const taken = database.snapshot();
  return [
    { what: "inspect_schema", able: "yes" },
    ability("analyze_query, suggest_indexes, migration_checklist, review_schema", unseen(sight, role, taken)),
    ability("check_health", healthUnseen(sight, role)),
    workloadAbility(workload, sight, role),
    ...(taken ? [] : onServer(access, { name, superuser: rights.includes("superuser") })),
  ];
}

const ability = (what: string, missing: readonly string[]): Ability =>
  missing.length === 0 ? { what, able: "yes" } : { what, able: "partly", why: missing.join("; ") };

const counted = (count: number, of: number) => (count === of ? `all ${of} tables` : `${count} of ${of} tables`);

function unseen(sight: Sight | undefined, role: string, taken: ReturnType<Database["snapshot"]>): readonly string[] {
  if (!sight) return taken?.values ? [] : ["the snapshot was written without most common values and histograms (--with-values)"];
  const { tables, seenTables, unanalyzedTables } = sight;
  const hidden = `the statistics of ${counted(tables - seenTables, tables)} are hidden from ${role}, which may not SELECT there or is under a policy; analyze_query names the grant for each`;
  const unknown = `${counted(unanalyzedTables, tables)} were never analysed: plans go without statistics until ANALYZE has run`;
  return [...(seenTables < tables ? [hidden] : []), ...(unanalyzedTables > 0 ? [unknown] : [])];
}

const othersHidden = (role: string) => `grant pg_read_all_stats to ${role};`;

function healthUnseen(sight: Sight | undefined, role: string): readonly string[] {
  if (!sight) return ["a snapshot holds nothing of what is so at one moment only"];
  return sight.readsAllStatistics ? [] : [`what sessions of other roles do is hidden: ${othersHidden(role)}`];
}

function workloadAbility(place: WorkloadPlace | undefined, sight: Sight | undefined, role: string): Ability {
  const what = "find_slow_queries, suggest_indexes with workload";
  if (place?.state === "left out") return { what, able: "no", why: "the snapshot was written without statements (--no-workload)" };
  const missing = missingStatements(place, 0, role);
  if (missing !== undefined) return { what, able: "no", why: missing };
  return ability(what, sight && !sight.readsAllStatistics ? [`statements of other roles are hidden: ${othersHidden(role)}`] : []);
}

interface Asker {
  readonly name: string | undefined;
  readonly superuser: boolean;
}

/** What --access opens the server itself to. The twin plans in any case. */
function onServer({ level, analyzeAsSuperuser }: Config["access"], { name, superuser }: Asker): readonly Ability[] {
  const explain = "EXPLAIN of a checked statement on the server";
  const analyze = "EXPLAIN ANALYZE of a checked SELECT on the server";
  const closed = name === undefined ? `started with --access ${level}` : "--access is for the database that has no name";
  if (level === "catalog") return [{ what: `${explain}, ${analyze}`, able: "no", why: `${closed}; the twin plans` }];
  if (level === "explain")
    return [
      { what: explain, able: "yes" },
      { what: analyze, able: "no", why: closed },
    ];
  const refused = superuser && !analyzeAsSuperuser;
  return [
    { what: explain, able: "yes" },
    refused
      ? { what: analyze, able: "no", why: "nothing that a superuser runs is safe: role.sql makes a reader" }
      : { what: analyze, able: "yes" },
  ];
}
