import type { Finding } from "../../finding.ts";
import type { QueryPicture } from "../../tools/query-picture.ts";
import { grouped } from "../advice.ts";
import { element, foreign, spoken } from "../element.ts";

type View = QueryPicture["plans"][number]["view"];
export type PlanNode = View["nodes"][number];

export interface Drawn extends View {
  /** Nodes that are not drawn. */
  readonly left: number;
  /** The findings of the statement. */
  readonly remarks: readonly Finding[];
}

interface Row {
  readonly node: PlanNode;
  readonly level: number;
  readonly children: readonly number[];
  readonly item: HTMLElement;
}

/** Keys and their meaning: https://www.w3.org/WAI/ARIA/apg/patterns/treeview/ */
export function treeOf(drawn: Drawn, choose: (node: PlanNode) => void): HTMLElement {
  const rows = rowsOf(drawn);
  const { unit, nodes } = drawn;
  const items = [...rows.values()].map(({ item }) => item);
  const shape = `tree by-${unit} ${nodes.some(({ misestimate }) => misestimate) ? "wrongly" : "rightly"}`;
  const tree = element("div", { role: "tree", "aria-label": "Query plan" }, ...items);
  const closed = new Set<number>();
  const visible = () => [...rows.values()].filter(({ node }) => ancestors(node, rows).every((id) => !closed.has(id)));
  const select = (id: number, focus: boolean) => {
    const row = rows.get(id);
    if (!row) return;
    for (const { item } of rows.values()) {
      const chosen = item === row.item;
      item.setAttribute("aria-selected", String(chosen));
      item.tabIndex = chosen ? 0 : -1;
    }
    if (focus) row.item.focus();
    choose(row.node);
  };
  const fold = (id: number, close: boolean) => {
    const row = rows.get(id);
    if (!row || row.children.length === 0) return;
    if (close) closed.add(id);
    else closed.delete(id);
    row.item.setAttribute("aria-expanded", String(!close));
    const shown = new Set(visible().map(({ node }) => node.id));
    for (const { node, item } of rows.values()) item.hidden = !shown.has(node.id);
  };
  tree.addEventListener("click", ({ target }) => {
    const item = target instanceof Element ? target.closest<HTMLElement>("[role=treeitem]") : null;
    const id = Number(item?.dataset.id);
    if (!item) return;
    if (target instanceof Element && target.closest(".fold")) fold(id, !closed.has(id));
    select(id, true);
  });
  tree.addEventListener("keydown", (event) => {
    const id = Number((document.activeElement as HTMLElement | null)?.dataset.id);
    const row = rows.get(id);
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = stepFor(event.key, { row, shown: visible().map(({ node }) => node.id), isClosed: closed.has(id) });
    if (!step) return;
    event.preventDefault();
    if (step.fold !== undefined) fold(id, step.fold);
    if (step.to !== undefined) select(step.to, true);
  });
  select(heaviest(drawn), false);
  return element("div", { class: shape }, headings(drawn), tree);
}

/** What is read out with each node stands over the columns for the eye. */
const headings = ({ unit, nodes }: View) =>
  element(
    "div",
    { class: "headings faint", "aria-hidden": "true" },
    element("span", {}, "Node"),
    element("span", { class: "own" }, unit === "ms" ? "Own time" : "Own cost"),
    element("span", { class: "rows" }, nodes.some(({ actual_rows }) => actual_rows !== undefined) ? "Rows of expected" : "Rows expected"),
    unit === "ms" && element("span", { class: "cost" }, "Cost"),
    element("span", { class: "off" }, "Estimate"),
  );

interface Standing {
  readonly row: Row;
  /** Ids, from top to bottom. */
  readonly shown: readonly number[];
  readonly isClosed: boolean;
}

/** What a key does: to which node it goes, or whether it closes this one. */
function stepFor(
  key: string,
  { row, shown, isClosed }: Standing,
): { readonly to?: number | undefined; readonly fold?: boolean } | undefined {
  const at = shown.indexOf(row.node.id);
  const isParent = row.children.length > 0;
  switch (key) {
    case "ArrowDown":
      return { to: shown[at + 1] };
    case "ArrowUp":
      return { to: shown[at - 1] };
    case "Home":
      return { to: shown[0] };
    case "End":
      return { to: shown.at(-1) };
    case "ArrowRight":
      return isParent && isClosed ? { fold: false } : { to: row.children[0] };
    case "ArrowLeft":
      return isParent && !isClosed ? { fold: true } : { to: row.node.parent };
    case "Enter":
    case " ":
      return isParent ? { fold: !isClosed, to: row.node.id } : { to: row.node.id };
    default:
      return undefined;
  }
}

function rowsOf(drawn: Drawn): ReadonlyMap<number, Row> {
  const { nodes } = drawn;
  const rows = new Map<number, Row>();
  for (const node of nodes) {
    const level = (node.parent === undefined ? 0 : (rows.get(node.parent)?.level ?? 0)) + 1;
    const siblings = nodes.filter(({ parent }) => parent === node.parent);
    const children = nodes.filter(({ parent }) => parent === node.id).map(({ id }) => id);
    const place = { position: siblings.indexOf(node) + 1, of: siblings.length };
    rows.set(node.id, { node, level, children, item: itemFor(node, drawn, { level, isParent: children.length > 0, ...place }) });
  }
  return rows;
}

interface Place {
  readonly level: number;
  readonly position: number;
  readonly of: number;
  readonly isParent: boolean;
}

function itemFor(node: PlanNode, { unit, remarks }: Drawn, { level, position, of, isParent }: Place): HTMLElement {
  const found = node.findings.flatMap((at) => remarks[at] ?? []);
  const item = element(
    "div",
    {
      ...{ role: "treeitem", "data-id": node.id, "aria-level": level, "aria-posinset": position, "aria-setsize": of },
      ...{ "aria-expanded": isParent ? "true" : undefined, "aria-selected": "false", tabindex: -1 },
    },
    element(
      "span",
      { class: "name" },
      element("span", { class: isParent ? "fold" : "leaf", "aria-hidden": "true" }),
      element("span", {}, node.subplan !== undefined && foreign(`${node.subplan}: `, "faint"), foreign(node.title)),
      found.length > 0 && badge(found),
    ),
    element("span", { class: "own" }, ownOf(node, unit), spoken(` of the ${unit === "ms" ? "time" : "cost"}`)),
    element("span", { class: "rows" }, rowsText(node), spoken(" rows expected")),
    unit === "ms" && element("span", { class: "cost" }, spoken("cost "), grouped(node.total_cost)),
    element("span", { class: "off" }, ...(node.misestimate ? [wrongBy(node.misestimate), spoken(" than expected")] : [])),
  );
  item.style.setProperty("--level", String(level));
  item.style.setProperty("--share", String(node.share));
  return item;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const ownOf = ({ own, share }: PlanNode, unit: View["unit"]) =>
  `${unit === "ms" ? `${grouped(own)} ms` : grouped(own)} · ${percent(share)}`;

const rowsText = ({ actual_rows, expected_rows }: PlanNode) =>
  actual_rows === undefined ? `~${grouped(expected_rows)}` : `${grouped(actual_rows)} of ~${grouped(expected_rows)}`;

export const wrongBy = ({ error, factor }: NonNullable<PlanNode["misestimate"]>) => `${grouped(factor)}× ${error}`;

const badge = (found: readonly Finding[]) =>
  element("span", { class: `badge ${found[0]?.severity}` }, String(found.length), spoken(found.length === 1 ? " finding" : " findings"));

function ancestors(node: PlanNode, rows: ReadonlyMap<number, Row>): readonly number[] {
  const above: number[] = [];
  for (let at = node.parent; at !== undefined; at = rows.get(at)?.node.parent) above.push(at);
  return above;
}

const heaviest = ({ nodes }: Drawn) => nodes.reduce((most, node) => (node.share > most.share ? node : most), nodes[0] as PlanNode).id;
