import { type ColumnStatistics, readStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import { elementsOf } from "../sql/array-text.ts";
import { literal } from "../sql/quote.ts";
import { statisticsDefinition } from "../twin/statistics.ts";
import type { Assumption } from "../twin/synthesis.ts";
import type { Session } from "../twin/twin.ts";
import { rangeOperators, scaleOf } from "./range-values.ts";
import { leavesOf } from "./script.ts";
import type { Condition, Wish } from "./wishes.ts";

/** How values may be spread as well as it is assumed: fewer of them in a column, or more, and a range that holds few rows, or most. */
export type Spread = "fewer" | "more";

/** A column of which nobody knows how its values are spread, in one table or partition. */
export interface Uncertain {
  readonly table: Table;
  readonly relation: Table;
  readonly column: string;
  readonly inherited: boolean;
  readonly type: string;
  /** In the twin now; undefined: nothing, so that the planner takes its defaults. */
  readonly now: ColumnStatistics | undefined;
  /** How many values it can have at most. */
  readonly most: number;
  /** What statements ask of it. */
  readonly conditions: readonly Condition[];
}

export type Assumed = Pick<Assumption, "table" | "column" | "about">;

interface Asked {
  readonly session: Session;
  readonly tables: readonly Table[];
  readonly wishes: readonly Wish[];
  isAssumed(table: Table, column: string): boolean;
}

/** What the planner takes for a number of values that nobody counted (`DEFAULT_NUM_DISTINCT` in src/include/utils/selfuncs.h). */
const DEFAULT_DISTINCT = 200;
const TWIN_VERSION = 180_000;

/** Of the columns that statements ask something of, those whose statistics are assumed or missing. */
export async function uncertainColumns({ session, tables, wishes, isAssumed }: Asked): Promise<readonly Uncertain[]> {
  const wanted = [...new Set(wishes.map(({ table }) => table))];
  const relations = new Map(wanted.map((table) => [table, [...new Set([table, ...leavesOf(table, tables)])]]));
  const here = await statisticsHere(session, [...relations.values()].flat());
  return wanted.flatMap((table) => {
    const own = wishes.filter((wish) => wish.table === table);
    const asked = table.columns.filter(({ name }) => own.some((wish) => isNamed(name, wish)));
    return asked.flatMap(({ name, type }) =>
      (relations.get(table) ?? []).flatMap((relation): Uncertain[] => {
        const inherited = relation.kind === "partitioned table";
        const now = here.find((each) => isOf(each, relation) && each.column === name && each.inherited === inherited);
        if (now?.values.n_distinct !== undefined && now.values.n_distinct !== "0" && !isAssumed(table, name)) return [];
        const conditions = own.flatMap((wish) => wish.conditions.filter(({ key }) => key.column === name));
        return [{ table, relation, column: name, inherited, type, now, most: mostOf(table, name, tables), conditions }];
      }),
    );
  });
}

const isOf = ({ schema, relation }: ColumnStatistics, { schema: own, name }: Table) => schema === own && relation === name;

async function statisticsHere(session: Session, relations: readonly Table[]): Promise<readonly ColumnStatistics[]> {
  const named = await session.read<{ oid: number }>(
    `select c.oid as oid
       from pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) wanted (schema pg_catalog.text, name pg_catalog.text)
       join pg_catalog.pg_namespace n on n.nspname = wanted.schema
       join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
      order by 1`,
    [JSON.stringify(relations.map(({ schema, name }) => ({ schema, name })))],
  );
  return readStatistics(session, { relations: named.map(({ oid }) => oid), versionNumber: TWIN_VERSION });
}

const isNamed = (column: string, { equal, ranges, joins, orders, conditions }: Wish) =>
  equal.includes(column) ||
  ranges.includes(column) ||
  joins.flat().includes(column) ||
  orders.flat().some((key) => key.column === column) ||
  conditions.some(({ key }) =>
    key.column === undefined ? key.text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu)?.includes(column) : key.column === column,
  );

/** No more values than rows, and no more than there are rows that a foreign key can point at. */
function mostOf({ rows = Number.POSITIVE_INFINITY, constraints }: Table, column: string, tables: readonly Table[]): number {
  const parents = constraints.filter(({ kind, columns }) => kind === "foreign key" && columns.length === 1 && columns[0] === column);
  const counts = parents.map(({ references }) => tables.find(({ oid }) => oid === references)?.rows ?? Number.POSITIVE_INFINITY);
  return Math.max(1, Math.min(rows, ...counts));
}

/** Statements that give the columns other statistics. */
export const spreadSql = (columns: readonly Uncertain[], spread: Spread): readonly string[] =>
  columns.map((column) => spreadOf(column, spread));

/** Statements that give them back what they had. */
export const restoreSql = (columns: readonly Uncertain[]): readonly string[] =>
  columns.flatMap(({ relation, column, inherited, now }) => [
    `select pg_clear_attribute_stats(${literal(relation.schema)}, ${literal(relation.name)}, ${literal(column)}, ${inherited})`,
    ...(now ? [statisticsDefinition(now).sql] : []),
  ]);

const TENFOLD = 10;
/** Of the rows that have a value: one that is most of them, and one that is few. */
const SHARES: Readonly<Record<Spread, number>> = { fewer: 0.9, more: 0.01 };
/** Null in so many rows, where a statement asks for it. */
const NULLS: Readonly<Record<Spread, number>> = { fewer: 0.5, more: 0.02 };

function spreadOf({ relation, column, inherited, type, now, most, conditions }: Uncertain, spread: Spread): string {
  const nulls = conditions.some(({ operator }) => operator.startsWith("is ")) ? nullsOf(now, spread) : Number(now?.values.null_frac ?? 0);
  const common = commonOf(now, conditions, { spread, nulls });
  const values = {
    avg_width: "8",
    ...now?.values,
    null_frac: String(nulls),
    n_distinct: String(common ? (now?.values.n_distinct ?? "0") : distinctOf(now, { spread, most })),
    ...common,
  };
  const { sql } = statisticsDefinition({ schema: relation.schema, relation: relation.name, column, inherited, values });
  const bounds = boundsOf(type, conditions, spread);
  return bounds === undefined ? sql : sql.replace(/\)$/, `, 'histogram_bounds', ${bounds})`);
}

/** Of a column that cannot be null nothing changes. */
const nullsOf = (now: ColumnStatistics | undefined, spread: Spread) => (now?.values.null_frac === "0" ? 0 : NULLS[spread]);

function distinctOf(now: ColumnStatistics | undefined, { spread, most }: { readonly spread: Spread; readonly most: number }): number {
  const counted = Number(now?.values.n_distinct ?? 0);
  const distinct = counted < 0 ? -counted * most : counted || Math.min(DEFAULT_DISTINCT, most);
  return Math.max(1, Math.round(spread === "fewer" ? Math.max(2, distinct / TENFOLD) : Math.min(most, distinct * TENFOLD)));
}

/** Where all values are known (an enum, a CHECK), those that statements ask for are most of the rows, or few. */
function commonOf(
  now: ColumnStatistics | undefined,
  conditions: readonly Condition[],
  { spread, nulls }: { readonly spread: Spread; readonly nulls: number },
): Readonly<Record<string, string>> | undefined {
  const values = elementsOf(now?.values.most_common_vals ?? "");
  if (!values || values.length < 2) return undefined;
  const asked = new Set(conditions.flatMap(({ constant, operator }) => constant ?? truth[operator] ?? []));
  const wanted = values.filter((value) => asked.has(value));
  if (wanted.length === 0 || wanted.length === values.length) return {};
  const share = (1 - nulls) * SHARES[spread];
  const shares = values.map((value) => (asked.has(value) ? share / wanted.length : (1 - nulls - share) / (values.length - wanted.length)));
  // The planner wants the most common first.
  const order = values.map((value, position) => ({ value, share: shares[position] ?? 0 })).sort((one, other) => other.share - one.share);
  return {
    most_common_vals: `{${order.map(({ value }) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`,
    most_common_freqs: `{${order.map((each) => each.share).join(",")}}`,
  };
}

const truth: Readonly<Record<string, string>> = { "is true": "t", "is false": "f" };

/** Of a histogram: a value that a range starts or ends at stands at its one end or at the other. */
const BINS = 50;

function boundsOf(type: string, conditions: readonly Condition[], spread: Spread): string | undefined {
  const range = conditions.find(({ operator }) => rangeOperators.has(operator));
  const scale = scaleOf(type);
  if (!range || !scale) return undefined;
  const start = range.constant === undefined ? scale.start : `${literal(range.constant)}::${type}`;
  const [from, to] = spread === "fewer" ? [-1, BINS - 1] : [1 - BINS, 1];
  const bound = `(${start} + i * ${scale.unit})::${type}`;
  return `(select pg_catalog.array_agg(b order by b)::text from (select distinct ${bound} as b from pg_catalog.generate_series(${from}, ${to}) i) s)`;
}
