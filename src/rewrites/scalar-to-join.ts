import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { clausesOf } from "../sql/clauses.ts";
import type { Level } from "../sql/level.ts";
import { strictOperators } from "../sql/nulls.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { outputsOf } from "../sql/scope.ts";
import { isRowByRow } from "./keys.ts";
import { plainSelect, readsOnly, rewritten, type Stretch, whereWith, wordsOf } from "./parts.ts";
import { type Calls, pattern } from "./rewrite.ts";

type Link = Extract<Node, { SubLink: unknown }>;

/** An aggregate that is computed for each row anew, to one that is computed for all of them at once. */
export default pattern({
  name: "correlated aggregate to a grouped join",

  *drafts(query, calls) {
    for (const level of query.levels) {
      if (level.kind !== "select") continue;
      const inWhere = level.where.flatMap((condition) => comparedIn(condition, { level, query, calls }));
      const inTargets = isRowByRow(level, (name) => calls.aggregates.has(name) || calls.setReturning.has(name))
        ? level.targets.flatMap((target) => shownIn(target.val, target.name, { level, query, calls }))
        : [];
      for (const place of [...inWhere, ...inTargets]) {
        const sql = joined(place, level, query);
        if (sql) yield { sql };
      }
    }
  },
});

interface Where {
  readonly level: Level<Table>;
  readonly query: Query<Table>;
  readonly calls: Calls;
}

/** A subquery, and how its value is written once a join brings it. */
interface Place {
  readonly grouped: Grouped;
  readonly link: Stretch;
  readonly how: "where" | "target";
  /** What the value is where the group is empty. */
  readonly empty: "null" | "zero";
  readonly name: string | undefined;
}

/** Where a comparison is not true of NULL, a row without a group is lost as it was before. */
function comparedIn(condition: Node, { level, query, calls }: Where): readonly Place[] {
  if (!("A_Expr" in condition) || (condition.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP") return [];
  const { name, lexpr, rexpr } = condition.A_Expr;
  if (!strictOperators.has(namesIn(name).at(-1) ?? "")) return [];
  return [lexpr, rexpr].flatMap((side): readonly Place[] => {
    const found = side && grouping(side, { level, query, calls });
    return found?.empty === "null" ? [{ ...found, how: "where", name: undefined }] : [];
  });
}

function shownIn(node: Node | undefined, name: string | undefined, { level, query, calls }: Where): readonly Place[] {
  const found = node && level.select?.fromClause?.length === 1 ? grouping(node, { level, query, calls }) : undefined;
  return found ? [{ ...found, how: "target", name: name ?? found.own }] : [];
}

interface Grouped {
  readonly from: string;
  readonly where: string;
  readonly value: string;
  /** Of each pair that is equated: words of the subquery, and of the query around it. */
  readonly keys: readonly (readonly [inner: string, outer: string])[];
}

function grouping(node: Node, { level, query, calls }: Where) {
  if (!("SubLink" in node) || node.SubLink.subLinkType !== "EXPR_SUBLINK") return undefined;
  const inside = query.levelOf(node.SubLink.subselect);
  const [target, another] = inside?.targets ?? [];
  const select = inside && plainSelect(inside, query);
  const link = query.spanOf(node satisfies Link);
  const value = wordsOf(target?.val, query);
  const empty = target?.val && emptyValue(target.val, calls);
  if (!inside || !select || another || !link || !value || !empty || !isOwn(inside, query)) return undefined;
  const split = splitWhere(inside, level, query);
  if (!split) return undefined;
  const own = outputsOf(inside)?.[0]?.name;
  return { grouped: { from: select.from, where: whereWith(undefined, split.rest), value, keys: split.keys }, link, empty, own };
}

/** Whether only WHERE speaks of the row around. */
function isOwn(inside: Level<Table>, query: Query<Table>): boolean {
  const others = [...inside.targets.map(({ val }) => val), ...inside.joins.flatMap(({ on }) => on)];
  return inside.items.every(({ lateral }) => !lateral) && others.every((node) => readsOnly(node, inside, inside, query) !== false);
}

/** Equalities of the subquery's columns with those around it, and conditions that speak of its own only. */
function splitWhere(inside: Level<Table>, level: Level<Table>, query: Query<Table>) {
  const keys: [string, string][] = [];
  const rest: string[] = [];
  for (const condition of inside.where) {
    const words = wordsOf(condition, query);
    if (words === undefined) return undefined;
    if (readsOnly(condition, inside, inside, query) !== false) {
      rest.push(`(${words})`);
      continue;
    }
    const pair = pairIn(condition, { inside, level, query });
    if (!pair) return undefined;
    keys.push(pair);
  }
  return keys.length === 0 ? undefined : { keys, rest };
}

function pairIn(
  condition: Node,
  { inside, level, query }: { inside: Level<Table>; level: Level<Table>; query: Query<Table> },
): [string, string] | undefined {
  if (!("A_Expr" in condition) || (condition.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP" || namesIn(condition.A_Expr.name).at(-1) !== "=")
    return undefined;
  const { lexpr, rexpr } = condition.A_Expr;
  for (const [inner, outer] of [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ]) {
    if (readsOnly(inner, inside, inside, query) !== true || readsOnly(outer, level, inside, query) !== true) continue;
    const words = [wordsOf(inner, query), wordsOf(outer, query)] as const;
    if (words[0] !== undefined && words[1] !== undefined) return [words[0], words[1]];
  }
  return undefined;
}

/** Aggregates that are NULL for no rows; in other parts of an expression NULL stays NULL. */
const nullOfNone = new Set("min max sum avg bool_and bool_or every stddev variance array_agg string_agg".split(" "));

function emptyValue(node: Node, calls: Calls): "null" | "zero" | undefined {
  if (!("FuncCall" in node)) return strictOperands(node).some((operand) => emptyValue(operand, calls) === "null") ? "null" : undefined;
  const name = namesIn(node.FuncCall.funcname).at(-1) ?? "";
  if (node.FuncCall.over || !calls.aggregates.has(name)) return undefined;
  if (nullOfNone.has(name)) return "null";
  return name === "count" ? "zero" : undefined;
}

/** Parts of an expression that is NULL when one of them is. */
function strictOperands(node: Node): readonly Node[] {
  if ("TypeCast" in node) return node.TypeCast.arg ? [node.TypeCast.arg] : [];
  if (!("A_Expr" in node) || (node.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP") return [];
  const { name, lexpr, rexpr } = node.A_Expr;
  return strictOperators.has(namesIn(name).at(-1) ?? "") ? [lexpr, rexpr].flatMap((side) => side ?? []) : [];
}

function joined({ grouped, link, how, empty, name }: Place, level: Level<Table>, query: Query<Table>): string | undefined {
  const { from, where } = clausesOf(level, query.statement) ?? {};
  if (!from || (how === "where" && !where)) return undefined;
  const alias = nameFor(level);
  const table = tableOf(grouped, alias);
  const on = grouped.keys.map(([, outer], at) => `${alias}.key_${at + 1} = ${outer}`).join(" and ");
  const value = empty === "zero" ? `coalesce(${alias}.value, 0)` : `${alias}.value`;
  const after = ({ end }: Stretch, by: string) => ({ start: end, end, by });
  if (how === "where" && where) return rewritten(query, [after(from, `, ${table}`), { ...link, by: value }, after(where, ` and ${on}`)]);
  const shown = name === undefined || isNamed(link, query) ? value : `${value} as ${quote(name)}`;
  return rewritten(query, [{ ...link, by: shown }, after(from, ` left join ${table} on ${on}`)]);
}

function tableOf({ keys, value, from, where }: Grouped, alias: string): string {
  const list = keys.map(([inner], at) => `${inner} as key_${at + 1}`).join(", ");
  return `(select ${list}, ${value} as value from ${from}${where} group by ${keys.map(([inner]) => inner).join(", ")}) ${alias}`;
}

/** Whether a name follows in the text. */
const isNamed = ({ end }: Stretch, { statement: { source } }: Query<Table>) =>
  /^\s*(?:as\b|"|\w)/i.test(source.slice(end)) && !/^\s*from\b/i.test(source.slice(end));

function nameFor({ items }: Level<Table>): string {
  let name = "grouped";
  for (let number = 2; items.some((item) => item.name === name); number++) name = `grouped_${number}`;
  return name;
}
