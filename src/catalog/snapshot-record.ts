import type { Database } from "../database/database.ts";
import { functionsOfSchemas } from "./functions.ts";
import { indexes } from "./indexes.ts";
import { functionNames, type Oid, oids } from "./names.ts";
import { readOrigin } from "./origin.ts";
import { queriesFor } from "./queries.ts";
import type { CatalogQuery, Everything } from "./query.ts";
import { relationEdges } from "./relation-edges.ts";
import { schemas } from "./schemas.ts";
import { sequences } from "./sequences.ts";
import { readSettings } from "./settings.ts";
import type { Row, Snapshot } from "./snapshot-file.ts";
import { statementsIn, type WorkloadPlace, type WorkloadState, workloadInfoIn, workloadPlace } from "./workload.ts";

export interface Recording {
  /** Version of this program. */
  readonly product: string;
  /** Also most common values and histograms, which stand in the user's own rows. */
  readonly values: boolean;
  /** What is kept of a statement's text, undefined for nothing; without it no statements are read. */
  readonly statement: ((text: string) => Promise<string | undefined>) | undefined;
}

/** Relations asked about at once, so that each statement stays under the statement timeout. */
const PAGE = 500;

/** Reads whatever any reader of this room may be asked for. */
export async function recordSnapshot(database: Database, { product, values, statement }: Recording): Promise<Snapshot> {
  const { version, versionNumber } = await readSettings(database);
  const { database: name, now } = await readOrigin(database);
  const rows = new Map<string, readonly Row[]>();
  const record = async (query: CatalogQuery, all: Everything) => {
    const read = rows.get(query.name) ?? (await readAll(database, query, all));
    rows.set(query.name, values || !query.withoutValues ? read : read.map((row) => query.withoutValues?.(row) as Row));
    return read;
  };
  const all = await everything(record);
  const ofCatalog = queriesFor(versionNumber).filter(
    (query) => query.from === undefined && !query.live && !query.name.startsWith("workload "),
  );
  for (const query of ofCatalog) await record(query, all);
  for (const [query, found] of await readWorkloadRows(database, statement)) rows.set(query, found);
  const workload = workloadState(rows) === "ready";
  return {
    product,
    serverVersion: version,
    versionNumber,
    database: name,
    takenAt: now,
    holds: ["catalog", "sizes", "statistics", "settings", "counters", ...(values ? ["values"] : []), ...(workload ? ["workload"] : [])],
    rows,
  };
}

type Record = (query: CatalogQuery, all: Everything) => Promise<readonly Row[]>;

async function everything(record: Record): Promise<Everything> {
  const nothing: Everything = { relations: [], indexes: [], sequences: [], schemas: [], functions: [] };
  const oidsOf = async (query: CatalogQuery, all: Everything) => (await record(query, all)).map(({ oid }) => Number(oid));
  const found = { ...nothing, relations: await oidsOf(relationEdges, nothing), schemas: await oidsOf(schemas, nothing) };
  return {
    ...found,
    indexes: await oidsOf(indexes, found),
    sequences: await oidsOf(sequences, found),
    functions: [...new Set([...(await oidsOf(functionNames, found)), ...(await oidsOf(functionsOfSchemas, found))])],
  };
}

async function readAll(database: Database, query: CatalogQuery, all: Everything): Promise<readonly Row[]> {
  const { sql, about, of, values, allowed } = query;
  if (allowed && (await database.read<Row>(allowed.sql))[0]?.allowed !== true) return [];
  if (values) return database.read<Row>(sql, values(all).map(oids));
  if (about === undefined) return database.read<Row>(sql);
  if (of === "schemas") return database.read<Row>(sql, [oids(all.schemas)]);
  const asked = of === "relations and indexes" ? [...all.relations, ...all.indexes] : all.relations;
  const rows: Row[] = [];
  for (const page of paged(asked)) for (const row of await database.read<Row>(sql, [oids(page)])) rows.push(row);
  return rows;
}

/** In the order of oids, as the rows about them are. */
function paged(asked: readonly Oid[]): readonly (readonly Oid[])[] {
  const sorted = [...asked].sort((a, b) => a - b);
  return Array.from({ length: Math.ceil(sorted.length / PAGE) }, (_, page) => sorted.slice(page * PAGE, (page + 1) * PAGE));
}

/** Whether a snapshot with these rows has statements, and why not. */
export const workloadState = (rows: Snapshot["rows"]): WorkloadState =>
  (rows.get(workloadPlace.name)?.[0]?.state ?? "not installed") as WorkloadState;

/** The views by the names that `catalogQueries` has for them, wherever the extension lives. */
const views = { statements: "pg_stat_statements", info: "pg_stat_statements_info" };

async function readWorkloadRows(database: Database, keep: Recording["statement"]): Promise<readonly (readonly [string, readonly Row[]])[]> {
  const [place] = await database.read<WorkloadPlace>(workloadPlace.sql);
  const statements = statementsIn(place?.statements ?? "");
  const info = workloadInfoIn(place?.info ?? "");
  const readable = place?.state === "ready" && keep !== undefined;
  const kept = readable ? await database.read<Row>(statements.sql) : [];
  const told =
    keep === undefined
      ? { state: "left out" }
      : place && { state: place.state, loaded: place.loaded, version: place.version, settings: place.settings };
  return [
    [workloadPlace.name, told ? [{ ...told, ...views, info: place?.info ? views.info : null }] : []],
    [statements.name, keep ? await keptOf(kept, keep) : []],
    [info.name, readable && place.info !== null ? await database.read<Row>(info.sql) : []],
  ];
}

/** Rows without a text are those of other roles, counted together. */
async function keptOf(rows: readonly Row[], keep: NonNullable<Recording["statement"]>): Promise<readonly Row[]> {
  const kept: Row[] = [];
  for (const row of rows) {
    const text = typeof row.text === "string" && row.id !== null ? await keep(row.text) : null;
    if (text !== undefined) kept.push({ ...row, text });
  }
  return kept;
}
