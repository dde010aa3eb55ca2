import type { Column } from "../catalog/columns.ts";
import type { Index } from "../catalog/indexes.ts";
import type { RelationName } from "../catalog/names.ts";
import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import type { UserType } from "../catalog/user-types.ts";
import { nameOf, unquote } from "../sql/quote.ts";
import { valueListsOf } from "../sql/value-list.ts";
import { type Guess, guessByName, isInsertionTime, isRarelySet } from "./synthesis-names.ts";

/** Something that is taken for true because nobody said otherwise. */
export interface Assumption {
  readonly table: string;
  readonly column: string;
  readonly about: "values" | "nulls" | "order";
  /** "8 values (name)". */
  readonly assumed: string;
}

/** What is told, beside a table itself. */
export interface Told {
  /** Of each table whose rows somebody counted, its partitions included. */
  readonly rows: ReadonlyMap<number, number>;
  readonly types: readonly UserType[];
  readonly names: readonly Pick<RelationName, "oid" | "schema" | "name">[];
}

export interface Synthesis {
  readonly statistics: readonly ColumnStatistics[];
  readonly assumptions: readonly Assumption[];
}

/** Share of the parent's rows that a foreign key is taken to point at. */
const REFERENCED = 0.8;
const NULLS = 0.1;
const RARE_NULLS = 0.95;
/** Of rows that are appended and now and then updated, with 1 for none out of place. */
const APPENDED = 0.95;

interface Assumed {
  readonly nulls: number;
  /** As `pg_stats.n_distinct`; undefined: the planner's default. */
  readonly distinct: number | undefined;
  /** All values, each as frequent as the others. */
  readonly values: readonly string[];
  readonly correlation: number | undefined;
  readonly assumed: readonly Pick<Assumption, "about" | "assumed">[];
}

/**
 * Statistics of a table that was read from DDL text, by what its constraints say, then its types, then its names. There
 * are no histograms: of a range the planner takes its defaults.
 */
export function synthesise(table: Table, told: Told): Synthesis {
  const rows = told.rows.get(table.oid) ?? 0;
  if (rows === 0) return { statistics: [], assumptions: [] };
  const columns = table.columns.map((column) => ({ column, ...assume(column, table, { ...told, count: rows }) }));
  const kinds = [...(table.kind === "partitioned table" ? [] : [false]), ...(table.children > 0 ? [true] : [])];
  return {
    statistics: kinds.flatMap((inherited) =>
      columns.map(({ column, ...assumed }) => ({
        schema: table.schema,
        relation: table.name,
        column: column.name,
        inherited,
        values: printed(assumed, column.length < 0 ? meanLength(assumed.values, widthOf(column, told.types)) : column.length),
      })),
    ),
    assumptions: columns.flatMap(({ column, assumed }) =>
      assumed.map((each) => ({ table: nameOf(table.schema, table.name).toString(), column: column.name, ...each })),
    ),
  };
}

type Question = Told & { readonly count: number };

function assume(column: Column, table: Table, told: Question): Assumed {
  const base = baseOf(column, told.types);
  const nulls = column.notNull ? 0 : isRarelySet(column.name) ? RARE_NULLS : NULLS;
  const list = listOf(column, table, told.types);
  const guess = list ? undefined : distinctOf(column, table, base, told);
  const order = orderOf(column, table, base);
  return {
    nulls,
    distinct: list ? list.values.length : limited(guess?.distinct, nulls, told.count),
    values: list?.values ?? [],
    correlation: order === undefined ? undefined : APPENDED,
    assumed: [
      { about: "values" as const, assumed: list?.assumed ?? guess?.assumed ?? "" },
      { about: "nulls" as const, assumed: nulls === 0 ? "" : nulls === NULLS ? "1 row in 10 null" : "19 rows in 20 null (name)" },
      { about: "order" as const, assumed: order ?? "" },
    ].filter((each) => each.assumed !== ""),
  };
}

/** A share is one of all rows, those without a value included; a number cannot be more than there are values. */
function limited(distinct: number | undefined, nulls: number, rows: number): number | undefined {
  if (distinct === undefined) return undefined;
  return distinct < 0 ? distinct * (1 - nulls) : Math.max(1, Math.min(distinct, Math.round(rows * (1 - nulls))));
}

function distinctOf(column: Column, table: Table, base: string, told: Question): Guess | undefined {
  if (isUnique(column, table)) return { distinct: -1, assumed: "" };
  const parent = parentOf(column, table, told);
  if (parent) {
    const distinct = Math.max(1, Math.round((told.rows.get(parent.oid) ?? 0) * REFERENCED));
    return { distinct, assumed: `${REFERENCED} of ${nameOf(parent.schema, parent.name)} (foreign key)` };
  }
  if (countsUp(column)) return { distinct: -1, assumed: "every value another (sequence)" };
  if (isInsertionTime(column.name, base) && base !== "date") return { distinct: -0.95, assumed: "19 of 20 values differ (name)" };
  return guessByName(column.name, base);
}

function parentOf({ name }: Column, table: Table, { rows, names }: Told) {
  const parents = table.constraints.flatMap(({ references, columns }) =>
    references !== undefined && rows.has(references) && columns.length === 1 && columns[0] === name ? [references] : [],
  );
  return names.find(({ oid }) => oid === parents[0]);
}

const countsUp = ({ identity, default: value }: Column) => identity !== undefined || /^nextval\(/.test(value ?? "");

/** By an index of its own over all rows: one of several columns, or of some rows, lets a value come again. */
const isUnique = ({ name }: Column, { indexes }: Table) =>
  indexes.some(
    ({ unique, valid, where, keys: [key, ...more] }) =>
      unique && valid && where === undefined && more.length === 0 && key !== undefined && unquote(key) === name,
  );

function orderOf(column: Column, table: Table, base: string): string | undefined {
  if (isInsertionTime(column.name, base)) return "in the order of insertion (name)";
  const isKey = /^(bigint|integer|smallint)\b/.test(base) && isUnique(column, table);
  const refers = table.constraints.some(({ references, columns }) => references !== undefined && columns.includes(column.name));
  return countsUp(column) || (isKey && !refers) ? "in the order of insertion (key)" : undefined;
}

interface List {
  readonly values: readonly string[];
  readonly assumed: string;
}

function listOf(column: Column, table: Table, types: readonly UserType[]): List | undefined {
  if (isUnique(column, table)) return undefined;
  const evenly = (values: readonly string[], why: string) => ({ values, assumed: `${values.length} values, evenly (${why})` });
  const type = ownType(column.type, column.typeOid, types);
  if (type?.kind === "enum" && type.labels.length > 0) return evenly(type.labels, "enum");
  if (baseOf(column, types) === "boolean") return evenly(["f", "t"], "boolean");
  const lists = table.constraints.filter(({ kind }) => kind === "check").flatMap(({ definition }) => valueListsOf(definition));
  const list = lists.find((each) => each.column === column.name);
  return list && evenly(list.values, "CHECK");
}

/** The type itself, or what a domain over it is made of. */
function ownType(name: string, oid: number, types: readonly UserType[]): UserType | undefined {
  const type = types.find((each) => each.oid === oid) ?? types.find((each) => each.name === name);
  return type?.kind === "domain" && type.base !== undefined ? (ownType(type.base, 0, types) ?? type) : type;
}

function baseOf({ type, typeOid }: Column, types: readonly UserType[]): string {
  const own = ownType(type, typeOid, types);
  return own?.kind === "domain" ? (own.base ?? type) : (own?.name ?? type);
}

function printed({ nulls, distinct, values, correlation }: Assumed, width: number): Readonly<Record<string, string>> {
  const share = (1 - nulls) / Math.max(1, values.length);
  return {
    null_frac: String(nulls),
    avg_width: String(Math.round(width)),
    ...(distinct !== undefined && { n_distinct: String(distinct) }),
    ...(values.length > 0 && {
      most_common_vals: `{${values.map((value) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`,
      most_common_freqs: `{${values.map(() => share).join(",")}}`,
    }),
    ...(correlation !== undefined && { correlation: String(correlation) }),
  };
}

/** Of values that are all known, with their length word. */
const meanLength = (values: readonly string[], otherwise: number) =>
  values.length === 0 ? otherwise : 1 + values.reduce((sum, value) => sum + Buffer.byteLength(value), 0) / values.length;

/** What the planner takes for text of any length (`get_typavgwidth` in src/backend/utils/cache/lsyscache.c). */
const TEXT_WIDTH = 32;

/**
 * Bytes of a mean value. Where a length is declared it goes by `get_typavgwidth`: all of it if that is short, of the rest half;
 * but a character counts as one byte here, not as the four that it may take.
 */
function widthOf(column: Column, types: readonly UserType[]): number {
  if (column.length > 0) return column.length;
  const base = baseOf(column, types);
  const digits = /^numeric\((\d+)/.exec(base)?.[1];
  if (digits !== undefined) return 3 + 2 * Math.ceil(Number(digits) / 8);
  if (base.startsWith("numeric")) return 7;
  const declared = /^character(?: varying)?\((\d+)\)/.exec(base)?.[1];
  if (declared === undefined) return TEXT_WIDTH;
  const most = Number(declared) + 1;
  if (base.startsWith("character(") || most <= TEXT_WIDTH) return most;
  return TEXT_WIDTH + (Math.min(most, 1000) - TEXT_WIDTH) / 2;
}

/** Bytes of a mean row without its header: a short value of varying length starts anywhere, any other where its type wants it. */
export function rowWidth({ columns }: Table, types: readonly UserType[]): number {
  const data = columns
    .filter(({ generated }) => generated !== "virtual")
    .reduce((offset, column) => {
      const width = widthOf(column, types);
      const start = column.length > 0 || width > 126 ? Math.ceil(offset / column.alignment) * column.alignment : offset;
      return start + width * (column.notNull ? 1 : isRarelySet(column.name) ? 1 - RARE_NULLS : 1 - NULLS);
    }, 0);
  // A bitmap of nulls for more than eight columns no longer fits in what alignment leaves of the header.
  return data + (columns.length > 8 && columns.some(({ notNull }) => !notNull) ? 8 * Math.ceil((columns.length - 8) / 64) : 0);
}

/** Bytes of what an index holds of a row; of an expression nothing is known. */
export const keyWidth = ({ keys, include }: Index, { columns }: Table, types: readonly UserType[]) =>
  [...keys, ...include].reduce((sum, key) => {
    const column = columns.find(({ name }) => name === unquote(key));
    return sum + (column ? widthOf(column, types) : TEXT_WIDTH);
  }, 0);
