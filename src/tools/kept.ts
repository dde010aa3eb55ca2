import { type Catalog, type Directory, readCatalog, readDirectory } from "../catalog/catalog.ts";
import { readFingerprint } from "../catalog/fingerprint.ts";
import { type Oid, readNeededRelations } from "../catalog/names.ts";
import { readNeighbours } from "../catalog/neighbours.ts";
import { readTables, type Table } from "../catalog/tables.ts";
import type { Database } from "../database/database.ts";
import type { LiveDatabase } from "../database/live-database.ts";
import { learnRights } from "./rights.ts";
import type { Context } from "./tool.ts";
import { type Choose, type Chosen, together } from "./wanted.ts";

/** What was read of a database for earlier questions, good until something changes there. */
interface Kept {
  readonly fingerprint: string;
  readonly directory: Directory;
  readonly wanted: Chosen;
  readonly whole: Catalog;
  /** Names what the twin holds of it. */
  readonly key: string;
}

export interface Live {
  readonly directory: Directory;
  /** What was chosen and what that needs, with the sizes of this moment. */
  readonly catalog: Catalog;
  /** More than that: what earlier questions needed, and what foreign keys join to it. */
  readonly whole: Catalog;
  readonly key: string;
}

const keptOf = new WeakMap<LiveDatabase, Kept>();
let read = 0;

/** The twin holds so many relations for questions to come, and for one question as many as it needs. */
const MOST_RELATIONS = 100;
const MOST_NEIGHBOURS = 20;

/** Reads what a question needs in one transaction: after the first, only what may have changed. Values of statistics stay in this process. */
export function readKept(choose: Choose, context: Context): Promise<Live> {
  const database = context.database();
  return database.transaction(async (connection) => {
    await learnRights(database, connection);
    const fingerprint = await readFingerprint(connection);
    const last = keptOf.get(database);
    const current = last?.fingerprint === fingerprint ? last : undefined;
    const directory = current?.directory ?? (await readDirectory(connection));
    const chosen = choose(directory);
    const needed = await readNeededRelations(connection, chosen.relations);
    const kept =
      current && covers(current, chosen, needed) ? current : await readWhole(connection, { fingerprint, directory, chosen, current });
    keptOf.set(database, kept);
    const tables = kept === current ? await readTables(connection, needed) : kept.whole.tables.filter(({ oid }) => needed.includes(oid));
    return { directory, catalog: partOf(kept.whole, tables), whole: kept.whole, key: kept.key };
  }, context);
}

function covers({ whole, wanted }: Kept, { functions }: Chosen, needed: readonly Oid[]): boolean {
  const relations = new Set(whole.tables.map(({ oid }) => oid));
  return needed.every((oid) => relations.has(oid)) && functions.every((oid) => wanted.functions.includes(oid));
}

interface Asked {
  readonly fingerprint: string;
  readonly directory: Directory;
  readonly chosen: Chosen;
  readonly current: Kept | undefined;
}

async function readWhole(connection: Database, { fingerprint, directory, chosen, current }: Asked): Promise<Kept> {
  const neighbours = await readNeighbours(connection, chosen.relations);
  const near = { relations: neighbours.slice(0, MOST_NEIGHBOURS), functions: [] };
  const before = current && current.whole.tables.length < MOST_RELATIONS ? [current.wanted] : [];
  const wanted = together([chosen, near, ...before]);
  const whole = await readCatalog(connection, { settings: directory.settings, ...wanted });
  read += 1;
  return { fingerprint, directory, wanted, whole, key: `catalog ${read}` };
}

function partOf(whole: Catalog, tables: readonly Table[]): Catalog {
  const oids = new Set(tables.map(({ oid }) => oid));
  const names = new Set(tables.flatMap((table) => [table, ...table.indexes]).map(({ schema, name }) => `${schema}.${name}`));
  return {
    ...whole,
    tables,
    statistics: whole.statistics.filter(({ schema, relation }) => names.has(`${schema}.${relation}`)),
    extended: whole.extended.filter(({ table }) => oids.has(table)),
    extendedValues: whole.extendedValues.filter(({ table }) => oids.has(table)),
    access: whole.access.filter(({ table }) => oids.has(table)),
  };
}
