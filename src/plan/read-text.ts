import type { Json } from "./json.ts";
import { unreadable } from "./read-node.ts";
import { readFooter } from "./text-footer.ts";
import { type Line, linesOf } from "./text-lines.ts";
import { readNodeLine } from "./text-node.ts";
import { closed, inputs, isNode, MEMBERS, type TextNode, treeOf, typeOf } from "./text-tree.ts";

interface TextPlan {
  /** As EXPLAIN (FORMAT JSON) prints the statement, but for what the text does not tell. */
  readonly statement: Json;
  /** A node lacks an input, or its first line ends within the numbers: what came after is missing. */
  readonly cut: boolean;
}

/** Every plan in a text, one below the other. Throws where the indentation is lost, by which nodes hang together. */
export function readText(text: string): readonly TextPlan[] {
  const lines = linesOf(text);
  const base = lines[0]?.indent ?? 0;
  const starts = lines.flatMap(({ indent, text }, at) =>
    indent <= base && !text.startsWith("->") && readNodeLine(text, "at the root") ? [at] : [],
  );
  return starts.map((start, nth) => readOne(lines.slice(start, starts[nth + 1])));
}

function readOne([first, ...lines]: readonly Line[]): TextPlan {
  const { indent: base, text: root } = first ?? { indent: 0, text: "" };
  const end = lines.findIndex(({ indent, text }) => indent <= base && !text.startsWith("->"));
  const [own, footer] = end < 0 ? [lines, []] : [lines.slice(0, end), lines.slice(end)];
  const top = treeOf(readNodeLine(root, "at the root") ?? {}, own);
  const nodes = withDescendants(top);
  if (nodes.some(hasTooMany) || footer.some(({ text }) => text.startsWith("->")))
    throw unreadable("The indentation of this plan is lost, and with it which node is below which.");
  const last = nodes.at(-1);
  return {
    statement: { Plan: closed(top), ...readFooter(footer) },
    cut: nodes.some(hasTooFew) || (last !== undefined && !isNode(last)),
  };
}

const withDescendants = (node: TextNode): readonly TextNode[] => [node, ...node.children.flatMap(withDescendants)];

/** Below this many inputs a node of the type is not whole, and above the other it is none of that type. */
interface Inputs {
  readonly least: number;
  readonly most: number;
}

function inputsOf(node: TextNode): Inputs {
  const type = typeOf(node);
  if ([...MEMBERS, "Custom Scan"].includes(type) || !isNode(node)) return { least: 0, most: Number.POSITIVE_INFINITY };
  if (["Nested Loop", "Hash Join", "Merge Join", "Recursive Union"].includes(type)) return { least: 2, most: 2 };
  // Two from version 18 on.
  if (type === "SetOp") return { least: 1, most: 2 };
  return { least: OVER_ONE.has(type) ? 1 : 0, most: 1 };
}

const OVER_ONE = new Set([
  "Aggregate",
  "Bitmap Heap Scan",
  "Gather",
  "Gather Merge",
  "Group",
  "Hash",
  "Incremental Sort",
  "Limit",
  "LockRows",
  "Materialize",
  "Memoize",
  "ModifyTable",
  "ProjectSet",
  "Sort",
  "Subquery Scan",
  "Unique",
  "WindowAgg",
]);

const hasTooFew = (node: TextNode) => inputs(node).length < inputsOf(node).least;
const hasTooMany = (node: TextNode) => inputs(node).length > inputsOf(node).most;
