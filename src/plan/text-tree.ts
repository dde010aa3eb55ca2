import type { Json } from "./json.ts";
import type { Line } from "./text-lines.ts";
import { readNodeLine } from "./text-node.ts";
import { readProperty } from "./text-property.ts";

/** A node while its lines are read. */
export interface TextNode {
  /** The column of its arrow; before every other at the root. */
  readonly at: number;
  readonly printed: Record<string, unknown>;
  readonly children: TextNode[];
  readonly sets: Record<string, unknown>[];
  readonly workers: Map<number, Record<string, unknown>>;
}

/** The nodes below the root by where their arrows stand, each with what the lines below it say. */
export function treeOf(root: Json, lines: readonly Line[]): TextNode {
  const top = nodeAt(-1, root);
  const reading: Reading = { path: [top], subplan: undefined, worker: undefined };
  for (const line of lines) read(line, reading);
  return top;
}

const nodeAt = (at: number, printed: Json): TextNode => ({ at, printed: { ...printed }, children: [], sets: [], workers: new Map() });

interface Reading {
  /** From the root to the node whose lines are read. */
  readonly path: TextNode[];
  /** The name that the next node goes by, and where it stands. */
  subplan: { readonly name: string; readonly indent: number } | undefined;
  worker: { readonly indent: number; readonly printed: Record<string, unknown> } | undefined;
}

function read({ indent, text }: Line, reading: Reading): void {
  const arrow = /^->\s+(.*)$/s.exec(text);
  if (arrow) begin(indent, readNodeLine(arrow[1] ?? "", "after an arrow") ?? {}, reading);
  else if (/^(?:InitPlan|SubPlan|CTE) /.test(text)) reading.subplan = { name: text, indent };
  else describe({ indent, text }, reading);
}

function describe({ indent, text }: Line, reading: Reading): void {
  const node = reading.path.at(-1);
  if (!node) return;
  const worker = /^Worker (\d+):\s+(.*)$/s.exec(text);
  if (worker) {
    const number = Number(worker[1]);
    const printed = node.workers.get(number) ?? { "Worker Number": number };
    node.workers.set(number, printed);
    reading.worker = { indent, printed };
    Object.assign(printed, readWorker(worker[2] ?? ""));
  } else if (reading.worker && indent > reading.worker.indent) Object.assign(reading.worker.printed, readWorker(text));
  else property(text, node, reading);
}

function begin(indent: number, printed: Json, reading: Reading): void {
  const { path, subplan } = reading;
  const place = subplan ? Math.min(indent, subplan.indent) : indent;
  while (path.length > 1 && (path.at(-1)?.at ?? 0) >= place) path.pop();
  const parent = path.at(-1);
  const node = nodeAt(indent, printed);
  node.printed["Parent Relationship"] = parent && relationship(parent, subplan?.name);
  if (subplan) node.printed["Subplan Name"] = subplan.name;
  parent?.children.push(node);
  path.push(node);
  reading.subplan = undefined;
  reading.worker = undefined;
}

export const MEMBERS = ["Append", "Merge Append", "BitmapAnd", "BitmapOr"];
export const typeOf = ({ printed }: TextNode) => String(printed["Node Type"]);
export const inputs = ({ children }: TextNode) =>
  children.filter(({ printed }) => !/^(?:Init|Sub)Plan$/.test(String(printed["Parent Relationship"])));

function relationship(parent: TextNode, subplan: string | undefined): string {
  if (subplan !== undefined) return subplan.startsWith("SubPlan") ? "SubPlan" : "InitPlan";
  const type = typeOf(parent);
  if (MEMBERS.includes(type)) return "Member";
  if (type === "Subquery Scan") return "Subquery";
  if (type === "Custom Scan") return "child";
  return inputs(parent).length === 0 ? "Outer" : "Inner";
}

function readWorker(text: string): Json {
  const [, time, rows, loops] = /^actual (?:time=[\d.]+\.\.([\d.]+) )?rows=([\d.]+) loops=(\d+)$/.exec(text) ?? [];
  if (rows === undefined) return readProperty(text) ?? {};
  return { ...(time !== undefined && { "Actual Total Time": Number(time) }), "Actual Rows": Number(rows), "Actual Loops": Number(loops) };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const TARGET = /^(?:Foreign )?(?:Insert|Update|Delete|Merge) on /;

function property(text: string, node: TextNode, reading: Reading): void {
  const target = TARGET.test(text) ? readNodeLine(text, "after an arrow") : undefined;
  if (target) {
    node.printed["Target Tables"] = [...listOf(node.printed["Target Tables"]), target];
    return;
  }
  reading.worker = undefined;
  const read = readProperty(text) ?? {};
  const [key = ""] = Object.keys(read);
  if (typeOf(node) === "Aggregate" && /^(?:Sort|Hash|Group) Key$/.test(key)) groupingSet(key, read[key], node);
  else Object.assign(node.printed, read);
}

/** Several keys of an Aggregate are grouping sets; a set that needs another order has its Sort Key first. */
function groupingSet(key: string, keys: unknown, { sets }: TextNode): void {
  if (key === "Sort Key") {
    sets.push({ [key]: keys });
    return;
  }
  const last = sets.at(-1);
  const list = listOf(keys)[0] === "()" ? [] : keys;
  const many = `${key}s`;
  if (last && (many in last || !("Group Keys" in last || "Hash Keys" in last))) last[many] = [...listOf(last[many]), list];
  else sets.push({ [many]: [list] });
}

/** What an extension draws under its arrows ("Task") has no numbers and is no node. */
export const isNode = ({ printed }: TextNode) => "Total Cost" in printed || "Actual Loops" in printed;

/** As EXPLAIN (FORMAT JSON) prints it. */
export function closed({ printed, children, sets, workers }: TextNode): Json {
  const plans = children.filter(isNode).map(closed);
  return {
    ...printed,
    ...grouping(sets),
    ...(workers.size > 0 && { Workers: [...workers.values()] }),
    ...(plans.length > 0 && { Plans: plans }),
  };
}

/** One set of keys is no grouping set, unless it is empty or hashed beside others. */
function grouping(sets: readonly Record<string, unknown>[]): Json {
  const [first, ...others] = sets;
  if (first === undefined) return {};
  const [key, ...keys] = listOf(first["Group Keys"]);
  const single = others.length === 0 && keys.length === 0 && !("Sort Key" in first) && listOf(key).length > 0;
  return single ? { "Group Key": key } : { "Grouping Sets": sets };
}
