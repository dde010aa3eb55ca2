import { ToolError } from "../error.ts";
import { nameOf, quote } from "../sql/quote.ts";
import { foreignConstantsMasked } from "./foreign-constants.ts";
import type { Buffers, PrintedNode, Relation } from "./node.ts";
import { onOneLine, shortened } from "./one-line.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Deeper than any plan that Postgres could run; keeps a hostile one from exhausting the stack. */
const DEEPEST = 500;

export const unreadable = (why: string) =>
  new ToolError(
    "invalid_argument",
    `${why} Pass the output of \`explain (format json) <statement>\`, or of \`explain (analyze, buffers, settings, format json) <statement>\` where running it is fine.`,
  );

export const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
export const number = (json: Json, key: string) => {
  const value = json[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
};
const text = (json: Json, key: string) => {
  const value = json[key];
  return typeof value === "string" ? value : undefined;
};
const objects = (json: Json, key: string): readonly Json[] => {
  const value = json[key];
  return Array.isArray(value) ? value.filter(isJson) : [];
};
const condition = (json: Json, key: string) => {
  const value = json[key];
  return typeof value === "string" ? onOneLine(value) : undefined;
};
const keys = (json: Json, key: string): readonly string[] => {
  const value = json[key];
  return Array.isArray(value) ? value.filter((part) => typeof part === "string").map(onOneLine) : [];
};

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
    relation: relation(json),
    index: text(json, "Index Name"),
    source: source(json),
    alias: text(json, "Alias"),
    scanDirection: text(json, "Scan Direction"),
    joinType: text(json, "Join Type"),
    innerUnique: json["Inner Unique"] === true,
    strategy: text(json, "Strategy"),
    ...estimates(json, type),
    ...actuals(json),
    filter,
    shortFilter: filter && shortened(filter),
    indexCond: condition(json, "Index Cond"),
    recheckCond: condition(json, "Recheck Cond"),
    joinFilter: condition(json, "Join Filter"),
    orderBy: condition(json, "Order By"),
    conditions: CONDITIONS.flatMap((label) => {
      const printed = condition(json, label) ?? keys(json, label).join(", ");
      return printed ? [{ label, text: printed }] : [];
    }),
    output: keys(json, "Output"),
    ...sorting(json),
    hashBatches: number(json, "Hash Batches"),
    heapFetches: number(json, "Heap Fetches"),
    workersPlanned: number(json, "Workers Planned"),
    workersLaunched: number(json, "Workers Launched"),
    buffers: buffers(json),
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
  "One-Time Filter",
  "Filter",
  "Run Condition",
  "Sort Key",
  "Presorted Key",
  "Group Key",
  "Cache Key",
  "Conflict Filter",
  "Function Call",
];

/** Every expression that is printed, in this node and those below. */
export const withoutForeignConstants = (json: Json, own: ReadonlySet<string>): Json =>
  Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      if (key === "Plans" && Array.isArray(value))
        return [key, value.map((child) => (isJson(child) ? withoutForeignConstants(child, own) : child))];
      return [key, CONDITIONS.includes(key) || key === "Output" ? masked(value, own) : value];
    }),
  );

function masked(value: unknown, own: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((part) => masked(part, own));
  return typeof value === "string" ? foreignConstantsMasked(value, own) : value;
}

function estimates(json: Json, type: string) {
  const [startupCost, totalCost] = [number(json, "Startup Cost"), number(json, "Total Cost")];
  const [planRows, planWidth] = [number(json, "Plan Rows"), number(json, "Plan Width")];
  if (startupCost === undefined || totalCost === undefined || planRows === undefined || planWidth === undefined)
    throw unreadable(`The ${onOneLine(type)} of this plan has no costs or rows; COSTS must stay on.`);
  return { startupCost, totalCost, planRows, planWidth };
}

function actuals(json: Json) {
  const loops = number(json, "Actual Loops");
  const total = (key: string) => {
    const perLoop = number(json, key);
    return perLoop === undefined || loops === undefined ? undefined : perLoop * loops;
  };
  return {
    loops,
    rowsPerLoop: number(json, "Actual Rows"),
    // Version 18 prints two decimals, and it is the first that prints "Disabled" on every node.
    rounding: "Disabled" in json ? 0.005 : 0.5,
    timePerLoop: number(json, "Actual Total Time"),
    rowsRemovedByFilter: total("Rows Removed by Filter"),
    rowsRemovedByJoinFilter: total("Rows Removed by Join Filter"),
  };
}

function relation(json: Json): Relation | undefined {
  const relation = text(json, "Relation Name");
  return relation === undefined ? undefined : { ...nameOf(text(json, "Schema"), relation), alias: text(json, "Alias") ?? relation };
}

/** An Incremental Sort reports by groups, a parallel one by workers too. */
function sorting(json: Json) {
  const groups = [json, ...objects(json, "Workers")].flatMap((part) =>
    [part["Full-sort Groups"], part["Pre-sorted Groups"]].filter(isJson),
  );
  const spaces = groups.flatMap((group) =>
    (["Disk", "Memory"] as const).flatMap((type) => {
      const space = group[`Sort Space ${type}`];
      return isJson(space) ? [{ type, used: number(space, "Peak Sort Space Used") ?? 0 }] : [];
    }),
  );
  const sorts = [json, ...objects(json, "Workers")].filter((part) => "Sort Method" in part);
  const disk = sorts.some((part) => part["Sort Space Type"] === "Disk") || spaces.some(({ type }) => type === "Disk");
  const sorted = sorts.length + spaces.length > 0;
  const methods = [...sorts.map((part) => text(part, "Sort Method")), ...groups.flatMap((group) => keys(group, "Sort Methods Used"))];
  return {
    sortKey: keys(json, "Sort Key").map(shortened),
    sortMethod: methods.find((method) => method?.startsWith("external")) ?? methods[0],
    sortSpaceType: sorted ? (disk ? ("Disk" as const) : ("Memory" as const)) : undefined,
    sortSpaceUsed: sorted
      ? sorts.reduce((sum, part) => sum + (number(part, "Sort Space Used") ?? 0), 0) + Math.max(0, ...spaces.map(({ used }) => used))
      : undefined,
  };
}

function buffers(json: Json): Buffers | undefined {
  if (number(json, "Shared Hit Blocks") === undefined) return undefined;
  const blocks = (kind: string) => number(json, `${kind} Blocks`) ?? 0;
  return {
    sharedHit: blocks("Shared Hit"),
    sharedRead: blocks("Shared Read"),
    sharedDirtied: blocks("Shared Dirtied"),
    sharedWritten: blocks("Shared Written"),
    localHit: blocks("Local Hit"),
    localRead: blocks("Local Read"),
    tempRead: blocks("Temp Read"),
    tempWritten: blocks("Temp Written"),
  };
}

const source = (json: Json) => SOURCES.map((key) => text(json, key)).find((name) => name !== undefined);
const SOURCES = ["CTE Name", "Function Name", "Table Function Name", "Tuplestore Name"];

function title(json: Json, type: string) {
  const [index, alias] = [text(json, "Index Name"), text(json, "Alias")];
  const target = relation(json)?.toString() ?? source(json) ?? alias;
  const indexed = index === undefined ? "" : ` ${type === "Bitmap Index Scan" ? "on" : "using"} ${quote(index)}`;
  const renamed = alias !== undefined && alias !== (text(json, "Relation Name") ?? source(json) ?? alias);
  return shortened(
    onOneLine(`${label(json, type)}${indexed}${target === undefined ? "" : ` on ${target}`}${renamed ? ` ${quote(alias)}` : ""}`),
  );
}

/** As `ExplainNode` in src/backend/commands/explain.c names nodes in the text format. */
function label(json: Json, type: string): string {
  const parallel = json["Parallel Aware"] === true ? "Parallel " : "";
  const partial = text(json, "Partial Mode") ?? "Simple";
  const strategy = text(json, "Strategy") ?? "";
  const prefix = partial === "Simple" ? parallel : `${parallel}${partial} `;
  switch (type) {
    case "Aggregate":
      return `${prefix}${{ Sorted: "Group", Hashed: "Hash", Mixed: "Mixed" }[strategy] ?? ""}Aggregate`;
    case "SetOp":
      return `${parallel}${strategy === "Hashed" ? "Hash" : ""}SetOp ${text(json, "Command") ?? ""}`.trimEnd();
    case "ModifyTable":
      return text(json, "Operation") ?? type;
    case "Nested Loop":
    case "Hash Join":
    case "Merge Join":
      return parallel + join(type, text(json, "Join Type") ?? "Inner");
    case "Custom Scan":
      return `${parallel}Custom Scan (${onOneLine(text(json, "Custom Plan Provider") ?? "")})`;
    default:
      return onOneLine(`${parallel}${type}${json["Scan Direction"] === "Backward" ? " Backward" : ""}`);
  }
}

const join = (type: string, kind: string) =>
  kind === "Inner" ? type : onOneLine(`${type === "Nested Loop" ? type : type.replace(" Join", "")} ${kind} Join`);
