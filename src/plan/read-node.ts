import { ToolError } from "../error.ts";
import { foreignConstantsMasked } from "./foreign-constants.ts";
import { condition, isJson, type Json, keys, number, objects, text } from "./json.ts";
import { label, relation, source, title } from "./label.ts";
import type { PrintedNode } from "./node.ts";
import { onOneLine, shortened } from "./one-line.ts";
import { actuals, buffers, ioTimes, memory, sorting, visits, wal, workers } from "./read-counts.ts";

/** Deeper than any plan that Postgres could run; keeps a hostile one from exhausting the stack. */
const DEEPEST = 500;

export const unreadable = (why: string) =>
  new ToolError(
    "invalid_argument",
    `${why} Pass all of the output of \`explain (format json) <statement>\`, or of \`explain (analyze, buffers, settings, format json) <statement>\` where running it is fine. The text format and log lines of auto_explain are read too, with costs and with their indentation.`,
  );

/** Throws where a node lacks its type or its costs: a plan without numbers cannot be judged. */
export function readNode(json: Json, depth = 0): PrintedNode {
  const type = text(json, "Node Type");
  if (type === undefined) throw unreadable("A node of this plan has no type.");
  if (depth > DEEPEST) throw new ToolError("too_large", `This plan is more than ${DEEPEST} nodes deep.`);
  const filter = condition(json, "Filter");
  return {
    type,
    label: label(json, type),
    title: title(json, type),
    parentRelationship: text(json, "Parent Relationship"),
    subplanName: condition(json, "Subplan Name"),
    parallelAware: json["Parallel Aware"] === true,
    asyncCapable: json["Async Capable"] === true,
    disabled: json.Disabled === true,
    relation: relation(json),
    index: text(json, "Index Name"),
    source: source(json),
    alias: text(json, "Alias"),
    scanDirection: text(json, "Scan Direction")?.replace("NoMovement", "Forward"),
    joinType: text(json, "Join Type"),
    innerUnique: json["Inner Unique"] === true,
    strategy: text(json, "Strategy"),
    operation: text(json, "Operation"),
    targets: objects(json, "Target Tables").flatMap((target) => relation(target) ?? []),
    ...estimates(json, type),
    ...actuals(json),
    filter,
    shortFilter: filter && shortened(filter),
    indexCond: condition(json, "Index Cond"),
    recheckCond: condition(json, "Recheck Cond"),
    joinFilter: condition(json, "Join Filter"),
    oneTimeFilter: condition(json, "One-Time Filter"),
    orderBy: condition(json, "Order By"),
    conditions: [...CONDITIONS.flatMap((key) => printed(key, json)), ...groupingSets(json)],
    output: keys(json, "Output"),
    ...sorting(json),
    ...memory(json),
    ...visits(json),
    workersPlanned: number(json, "Workers Planned"),
    workersLaunched: number(json, "Workers Launched"),
    singleCopy: json["Single Copy"] === true,
    workers: workers(json),
    buffers: buffers(json),
    ioTimes: ioTimes(json),
    wal: wal(json),
    children: objects(json, "Plans").map((child) => readNode(child, depth + 1)),
  };
}

const CONDITIONS = [
  "Index Cond",
  "Order By",
  "Recheck Cond",
  "TID Cond",
  "Hash Cond",
  "Merge Cond",
  "Join Filter",
  "Window",
  "Run Condition",
  "One-Time Filter",
  "Filter",
  "Sort Key",
  "Presorted Key",
  "Group Key",
  "Cache Key",
  "Conflict Filter",
  "Function Call",
  "Table Function Call",
];

function printed(label: string, json: Json) {
  const text = condition(json, label) ?? keys(json, label).join(", ");
  return text ? [{ label, text }] : [];
}

/** One line each, as the text format has them: a set that is sorted anew has its Sort Key first. */
const groupingSets = (json: Json) =>
  objects(json, "Grouping Sets").flatMap((set) => [
    ...printed("Sort Key", set),
    ...(["Hash Key", "Group Key"] as const).flatMap((label) => {
      const sets = set[`${label}s`];
      return Array.isArray(sets) ? sets.map((each) => ({ label, text: keys({ each }, "each").join(", ") || "()" })) : [];
    }),
  ]);

/** Every expression that is printed, in this node and those below. */
export const withoutForeignConstants = (json: Json, own: ReadonlySet<string>): Json =>
  Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      if (key === "Plans" && Array.isArray(value))
        return [key, value.map((child) => (isJson(child) ? withoutForeignConstants(child, own) : child))];
      return [key, EXPRESSIONS.has(key) ? masked(value, own) : value];
    }),
  );

const EXPRESSIONS = new Set([...CONDITIONS, "Output", "Grouping Sets"]);

function masked(value: unknown, own: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((part) => masked(part, own));
  if (isJson(value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, masked(part, own)]));
  return typeof value === "string" ? foreignConstantsMasked(value, own) : value;
}

function estimates(json: Json, type: string) {
  const [startupCost, totalCost] = [number(json, "Startup Cost"), number(json, "Total Cost")];
  const [planRows, planWidth] = [number(json, "Plan Rows"), number(json, "Plan Width")];
  if (startupCost === undefined || totalCost === undefined || planRows === undefined || planWidth === undefined)
    throw unreadable(`The ${onOneLine(type)} of this plan has no costs or rows; COSTS must stay on.`);
  return { startupCost, totalCost, planRows, planWidth };
}
