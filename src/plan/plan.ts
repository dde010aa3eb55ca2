import { type Resolved, resolve, returned } from "./arithmetic.ts";
import type { PrintedNode } from "./node.ts";
import { isJson, type Json, number, readNode, unreadable, withoutForeignConstants } from "./read-node.ts";

export interface PlanNode extends PrintedNode, Resolved {
  readonly children: readonly PlanNode[];
  /** Rows of the whole relation, where somebody knows. */
  readonly relationRows: number | undefined;
  /** Of 8 kB. */
  readonly relationPages: number | undefined;
}

export interface Plan {
  readonly root: PlanNode;
  /** All, a parent before its children. */
  readonly nodes: readonly PlanNode[];
  /** Milliseconds. */
  readonly planningTime: number | undefined;
  /** Milliseconds. */
  readonly executionTime: number | undefined;
  /** The statement was run, so nodes carry actual numbers. */
  readonly analyzed: boolean;
  /** Planned for unknown parameters: a condition holds `$1`. */
  readonly generic: boolean;
  /** Bytes. */
  readonly workMem: number;
  /** Nobody said what `work_mem` is; `workMem` is the default of Postgres. */
  readonly workMemAssumed: boolean;
}

/** What the caller knows and EXPLAIN does not print. */
export interface Known {
  /** Bytes. */
  readonly workMem?: number;
  /** By "schema.name", unquoted. */
  readonly relations?: ReadonlyMap<string, { readonly rows: number; readonly pages: number }>;
  /** Of the caller's statement: other constants are masked in conditions. Without them the plan is the caller's own. */
  readonly constants?: ReadonlySet<string>;
}

/** https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM */
const DEFAULT_WORK_MEM = 4 * 1024 * 1024;

/** Reads what `EXPLAIN (FORMAT JSON)` of Postgres 14 to 18 prints, as text or as any client or auto_explain hands it over; anything else is the caller's to put right. */
export function parsePlan(explained: unknown, known: Known = {}): Plan {
  const statement = statementOf(typeof explained === "string" ? parsed(explained) : explained);
  if (!isJson(statement.Plan)) throw unreadable("This is not a plan.");
  const printed = readNode(known.constants === undefined ? statement.Plan : withoutForeignConstants(statement.Plan, known.constants));
  const resolved = resolve(printed);
  const complete = (node: PrintedNode): PlanNode => {
    const facts = resolved.get(node);
    if (!facts) throw new Error(`The ${node.type} was read but not resolved.`);
    const size = sizeOf(node, known.relations);
    return { ...node, ...facts, relationRows: size?.rows, relationPages: size?.pages, children: node.children.map(complete) };
  };
  const root = complete(printed);
  const nodes = depthFirst(root);
  const workMem = known.workMem ?? workMemIn(statement.Settings);
  return {
    root,
    nodes,
    planningTime: number(statement, "Planning Time"),
    executionTime: number(statement, "Execution Time"),
    analyzed: root.loops !== undefined,
    generic: isGeneric(nodes),
    workMem: workMem ?? DEFAULT_WORK_MEM,
    workMemAssumed: workMem === undefined,
  };
}

const depthFirst = (node: PlanNode): PlanNode[] => [node, ...node.children.flatMap(depthFirst)];

function parsed(text: string): unknown {
  for (const attempt of [text, withoutFrame(text)])
    try {
      return JSON.parse(attempt);
    } catch {}
  throw unreadable("This plan is not JSON.");
}

/** psql draws a title and a line above, "+" at the end of each line and "(1 row)" below. */
const withoutFrame = (text: string) =>
  text
    .split(/\r?\n/)
    .filter((line) => !/^\s*(QUERY PLAN|-+|\(1 row\))\s*$/.test(line))
    .map((line) => line.replace(/\s*\+\s*$/, ""))
    .join("\n");

/** A row of a client, the list of one statement, the statement itself, or any of these as text. */
function statementOf(value: unknown): Json {
  if (Array.isArray(value)) {
    if (value.length !== 1) throw unreadable(`One plan is expected, and these are ${value.length}.`);
    return statementOf(value[0]);
  }
  if (!isJson(value)) throw unreadable("This is not a plan.");
  const column = value["QUERY PLAN"];
  return column === undefined ? value : statementOf(typeof column === "string" ? parsed(column) : column);
}

function sizeOf({ relation }: PrintedNode, relations: Known["relations"]) {
  if (!relation || !relations) return undefined;
  if (relation.schema !== undefined) return relations.get(`${relation.schema}.${relation.name}`);
  const sizes = [...relations].filter(([qualified]) => qualified.endsWith(`.${relation.name}`)).map(([, size]) => size);
  return sizes.length === 1 ? sizes[0] : undefined;
}

/** With SETTINGS only what differs from the default is printed: an empty list says that `work_mem` is the default. */
function workMemIn(settings: unknown): number | undefined {
  if (!isJson(settings)) return undefined;
  const [, amount, unit] = /^(\d+)(kB|MB|GB|TB)?$/.exec(String(settings.work_mem ?? "4MB")) ?? [];
  if (amount === undefined) return undefined;
  const power = ["kB", "MB", "GB", "TB"].indexOf(unit ?? "kB") + 1;
  return Number(amount) * 1024 ** power;
}

/** Up to version 16 the value of an InitPlan is also printed as a `$0`; those are named where they are returned. */
function isGeneric(nodes: readonly PlanNode[]) {
  const own = new Set(nodes.flatMap(({ subplanName = "" }) => returned(subplanName)));
  return nodes.some(({ conditions }) => conditions.some(({ text }) => parametersIn(text).some((parameter) => !own.has(parameter))));
}

const parametersIn = (condition: string) => condition.replaceAll(/'(?:[^']|'')*'/g, "''").match(/\$\d+/g) ?? [];
