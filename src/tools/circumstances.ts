import type { Catalog } from "../catalog/catalog.ts";
import { readCounters } from "../catalog/counters.ts";
import { readIndexUse } from "../catalog/index-use.ts";
import { readRelationNames } from "../catalog/names.ts";
import { readOrigin } from "../catalog/origin.ts";
import { readStandbys } from "../catalog/standbys.ts";
import type { Table } from "../catalog/tables.ts";
import type { Database } from "../database/database.ts";
import type { LiveDatabase } from "../database/live-database.ts";
import { ToolError } from "../error.ts";
import type { Circumstances, Replica } from "../indexes/existing/circumstances.ts";
import type { Context } from "./tool.ts";

type Asking = Pick<Context, "database" | "replicas" | "signal" | "cause">;

/** What servers counted of the indexes of these tables, at this moment; of a snapshot's own database, when it was taken. */
export async function readCircumstances(
  { tables, settings, plannerSigns }: Pick<Catalog, "tables" | "settings" | "plannerSigns">,
  context: Asking,
): Promise<{ readonly circumstances: Circumstances; readonly limits: readonly string[] }> {
  const database = context.database();
  const wanted = { tables: tables.map(({ oid }) => oid), versionNumber: settings.versionNumber };
  const asOf = await database.transaction(async (connection) => (await readOrigin(connection)).now, context);
  const counted = await answerOf(database.transaction((connection) => readCounts(connection, wanted), context));
  const own = counted instanceof ToolError ? { counters: undefined, standbys: [], uses: [] } : counted;
  const replicas = await readReplicas(tables, context);
  return {
    circumstances: {
      ...own,
      asOf,
      source: database.snapshot() === undefined ? "live" : "snapshot",
      uses: new Map(own.uses.map((use) => [use.oid, use])),
      sharesStorage: plannerSigns.aurora,
      replicas,
    },
    limits: [
      ...(counted instanceof ToolError ? [`since when scans of indexes are counted: ${withoutPeriod(counted.message)}`] : []),
      ...replicas.flatMap(({ name, failed }) =>
        failed === undefined ? [] : [`how indexes are used on ${name}: ${withoutPeriod(failed)}`],
      ),
    ],
  };
}

const readCounts = async (connection: Database, wanted: Parameters<typeof readIndexUse>[1]) => ({
  counters: await readCounters(connection),
  standbys: await readStandbys(connection),
  uses: await readIndexUse(connection, wanted),
});

/** What cannot be read is no fault of the question: it is told, and keeps indexes from being called needless. */
async function answerOf<Value>(asked: Promise<Value>): Promise<Value | ToolError> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ToolError && error.code !== "cancelled") return error;
    throw error;
  }
}

const withoutPeriod = (message: string) => message.replace(/\.$/, "");

async function readReplicas(tables: readonly Table[], context: Asking): Promise<readonly Replica[]> {
  const databases = await answerOf(Promise.resolve().then(() => context.replicas()));
  if (databases instanceof ToolError) return [{ name: "a replica whose URL cannot be read", failed: databases.message }];
  return Promise.all(databases.map((replica) => readReplica(replica, tables, context)));
}

async function readReplica(replica: LiveDatabase, tables: readonly Table[], context: Asking): Promise<Replica> {
  const name = replica.describe();
  const names = new Set(tables.map((table) => JSON.stringify([table.schema, table.name])));
  const read = await answerOf(
    replica.transaction(async (connection) => {
      const counters = await readCounters(connection);
      if (!counters) throw new Error("a SELECT without FROM has no row");
      const there = (await readRelationNames(connection)).filter((relation) => names.has(JSON.stringify([relation.schema, relation.name])));
      const wanted = { tables: there.map(({ oid }) => oid), versionNumber: counters.versionNumber };
      return { name, counters, standbys: await readStandbys(connection), uses: await readIndexUse(connection, wanted) };
    }, context),
  );
  return read instanceof ToolError ? { name, failed: read.message } : read;
}
