import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";

/** Two partitions are what a range across a border reads. */
const PARTITIONS = 3;

const column = String.raw`(?:(?:\w+|"(?:[^"]|"")+")\.)?([a-z_][\w$]*|"(?:[^"]|"")+")`;
const text = "'[^']*'::text";

/** A column of time or an integer behind what a comparison of the column itself could say. */
const hidden = [
  String.raw`\(${column}\)::date\b`,
  String.raw`\(${column}\)::numeric(?= = )`,
  String.raw`\bdate\(${column}\)`,
  String.raw`\bdate_trunc\(${text}, ${column}(?:, ${text})?\)`,
  String.raw`\bEXTRACT\((?:year|epoch) FROM ${column}\)`,
  String.raw`\bto_char\(${column}, '(?:YYYY|…)[^']*'::text\)`,
  String.raw`\(${column} AT TIME ZONE ${text}\)`,
  String.raw`\(${column} [+-] '[^']*'::interval\)`,
].map((pattern) => new RegExp(pattern));

export default planRule({
  id: "plan/partitions-not-pruned",
  severity: "warning",

  *check({ nodes }) {
    for (const append of nodes) {
      const scans = append.type === "Append" || append.type === "Merge Append" ? partitionsIn(append) : [];
      const [first] = scans;
      const last = scans.at(-1);
      if (!first?.relation || !last?.relation || scans.length < PARTITIONS || append.subplansRemoved) continue;
      // What never ran was pruned when a value became known.
      if (scans.some(({ loops, filter }) => loops === 0 || filter === undefined)) continue;
      const found = hiding(first);
      if (!found || scans.some((scan) => hiding(scan)?.column !== found.column)) continue;

      yield {
        message: `The plan reads ${scans.length} partitions, from ${first.relation} to ${last.relation}, because pruning does not see ${found.column} behind ${found.expression}; ${found.advice}.`,
        object: aliasOf(first),
        evidence: { partitions: scans.length },
      };
    }
  },
});

/** `RANGE (at)`, `LIST (region text_ops, kind)` */
const isIn = (key: string, column: string) => key.split(/[(),]/).some((part) => `${part.trim()} `.startsWith(`${column} `));

/** The scans of partitions or inheriting tables, or none: Postgres numbers the alias of their parent (`set_rtable_names` in src/backend/utils/adt/ruleutils.c). */
function partitionsIn({ children }: PlanNode): readonly PlanNode[] {
  const scans = children.map(scanOf);
  const [first] = scans;
  const areOne = scans.every((scan) => scan?.relation !== undefined && aliasOf(scan) === aliasOf(first));
  const areTables = scans.every((scan) => scan?.relation?.alias === scan?.relation?.name);
  return areOne && !areTables ? scans.filter((scan) => scan !== undefined) : [];
}

const scanOf = (node: PlanNode): PlanNode | undefined =>
  node.relation !== undefined || node.children.length !== 1 ? node : node.children.map(scanOf)[0];

const aliasOf = (scan: PlanNode | undefined) => /^(.+)_\d+$/.exec(scan?.relation?.alias ?? "")?.[1];

/** Nothing where the column is compared bare as well: pruning goes by that. */
function hiding({ filter = "", indexCond = "", recheckCond = "", partitionKey }: PlanNode) {
  for (const pattern of hidden) {
    const [expression, column] = pattern.exec(filter) ?? [];
    if (expression === undefined || column === undefined || (partitionKey !== undefined && !isIn(partitionKey, column))) continue;
    const isBare = [filter, indexCond, recheckCond].some((condition) => compares(condition, column));
    const advice = `${partitionKey === undefined ? "if that is the partition key, " : ""}compare ${column} itself`;
    return isBare ? undefined : { expression, column, advice };
  }
  return undefined;
}

/** `(at >= …`, `(e_1.at = …` */
const compares = (condition: string, column: string) =>
  ["=", "<", ">", "<=", ">="].some(
    (operator) => condition.includes(`(${column} ${operator} `) || condition.includes(`.${column} ${operator} `),
  );
