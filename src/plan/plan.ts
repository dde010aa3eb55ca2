import { type Resolved, resolve, returned } from "./arithmetic.ts";
import { isJson, type Json, number } from "./json.ts";
import { type Misestimate, misestimatesIn } from "./misestimates.ts";
import type { PrintedNode } from "./node.ts";
import { readNode, unreadable, withoutForeignConstants } from "./read-node.ts";
import { readStatement, type Statement } from "./read-statement.ts";
import { statementsIn } from "./statement.ts";

export interface PlanNode extends PrintedNode, Resolved {
  readonly children: readonly PlanNode[];
  /** Rows of the whole relation, where somebody knows. */
  readonly relationRows: number | undefined;
  /** Of 8 kB. */
  readonly relationPages: number | undefined;
  /** Of the tables that a partition is a part of, as in `RANGE (at)`, where somebody knows; "" of a table that is none. */
  readonly partitionKey: string | undefined;
}

export interface Plan extends Statement {
  readonly root: PlanNode;
  /** All, a parent before its children. */
  readonly nodes: readonly PlanNode[];
  /** Milliseconds. */
  readonly planningTime: number | undefined;
  /** Milliseconds. */
  readonly executionTime: number | undefined;
  /** The statement was run, so nodes carry actual numbers. */
  readonly analyzed: boolean;
  /** The lowest nodes that bring a wrong estimate in; of a plan that was run. */
  readonly misestimates: readonly Misestimate[];
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
  readonly relations?: ReadonlyMap<string, { readonly rows: number; readonly pages: number; readonly partitionKey?: string }>;
  /** Of the caller's statement: other constants are masked in conditions. Without them the plan is the caller's own. */
  readonly constants?: ReadonlySet<string>;
}

/** https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM */
const DEFAULT_WORK_MEM = 4 * 1024 * 1024;

/**
 * Reads one plan of Postgres 14 to 18, JSON or text, as text or as any client or auto_explain hands it over; anything else is
 * the caller's to put right. The text format leaves out counts that are 0, and parts of names and settings.
 */
export function parsePlan(explained: unknown, known: Known = {}): Plan {
  const [statement, ...more] = statementsIn(explained);
  if (!statement || more.length > 0) throw unreadable(`One plan is expected, and these are ${more.length + 1}.`);
  return planOf(statement, known);
}

/** `statement`: as EXPLAIN (FORMAT JSON) prints one. */
export function planOf(statement: Json, known: Known): Plan {
  if (!isJson(statement.Plan)) throw unreadable("This is not a plan.");
  const printed = readNode(known.constants === undefined ? statement.Plan : withoutForeignConstants(statement.Plan, known.constants));
  const resolved = resolve(printed);
  const complete = (node: PrintedNode): PlanNode => {
    const facts = resolved.get(node);
    if (!facts) throw new Error(`The ${node.type} was read but not resolved.`);
    const size = sizeOf(node, known.relations);
    // Nobody else has the node yet, and a copy of so many fields costs more than all the arithmetic.
    const { rows: relationRows, pages: relationPages, partitionKey } = size ?? {};
    return Object.assign(node, facts, { relationRows, relationPages, partitionKey, children: node.children.map(complete) });
  };
  const root = complete(printed);
  const nodes = depthFirst(root);
  const about = readStatement(statement);
  const workMem = known.workMem ?? workMemIn(about.settings);
  return {
    ...about,
    root,
    nodes,
    planningTime: number(statement, "Planning Time"),
    executionTime: number(statement, "Execution Time"),
    analyzed: root.loops !== undefined,
    misestimates: misestimatesIn(nodes),
    generic: isGeneric(nodes),
    workMem: workMem ?? DEFAULT_WORK_MEM,
    workMemAssumed: workMem === undefined,
  };
}

const depthFirst = (node: PlanNode): PlanNode[] => [node, ...node.children.flatMap(depthFirst)];

function sizeOf({ relation }: PrintedNode, relations: Known["relations"]) {
  if (!relation || !relations) return undefined;
  if (relation.schema !== undefined) return relations.get(`${relation.schema}.${relation.name}`);
  const sizes = [...relations].filter(([qualified]) => qualified.endsWith(`.${relation.name}`)).map(([, size]) => size);
  return sizes.length === 1 ? sizes[0] : undefined;
}

/** With SETTINGS only what differs from the default is printed: an empty list says that `work_mem` is the default. */
function workMemIn(settings: Plan["settings"]): number | undefined {
  if (settings === undefined) return undefined;
  const [, amount, unit] = /^(\d+)(kB|MB|GB|TB)?$/.exec(settings.get("work_mem") ?? "4MB") ?? [];
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
