import { findingCard, grouped, part } from "../advice.ts";
import { element, foreign } from "../element.ts";
import type { Host } from "../host.ts";
import { type Drawn, type PlanNode, wrongBy } from "./tree.ts";

/** Everything that is known of a node, and what to do about it. */
export function detailOf(node: PlanNode, drawn: Drawn, host: Host): readonly Node[] {
  const found = node.findings.flatMap((at) => drawn.remarks[at] ?? []);
  return [
    element("h2", {}, foreign(node.title)),
    ...(node.reason ? [element("p", {}, foreign(`It ${node.reason}.`))] : []),
    ...found.map((finding) => findingCard(finding, host)),
    element("dl", {}, ...figures(node, drawn).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
    part("Conditions", [...node.conditions, ...node.facts].map(condition), "h3"),
  ].filter((made) => made !== undefined);
}

function figures(node: PlanNode, drawn: Drawn): readonly (readonly [string, string])[] {
  const unit = drawn.unit === "ms" ? " ms" : "";
  const word = drawn.unit === "ms" ? "time" : "cost";
  const { blocks } = node;
  const share = `(${Math.round(node.share * 1000) / 10} % of the plan)`;
  return [
    [`Own ${word}`, `${grouped(node.own)}${unit} ${share}`],
    [`${word} with the nodes below`.replace(/^./, (letter) => letter.toUpperCase()), `${grouped(below(node, drawn))}${unit}`],
    ["Rows expected", grouped(node.expected_rows)],
    ...pair("Rows returned", node.actual_rows === undefined ? undefined : grouped(node.actual_rows)),
    ...pair("Estimate", node.misestimate && `${wrongBy(node.misestimate)} than expected: it is wrong here first`),
    ...pair("Loops", node.loops === undefined ? undefined : node.loops === 0 ? "never executed" : grouped(node.loops)),
    ["Planner's cost", `${grouped(node.total_cost)} a loop, in its own units, which are not time`],
    ...pair("Blocks of 8 kB", blocks && blocksText(blocks)),
  ];
}

const blocksText = ({ hit, read, temp }: NonNullable<PlanNode["blocks"]>) =>
  [hit > 0 && `${grouped(hit)} found in memory`, read > 0 && `${grouped(read)} read`, temp > 0 && `${grouped(temp)} of temporary files`]
    .filter(Boolean)
    .join(", ") || undefined;

const pair = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]];

/** A node stands before those below it. */
function below(node: PlanNode, { nodes }: Drawn): number {
  const inside = new Set([node.id]);
  let sum = node.own;
  for (const { id, parent = -1, own } of nodes) {
    if (!inside.has(parent)) continue;
    inside.add(id);
    sum += own;
  }
  return sum;
}

const condition = (text: string) => element("pre", { tabindex: text.length > 400 ? 0 : undefined }, text);
