import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { clausesOf } from "../sql/clauses.ts";
import type { Level } from "../sql/level.ts";
import { strictOperators } from "../sql/nulls.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { outputsOf } from "../sql/scope.ts";
import { type Computed, computedIn } from "./correlated.ts";
import { isRowByRow } from "./keys.ts";
import { type Edit, rewritten, type Stretch, spelledOut, whereWith } from "./parts.ts";
import { type Calls, pattern } from "./rewrite.ts";

/** What is computed or looked up for each row anew, to what is read once for all of them. Subqueries that read the same rows become one. */
export default pattern({
  name: "correlated subquery to a join",

  *drafts(query, calls) {
    for (const level of query.levels) {
      if (level.kind !== "select") continue;
      const here = { level, query, calls };
      // A comma ends what JOIN reads: what is joined comes first.
      const isPlain = isRowByRow(level, calls);
      const inTargets = isPlain ? level.targets.flatMap(({ val, name }) => shownIn(val, name, here)) : [];
      const groups = readTogether([...inTargets, ...level.where.flatMap((condition) => comparedIn(condition, here))]);
      const choices = groups.length > 1 ? [groups, ...groups.map((group) => [group])] : [groups];
      const several = groups.filter(([first, another]) => first?.how === "target" && another !== undefined);
      const sqls = [...choices.map((choice) => joined(choice, level, query, tableOf)), joined(several, level, query, lateralOf)];
      for (const sql of sqls) if (sql) yield { sql };
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
  readonly computed: Computed;
  readonly link: Stretch;
  readonly how: "where" | "target";
  /** Of the column of the result. */
  readonly name: string | undefined;
}

/** Where a comparison is not true of NULL, a row without a group is lost as it was before. */
function comparedIn(condition: Node, here: Where): readonly Place[] {
  if (!("A_Expr" in condition) || (condition.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP") return [];
  const { name, lexpr, rexpr } = condition.A_Expr;
  if (!strictOperators.has(namesIn(name).at(-1) ?? "")) return [];
  return [lexpr, rexpr].flatMap((side): readonly Place[] => {
    const found = side && placeOf(side, here);
    return found?.computed.empty === "null" ? [{ ...found, how: "where", name: undefined }] : [];
  });
}

function shownIn(node: Node | undefined, name: string | undefined, here: Where): readonly Place[] {
  const found = node && here.level.select?.fromClause?.length === 1 ? placeOf(node, here) : undefined;
  return found ? [{ ...found, how: "target", name: name ?? found.own }] : [];
}

function placeOf(node: Node, { level, query, calls }: Where) {
  if (!("SubLink" in node) || node.SubLink.subLinkType !== "EXPR_SUBLINK") return undefined;
  const inside = query.levelOf(node.SubLink.subselect);
  const link = query.spanOf(node);
  const computed = inside && computedIn(inside, level, query, calls);
  return inside && link && computed ? { computed, link, own: outputsOf(inside)?.[0]?.name } : undefined;
}

/** Those that differ in their value only. */
function readTogether(places: readonly Place[]): readonly (readonly Place[])[] {
  const groups = new Map<string, readonly Place[]>();
  for (const place of places) {
    const { value: _, empty: __, ...read } = place.computed;
    const id = JSON.stringify([place.how, read]);
    groups.set(id, [...(groups.get(id) ?? []), place]);
  }
  return [...groups.values()];
}

/** Writes what brings these values under this name, and ON. */
type Bring = (computed: Computed, values: readonly string[], alias: string) => { readonly table: string; readonly on: string };

function joined(groups: readonly (readonly Place[])[], level: Level<Table>, query: Query<Table>, bring: Bring): string | undefined {
  const { from, where } = clausesOf(level, query.statement) ?? {};
  const stars = spelledOut(level, query);
  if (!from || !stars || groups.length === 0) return undefined;
  const taken = new Set(level.items.map(({ name }) => name));
  const joins = groups.flatMap((places) => joinFor(places, taken, query, bring) ?? []);
  const conditions = joins.flatMap(({ how, on }) => (how === "where" ? [on] : []));
  if (conditions.length > 0 && !where) return undefined;
  const tables = joins.map(({ how, table, on }) => (how === "where" ? `, ${table}` : ` left join ${table} on ${on}`));
  return rewritten(query, [
    ...stars,
    ...joins.flatMap(({ values }) => values),
    after(from, tables.join("")),
    ...(where && conditions.length > 0 ? [after(where, ` and ${conditions.join(" and ")}`)] : []),
  ]);
}

const after = ({ end }: Stretch, by: string): Edit => ({ start: end, end, by });

/** A table that brings the values of these subqueries, and what stands in their places. */
function joinFor(places: readonly Place[], taken: Set<string>, query: Query<Table>, bring: Bring) {
  const [first] = places;
  if (!first) return undefined;
  const { computed, how } = first;
  const alias = nameFor(taken, computed);
  const values = [...new Set(places.map((place) => place.computed.value))];
  const columnOf = (place: Place) => `${alias}.${columnFor(values.indexOf(place.computed.value))}`;
  return {
    how,
    ...bring(computed, values, alias),
    values: places.map((place): Edit => ({ ...place.link, by: shown(place, columnOf(place), query) })),
  };
}

function shown({ computed, link, how, name }: Place, column: string, query: Query<Table>): string {
  const value = computed.empty === "zero" ? `coalesce(${column}, 0)` : column;
  return how === "where" || name === undefined || isNamed(link, query) ? value : `${value} as ${quote(name)}`;
}

const columnFor = (place: number) => (place === 0 ? "value" : `value_${place + 1}`);

/** All rows at once, by their keys. */
const tableOf: Bring = ({ keys, from, rest, kind, order }, values, alias) => {
  const inner = keys.map(([words]) => words).join(", ");
  const list = [...keys.map(([words], at) => `${words} as key_${at + 1}`), ...valuesAs(values)].join(", ");
  const distinct = kind === "first" ? `distinct on (${inner}) ` : "";
  const end = kind === "group" ? ` group by ${inner}` : kind === "first" ? ` order by ${inner}, ${order}` : "";
  return {
    table: `(select ${distinct}${list} from ${from}${whereWith(undefined, rest)}${end}) ${alias}`,
    on: keys.map(([, outer], at) => `${alias}.key_${at + 1} = ${outer}`).join(" and "),
  };
};

/** Those of one row after the other, as the subqueries do, and once for all of them. */
const lateralOf: Bring = ({ keys, from, rest, kind, order }, values, alias) => {
  const where = whereWith(undefined, [...keys.map(([inner, outer]) => `${inner} = ${outer}`), ...rest]);
  const end = kind === "first" ? ` order by ${order} limit 1` : "";
  return { table: `lateral (select ${valuesAs(values).join(", ")} from ${from}${where}${end}) ${alias}`, on: "true" };
};

const valuesAs = (values: readonly string[]) => values.map((value, at) => `${value} as ${columnFor(at)}`);

/** Whether a name follows in the text. */
const isNamed = ({ end }: Stretch, { statement: { source } }: Query<Table>) =>
  /^\s*(?:as\b|"|\w)/i.test(source.slice(end)) && !/^\s*from\b/i.test(source.slice(end));

function nameFor(taken: Set<string>, { kind }: Computed): string {
  const word = { group: "grouped", lookup: "looked_up", first: "firsts" }[kind];
  let name = word;
  for (let number = 2; taken.has(name); number++) name = `${word}_${number}`;
  taken.add(name);
  return name;
}
