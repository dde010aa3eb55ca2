import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { bothWays, type Comparison } from "../../sql/conditions.ts";
import { replaceAll } from "../../sql/expression.ts";
import type { Level } from "../../sql/level.ts";
import { parseStatements, type Statement } from "../../sql/parse.ts";
import type { Query } from "../../sql/query.ts";
import { literal, unquote } from "../../sql/quote.ts";
import { type ColumnValues, readColumnValues } from "../../twin/column-values.ts";
import { explain } from "../planner.ts";
import { leavesOf, rootOf } from "../script.ts";
import { isPlain, readsOf, type Scene } from "../unused.ts";
import type { Flip } from "./flip-settings.ts";

/** Where a condition on one column says which of its rows are wanted, once. */
interface Asked {
  readonly kind: "equal" | "above" | "below" | "between";
  /** The values, the lower one first. */
  readonly values: readonly Node[];
}

/** One choice of values for those that stand in the statement; a later choice in a list never wants fewer rows. */
type Choice = readonly string[];

/**
 * How few rows the statement would have to ask for. Values that the statistics know take the place of its own, so the rows
 * are the planner's estimate; of the values nothing is told.
 */
export async function flipBySelectivity(scene: Scene, query: Query<Table>): Promise<readonly Flip[]> {
  const { index, trial, session, tables } = scene;
  const { table } = trial.candidate;
  const [key] = index.keys;
  const column = key !== undefined && isPlain(key) ? table.columns.find(({ name }) => name === unquote(key)) : undefined;
  const asked = column && askedOf(query, { column: column.name, root: rootOf(table, tables), tables });
  const known = asked && (await readColumnValues(session, table)).get(column.name);
  if (!asked || !known) return [];
  const choices = choicesOf(asked, known);
  const readingAt = async (place: number) => {
    const values = choices[place] ?? [];
    const changed = await withValues(
      query,
      asked,
      values.map((value) => `${literal(value)}::${column.type}`),
    );
    const plan = changed && (await explain(scene, changed)).plan;
    const reads = plan ? readsOf(plan, trial) : [];
    return reads.length === 0 ? undefined : reads.reduce((sum, { planRows }) => sum + planRows, 0);
  };
  const rows = await mostRows(choices.length, readingAt);
  const total = leavesOf(table, tables).reduce((sum, each) => sum + (each.rows ?? 0), 0);
  if (rows === undefined || total <= 0 || rows >= total) return [];
  return [{ by: "selectivity", text: `where it finds about ${counted(rows)} of ${counted(total)} rows or fewer` }];
}

const counted = (rows: number) => Math.round(rows).toLocaleString("en-US");

/** Of the last choice for which there is an answer, by halves: what asks for fewer rows has one too. */
async function mostRows(length: number, ask: (place: number) => Promise<number | undefined>): Promise<number | undefined> {
  let most = length === 0 ? undefined : await ask(0);
  let [answered, not] = [0, length];
  if (most === undefined) return undefined;
  while (not - answered > 1) {
    const middle = (answered + not) >> 1;
    const rows = await ask(middle);
    if (rows === undefined) not = middle;
    else [answered, most] = [middle, Math.max(most, rows)];
  }
  return most;
}

function choicesOf({ kind }: Asked, { common, bounds }: ColumnValues): readonly Choice[] {
  if (kind === "equal") {
    const rare = bounds[bounds.length >> 1];
    return [...(rare === undefined ? [] : [[rare]]), ...common.map(({ value }) => [value]).reverse()];
  }
  const [first] = bounds;
  if (first === undefined) return [];
  if (kind === "above") return bounds.map((bound) => [bound]).reverse();
  return bounds.map((bound) => (kind === "below" ? [bound] : [first, bound]));
}

interface Wanted {
  readonly column: string;
  readonly root: Table;
  readonly tables: readonly Table[];
}

/** Undefined where it is asked more or less than once, or compared with what is no value. */
function askedOf(query: Query<Table>, { column, root, tables }: Wanted): Asked | undefined {
  const isColumn = (node: Node, level: Level<Table>): boolean => {
    const use = "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
    return use?.table !== undefined && use.name === column && rootOf(use.table, tables) === root;
  };
  const all = query.comparisons().flatMap((comparison) => {
    const side = bothWays(comparison).find(({ left }) => isColumn(left, comparison.level));
    return side ? [readingOf(side)] : [];
  });
  return combined(all);
}

const kinds: Readonly<Record<string, Asked["kind"]>> = {
  "=": "equal",
  ">": "above",
  ">=": "above",
  "<": "below",
  "<=": "below",
  between: "between",
};

function readingOf({ operator, right, node }: Comparison): Asked | undefined {
  const kind = kinds[operator];
  const isOne =
    right.length === (kind === "between" ? 2 : 1) && !("A_Expr" in node && ["AEXPR_IN", "AEXPR_OP_ANY"].includes(node.A_Expr.kind ?? ""));
  return kind && isOne && right.every(isValue) ? { kind, values: right } : undefined;
}

const isValue = (node: Node): boolean =>
  "A_Const" in node || "ParamRef" in node || ("TypeCast" in node && node.TypeCast.arg !== undefined && isValue(node.TypeCast.arg));

function combined(all: readonly (Asked | undefined)[]): Asked | undefined {
  const [one, other, ...more] = all;
  if (!one || more.length > 0 || all.includes(undefined)) return undefined;
  if (!other) return one;
  const [above, below] = [one, other].sort((first, second) => first.kind.localeCompare(second.kind));
  if (above?.kind !== "above" || below?.kind !== "below") return undefined;
  return { kind: "between", values: [...above.values, ...below.values] };
}

async function withValues(query: Query<Table>, { values }: Asked, texts: readonly string[]): Promise<Statement | undefined> {
  const { statement } = query;
  const edits = values.flatMap((node, place) => {
    const span = query.spanOf(node);
    return span ? [{ start: span.start, end: span.end, by: texts[place] ?? "null" }] : [];
  });
  if (edits.length < values.length) return undefined;
  const [changed] = await parseStatements(replaceAll(statement.source, statement, edits));
  return changed;
}
