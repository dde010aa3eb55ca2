import { setFlagsFromString } from "node:v8";
import type { Database } from "../database/database.ts";
import { type CollationVersion, readCollationVersions } from "./collation-versions.ts";
import type { Column } from "./columns.ts";
import type { Constraint, ForeignKeyFacts } from "./constraints.ts";
import { type ExtendedStatistics, readExtendedStatistics } from "./extended-statistics.ts";
import { type Extension, readExtensions } from "./extensions.ts";
import { readFunctions, readFunctionsOf, type UserFunction } from "./functions.ts";
import { type Grant, type Granted, readGrants } from "./grants.ts";
import type { Index } from "./indexes.ts";
import { type Oid, type RelationName, readRelationNames } from "./names.ts";
import { type Policy, readPolicies } from "./policies.ts";
import { type Publication, readPublications } from "./publications.ts";
import { type Role, readRoles } from "./roles.ts";
import { type Namespace, readSchemas } from "./schemas.ts";
import { readSequences, type Sequence } from "./sequences.ts";
import type { Settings } from "./settings.ts";
import { type ColumnSpread, readSpreads } from "./spreads.ts";
import { readTables, type Table } from "./tables.ts";
import { readTriggers, type Trigger } from "./triggers.ts";
import { readUserTypes, type UserType } from "./user-types.ts";
import { readViews, type ViewFacts } from "./views.ts";

/** A row that says of which table it is, with that table in the place of its oid. */
type Of<Row extends { readonly table: Oid }> = Omit<Row, "table"> & { readonly table: Table };

/** A foreign key as it was declared: those that partitions inherit are left out. */
export interface ForeignKey extends ForeignKeyFacts {
  readonly name: string;
  readonly table: Table;
  readonly columns: readonly Column[];
  readonly references: Table;
  readonly referenced: readonly Column[];
  readonly constraint: Constraint;
}

/** A view or a materialized view; `definition` is always there. */
export type View = Table & Omit<ViewFacts, "oid">;

/**
 * What schema rules judge: everything that is known of the user's own relations, or of some of them, read in one
 * transaction. Nothing of Postgres itself or of an extension is in it. What belongs to tables is in the order of their names.
 */
export interface Schema {
  readonly settings: Settings;
  /** Those in question; none where only relations were chosen. */
  readonly schemas: readonly Namespace[];
  /** Tables, partitioned tables, partitions (`partition.bound`) and foreign tables; not views. */
  readonly tables: readonly Table[];
  readonly views: readonly View[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Of tables and materialized views. */
  readonly indexes: readonly Of<Index>[];
  readonly policies: readonly Of<Policy>[];
  readonly triggers: readonly Of<Trigger>[];
  readonly statistics: readonly Of<ExtendedStatistics>[];
  readonly spreads: readonly Of<ColumnSpread>[];
  readonly grants: readonly Grant[];
  /** Those that live in `schemas`; where only relations were chosen, those that these need and their triggers call. */
  readonly functions: readonly UserFunction[];
  /** Those that live in `schemas` or belong to a column of the tables. */
  readonly sequences: readonly Sequence[];
  readonly extensions: readonly Extension[];
  readonly publications: readonly Publication[];
  readonly types: readonly UserType[];
  readonly roles: readonly Role[];
  /** Those that are no longer what they were when something was made with them. */
  readonly collationVersions: readonly CollationVersion[];
  /** The text that was reviewed, where it is the script of an extension. */
  readonly extensionScript?: string | undefined;
}

export interface Scope {
  readonly settings: Settings;
  /** All there are, where somebody has read them. */
  readonly names?: readonly RelationName[] | undefined;
  /** Without them: all relations of the user's own, and all schemas. */
  readonly relations?: readonly Oid[] | undefined;
  /** Schemas that are in question beyond their relations: their functions, sequences and privileges. */
  readonly schemas?: readonly string[] | undefined;
  /** What tables pass through before anything else refers to them: those of a DDL text have only the sizes that somebody tells. */
  readonly sized?: ((tables: readonly Table[]) => Promise<readonly Table[]>) | undefined;
}

/** Relations that are read at once: enough to keep round trips few, and few enough to keep each under the statement timeout. */
const PAGE = 2500;

export async function readSchema(database: Database, scope: Scope): Promise<Schema> {
  const { settings, relations, sized = async (tables) => tables } = scope;
  const chosen = relations ?? ownRelations(scope.names ?? (await readRelationNames(database)));
  const pages = paged(chosen);
  // Objects of ten thousand tables fill 300 MB, and V8 would let the heap grow to three times that before it looks what is still needed.
  if (pages.length > 1) setFlagsFromString("--heap-growing-percent=30");
  const found = await sized(await eachPage(pages, (page) => readTables(database, page)));
  const views = oidsOf(found, ({ kind }) => kind === "view" || kind === "materialized view");
  const facts = new Map((await eachPage(paged(views), (page) => readViews(database, page))).map((view) => [view.oid, view]));
  const all = byName(found);
  const tables = all.filter((table) => !facts.has(table.oid));
  const known = new Map([...all, ...(await parentsOutside(database, all))].map((table) => [table.oid, table]));

  const triggers = await eachPage(pages, (page) => readTriggers(database, page));
  const schemas = (await readSchemas(database)).filter((schema) => inQuestion(schema, scope));
  const schemaOids = schemas.map((schema) => schema.oid);
  const functions =
    schemas.length > 0
      ? await readFunctionsOf(database, schemaOids)
      : await readFunctions(database, { tables: chosen, named: triggers.map((trigger) => trigger.function) });
  const sequences = await readSequences(database, { schemas: schemaOids, tables: chosen });
  const ofTheirTable = ofTable(known);

  return {
    settings,
    schemas,
    tables,
    views: all.flatMap((table) => asView(table, facts.get(table.oid))),
    foreignKeys: tables.flatMap((table) => foreignKeysOf(table, known)),
    indexes: all.flatMap((table) => table.indexes.map((index) => ({ ...index, table }))),
    policies: ofTheirTable(await eachPage(pages, (page) => readPolicies(database, page))),
    triggers: ofTheirTable(triggers),
    statistics: ofTheirTable(await eachPage(pages, (page) => readExtendedStatistics(database, page))),
    spreads: ofTheirTable(await eachPage(pages, (page) => readSpreads(database, page))),
    grants: await readAllGrants(database, pages, {
      relations: sequences.map((sequence) => sequence.oid),
      schemas: schemaOids,
      functions: functions.map((found) => found.oid),
    }),
    functions,
    sequences,
    extensions: await readExtensions(database),
    publications: await readPublications(database, chosen),
    types: uniqueByOid(await eachPage(paged(oidsOf(all, hasUserType)), (page) => readUserTypes(database, page))),
    roles: await readRoles(database),
    collationVersions: await readCollationVersions(database),
  };
}

/** The first page goes with what is on none. */
async function readAllGrants(database: Database, [first = [], ...pages]: readonly (readonly Oid[])[], others: Granted): Promise<Grant[]> {
  const grants = await readGrants(database, { ...others, relations: [...first, ...others.relations] });
  return [...grants, ...(await eachPage(pages, (page) => readGrants(database, { relations: page })))];
}

const inQuestion = ({ name }: Namespace, { relations, schemas }: Scope) => schemas?.includes(name) ?? relations === undefined;

const ownRelations = (names: readonly RelationName[]): readonly Oid[] =>
  names.filter((relation) => !relation.system && !relation.extension).map((relation) => relation.oid);

const oidsOf = (tables: readonly Table[], isMeant: (table: Table) => boolean): readonly Oid[] =>
  tables.filter(isMeant).map(({ oid }) => oid);

/** Of the first oid that is not Postgres's own on (`FirstNormalObjectId` in src/include/access/transam.h). */
const hasUserType = ({ columns }: Table) => columns.some(({ typeOid }) => typeOid >= 16_384);

/** In the order of oids, as each page is. */
function paged(relations: readonly Oid[]): readonly (readonly Oid[])[] {
  const sorted = [...new Set(relations)].sort((a, b) => a - b);
  return Array.from({ length: Math.ceil(sorted.length / PAGE) }, (_, page) => sorted.slice(page * PAGE, (page + 1) * PAGE));
}

/** One page after the other: a connection runs one statement at a time. */
async function eachPage<Row>(pages: readonly (readonly Oid[])[], read: (page: readonly Oid[]) => Promise<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const page of pages) rows.push(...(await read(page)));
  return rows;
}

/** Tables that foreign keys point at and that were not asked for. */
async function parentsOutside(database: Database, tables: readonly Table[]): Promise<readonly Table[]> {
  const inside = new Set(tables.map((table) => table.oid));
  const outside = tables
    .flatMap((table) => table.constraints.map((constraint) => constraint.references))
    .filter((oid) => oid !== undefined && !inside.has(oid));
  return eachPage(paged(outside.filter((oid) => oid !== undefined)), (page) => readTables(database, page));
}

function foreignKeysOf(table: Table, known: ReadonlyMap<Oid, Table>): readonly ForeignKey[] {
  return table.constraints.flatMap((constraint) => {
    const { name, columns, foreignKey, inherited } = constraint;
    const references = known.get(constraint.references ?? 0);
    if (!foreignKey || !references || inherited) return [];
    const named = { columns: columnsOf(table, columns), referenced: columnsOf(references, foreignKey.referencedColumns) };
    return [{ ...foreignKey, ...named, name, table, references, constraint }];
  });
}

function columnsOf(table: Table, names: readonly string[]): readonly Column[] {
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  return names.flatMap((name) => columns.get(name) ?? []);
}

const ofTable =
  (known: ReadonlyMap<Oid, Table>) =>
  <Row extends { readonly table: Oid }>(rows: readonly Row[]): readonly Of<Row>[] =>
    rows
      .flatMap(({ table: oid, ...row }) => {
        const table = known.get(oid);
        return table ? [{ ...row, table }] : [];
      })
      .sort((a, b) => byQualifiedName(a.table, b.table));

const asView = (table: Table, facts: ViewFacts | undefined): readonly View[] => (facts ? [{ ...table, ...facts }] : []);

const uniqueByOid = (types: readonly UserType[]) => [...new Map(types.map((type) => [type.oid, type])).values()];

const byName = (tables: readonly Table[]) => [...tables].sort(byQualifiedName);

const byQualifiedName = (a: Table, b: Table) => compare(a.schema, b.schema) || compare(a.name, b.name);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
