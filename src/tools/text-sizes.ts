import { type Directory, findRelation } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import { readUserTypes, type UserType } from "../catalog/user-types.ts";
import { nearest, ToolError } from "../error.ts";
import { sizeIndexes } from "../indexes/sized.ts";
import { nameOf } from "../sql/quote.ts";
import type { RowComment } from "../sql/row-comments.ts";
import { readingsOf } from "../sql/written-name.ts";
import { assumeSizes, assumeStatistics, spreadRows } from "../twin/assume.ts";
import type { Loaded } from "../twin/schema-text.ts";
import type { Assumption } from "../twin/synthesis.ts";
import type { Session } from "../twin/twin.ts";
import type { Basis } from "./answer.ts";
import type { Sizes } from "./limits.ts";

/** Rows of tables that DDL text creates, and what told them in vain. */
export interface Counts {
  readonly rows: ReadonlyMap<Oid, number>;
  readonly limits: readonly string[];
}

/** The argument wins over comments, and a later comment over one before it. */
export async function rowCountsOf(
  session: Session,
  {
    argument = {},
    comments,
    directory,
  }: { argument: Readonly<Record<string, number>> | undefined; comments: readonly RowComment[]; directory: Directory },
): Promise<Counts> {
  const told = new Map<Oid, number>();
  const limits: string[] = [];
  for (const { table, rows, line } of comments) {
    const found = findWritten(table, directory);
    if (found) told.set(found.oid, rows);
    else limits.push(`line ${line} of schema_sql counts the rows of ${table}, which schema_sql does not create`);
  }
  for (const [written, rows] of Object.entries(argument)) {
    const found = findWritten(written, directory);
    if (!found) throw unknownTable(written, directory);
    told.set(found.oid, rows);
  }
  return { rows: await spreadRows(session, told), limits };
}

const findWritten = (written: string, directory: Directory) =>
  readingsOf(written)
    .map((name) => findRelation(directory, name))
    .find((relation) => relation !== undefined && !relation.system);

function unknownTable(written: string, { relations }: Directory): ToolError {
  const own = relations.filter(({ system }) => !system).map(({ schema, name }) => nameOf(schema, name).toString());
  const close = nearest(written, own);
  const help = close.length > 0 ? ` Perhaps you mean ${close.join(" or ")}.` : "";
  return new ToolError(
    "unknown_relation",
    `row_counts names ${written}, which schema_sql does not create. Use the table's name, with its schema if it is not public.${help}`,
  );
}

/** Tables of DDL text with what is known of their sizes. */
export interface TextSizes {
  readonly tables: readonly Table[];
  readonly sizes: Sizes;
  readonly grade: Basis["statistics"];
  readonly assumptions: readonly Assumption[];
  readonly limits: readonly string[];
}

interface Given {
  readonly session: Session;
  readonly directory: Directory;
  readonly loaded: Pick<Loaded, "restored">;
  readonly counts: Counts;
}

/** Without statistics of columns, for what is not planned. */
export async function textSizes(
  { session, loaded, counts }: Given,
  tables: readonly Table[],
  statistics: readonly ColumnStatistics[] = [],
): Promise<Omit<TextSizes, "assumptions" | "limits"> & { readonly types: readonly UserType[] }> {
  const restored = tables.map((table) => restoredSize(table, loaded.restored, counts.rows.get(table.oid)));
  const told = new Map([...counts.rows].filter(([oid]) => !restored.some((table) => table.oid === oid && isRestored(table, loaded))));
  const types = await readUserTypes(
    session,
    tables.map(({ oid }) => oid),
  );
  const sized = await assumeSizes(session, restored, { rowCounts: told, statistics, types });
  return { tables: sized, types, ...gradeOf(sized, loaded, told) };
}

/** With statistics of columns where nobody brought real ones, and indexes of the sizes that follow from both. */
export async function plannedSizes(given: Given, tables: readonly Table[], statistics: readonly ColumnStatistics[]): Promise<TextSizes> {
  const { session, directory, loaded, counts } = given;
  const known = await textSizes(given, tables, statistics);
  const bare = known.tables.filter((table) => counts.rows.has(table.oid) && !isRestored(table, loaded));
  const assumptions = await assumeStatistics(session, bare, { rowCounts: counts.rows, names: directory.relations, types: known.types });
  const scaled = known.tables.filter((table) => isStored(table) && counts.rows.has(table.oid) && isRestored(table, loaded));
  return {
    ...known,
    tables: await withIndexSizes(session, known.tables, loaded),
    assumptions,
    grade: withStatistics(known, statistics),
    limits: scaled.map(({ schema, name }) => `the size of ${nameOf(schema, name)} in schema_sql, scaled to the rows that were told`),
  };
}

const keyOf = ({ schema, name }: { readonly schema: string; readonly name: string }) => `${schema}.${name}`;

const isRestored = (table: Table, { restored }: Pick<Loaded, "restored">) => restored.has(keyOf(table));

/** Nothing is in the twin's files, so its own count of blocks says nothing. Rows that are told scale what was measured. */
function restoredSize(table: Table, restored: ReadonlySet<string>, told: number | undefined): Table {
  if (!restored.has(keyOf(table))) return table;
  const { pages, tuples, allVisible } = table.size;
  const grown = told !== undefined && tuples > 0 ? told / tuples : 1;
  const blocks = Math.ceil(pages * grown);
  const indexes = table.indexes.map((index) => {
    if (!restored.has(keyOf(index))) return index;
    const scaled = Math.ceil(index.pages * grown);
    return { ...index, blocks: scaled, pages: scaled, tuples: index.tuples * grown, bytes: scaled * 8192 };
  });
  const size = {
    blocks,
    pages: tuples < 0 ? 0 : blocks,
    tuples: tuples < 0 ? tuples : tuples * grown,
    allVisible: Math.ceil(allVisible * grown),
  };
  return { ...table, rows: tuples < 0 ? undefined : Math.round(tuples * grown), bytes: blocks * 8192, size, indexes };
}

async function withIndexSizes(
  session: Session,
  tables: readonly Table[],
  { restored }: Pick<Loaded, "restored">,
): Promise<readonly Table[]> {
  const computed = tables
    .filter(({ rows, kind }) => rows !== undefined && rows > 0 && kind !== "partitioned table")
    .flatMap(({ indexes }) => indexes)
    .filter((index) => index.valid && !restored.has(keyOf(index)));
  const sizes = await sizeIndexes(session, { indexes: computed.map(({ oid }) => oid), tables });
  await session.size({ relations: [], indexes: [...sizes.values()] });
  return tables.map((table) => ({
    ...table,
    indexes: table.indexes.map((index) => {
      const size = sizes.get(index.oid);
      return size
        ? { ...index, blocks: size.blocks, pages: size.blocks, tuples: size.tuples ?? index.tuples, bytes: size.blocks * 8192 }
        : index;
    }),
  }));
}

const isStored = ({ kind }: Table) => kind === "table" || kind === "materialized view";

/** Measured only where everything is: one table of unknown size decides a join as much as another. */
function gradeOf(
  tables: readonly Table[],
  loaded: Pick<Loaded, "restored">,
  told: ReadonlyMap<Oid, number>,
): Pick<TextSizes, "sizes" | "grade"> {
  const stored = tables.filter(isStored);
  if (tables.length === 0) return { sizes: "assumed", grade: "none" };
  const measured = stored.filter((table) => isRestored(table, loaded));
  if (stored.length > 0 && measured.length === stored.length) return { sizes: "measured", grade: "full" };
  if (stored.some(({ oid }) => told.has(oid))) return { sizes: "assumed", grade: "assumed" };
  return measured.length > 0 ? { sizes: "assumed", grade: "partial" } : { sizes: "unknown", grade: "none" };
}

function withStatistics({ tables, sizes, grade }: Pick<TextSizes, "tables" | "sizes" | "grade">, statistics: readonly ColumnStatistics[]) {
  if (sizes !== "measured") return grade;
  const known = new Set(statistics.map(({ schema, relation }) => `${schema}.${relation}`));
  const filled = tables.filter((table) => isStored(table) && table.size.blocks > 0);
  const bare = filled.filter((table) => !known.has(keyOf(table)));
  return bare.length === 0 ? "full" : bare.length < filled.length ? "partial" : "none";
}
