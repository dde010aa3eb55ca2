import type { ColumnRef, Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import type { Plan } from "../plan/plan.ts";
import { conjunctsOf } from "../sql/level.ts";
import { parseExpression } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import { readByPlan } from "./read-by-plan.ts";
import { sortedBy } from "./sorted-by.ts";
import type { Asked, Place, Sorted } from "./wishes.ts";

/** Which table an index would be made on for a relation of a plan: that of a partition is the partitioned one. */
export type FindTable = (relation: { readonly schema: string | undefined; readonly name: string }) => Table | undefined;

const conditionLabels = new Set(["Index Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter"]);

/**
 * What a plan asks for. EXPLAIN (VERBOSE) qualifies every column with its alias and gives every relation an alias of its
 * own, so views, WITH queries, sub-queries and implied equalities are resolved by Postgres itself. `constants`: those of
 * the statement.
 */
export function askedByPlan(plan: Plan, find: FindTable, constants: ReadonlySet<string>): Asked {
  const { nodes } = plan;
  const tables = new Map(
    nodes.flatMap(({ relation }) => {
      const table = relation && find(relation);
      return table ? [[relation.alias, table] as const] : [];
    }),
  );
  const printed = nodes.flatMap(({ conditions }) => conditions);
  const labelled = (label: string) => printed.filter((condition) => condition.label === label).map(({ text }) => text);
  return {
    conditions: printed.filter(({ label }) => conditionLabels.has(label)).flatMap(({ text }) => readCondition(text)),
    orders: [...labelled("Sort Key").map(readSortKey), ...labelled("Group Key").map(readGroupKey)],
    reads: readByPlan(plan, tables),
    isOwn: (constant) => constants.has(constant),
    resolve: ({ fields }: ColumnRef): Place | undefined => {
      const [column, alias] = namesIn(fields).reverse();
      const table = alias === undefined ? undefined : tables.get(alias);
      if (column === undefined || !table?.columns.some(({ name }) => name === column)) return undefined;
      return { relation: alias, table, column };
    },
  };
}

/** Sub-plans stand in a condition by their names, which are no SQL: what they return is a value that the planner does not know. */
const subplans: readonly (readonly [RegExp, string])[] = [
  [/EXISTS\((?:hashed )?SubPlan \d+\)/g, "true"],
  [/\((?:alternatives: )?(?:(?:hashed |rescan )?(?:SubPlan|InitPlan) \d+(?: or )?)+\)(?:\.col\d+)?/g, "$$1"],
  [/\((?:ANY|ALL) \(/g, "(("],
];

function readCondition(text: string): readonly Node[] {
  const condition = subplans.reduce((written, [name, value]) => written.replaceAll(name, value), text);
  return conjunctsOf(parseExpression(condition));
}

/** What parses as the arguments of a function parses as keys. */
function callOf(argumentsText: string) {
  const call = parseExpression(`f(${argumentsText})`);
  return call && "FuncCall" in call ? call.FuncCall : undefined;
}

const readSortKey = (text: string): readonly Sorted[] => sortedBy(callOf(`null order by ${text}`)?.agg_order ?? []);

const readGroupKey = (text: string): readonly Sorted[] =>
  (callOf(text)?.args ?? []).map((node) => ({ node, descending: false, nullsFirst: false }));
