import type { Output } from "../../tools/analyze-query.ts";
import type { QueryPicture } from "../../tools/query-picture.ts";
import { counted, findingCard, grouped, part, sqlBlock } from "../advice.ts";
import { element, foreign } from "../element.ts";
import type { Host } from "../host.ts";
import { show, type Told } from "../show.ts";
import { detailOf } from "./detail.ts";
import { type Drawn, treeOf } from "./tree.ts";

type Statement = Output["statements"][number];
type QueryTold = Told<Output, QueryPicture>;

/** One statement at a time; the worst first where there are several. */
function draw(told: QueryTold, host: Host): readonly Node[] {
  const { statements } = told.answer;
  const body = element("div");
  const pick = (number: string) => {
    const chosen = statements.find((statement) => String(statement.number) === number);
    if (chosen) body.replaceChildren(...drawStatement(chosen, told, host));
  };
  const worst = statements.find(({ verdict }) => verdict === told.answer.verdict) ?? statements[0];
  pick(String(worst?.number));
  if (statements.length < 2) return [body];
  const options = statements.map(({ number, verdict, sql }) =>
    element("option", { value: number, selected: number === worst?.number }, `#${number} ${verdict}: ${sql.slice(0, 80)}`),
  );
  const choice = element("select", { "aria-label": "Statement" }, ...options);
  choice.addEventListener("change", () => pick(choice.value));
  return [choice, body];
}

function drawStatement(statement: Statement, told: QueryTold, host: Host): readonly Node[] {
  const { answer } = told;
  const drawn = drawnOf(statement, told);
  const placed = new Set(drawn?.nodes.flatMap(({ findings }) => findings) ?? []);
  const ours = <Of extends { readonly statement: number }>(list: readonly Of[]) => list.filter((one) => one.statement === statement.number);
  const plan = answer.plan ?? statement.plan;
  return [
    header(statement, told),
    drawn
      ? tree(drawn, host)
      : element("section", {}, plan ? element("pre", { tabindex: 0 }, plan.tree) : foreign("There is no plan in this answer.")),
    part(
      "Found in the statement",
      findingsOf(statement, answer).flatMap((finding, at) => (placed.has(at) ? [] : [findingCard(finding, host)])),
    ),
    part("Indexes that would help", ours(answer.indexes).map(indexCard)),
    part("Other texts with the same rows", ours(answer.rewrites).map(rewriteCard)),
    part(
      "Not seen",
      answer.limits.length === 0 ? [] : [element("ul", {}, ...answer.limits.map((limit) => element("li", {}, foreign(limit))))],
    ),
  ].filter((node) => node !== undefined);
}

/** Findings are numbered within their statement. */
const findingsOf = ({ number }: Statement, { findings }: Output) => findings.filter(({ statement = number }) => statement === number);

function drawnOf(statement: Statement, { answer, picture }: QueryTold): Drawn | undefined {
  const own = picture?.plans.find((plan) => plan.statement === statement.number);
  const view = own?.view ?? (answer.plan ?? statement.plan)?.view;
  return view && { ...view, left: own?.left ?? 0, remarks: findingsOf(statement, answer) };
}

function header({ sql, verdict, because, refused, plan: own }: Statement, { answer, picture }: QueryTold): HTMLElement {
  const plan = answer.plan ?? own;
  const { source, planner } = answer.basis;
  const nodes = picture?.plans.length === 1 ? picture.plans[0]?.view.nodes.length : undefined;
  const facts = [
    nodes !== undefined && counted(nodes, "node"),
    plan?.execution_ms !== undefined && `${grouped(plan.execution_ms)} ms`,
    plan?.total_cost !== undefined && `cost ${grouped(plan.total_cost)}`,
    planner !== undefined && `planned by ${planner}`,
    source !== "none" && `from ${source}`,
  ].filter((fact) => fact !== false);
  return element(
    "header",
    {},
    element("h1", {}, element("span", { class: `verdict ${verdict}` }, verdict), " ", foreign(because.join("; "))),
    element("p", { class: "faint" }, facts.join(" · ")),
    refused !== undefined && element("p", { class: "wrong" }, foreign(refused)),
    sql !== "" && element("pre", { tabindex: 0, role: "region", "aria-label": "Statement" }, sql),
  );
}

function tree(drawn: Drawn, host: Host): HTMLElement {
  const detail = element("section", { class: "detail", "aria-live": "polite", "aria-label": "Chosen node" });
  const made = treeOf(drawn, (node) => detail.replaceChildren(...detailOf(node, drawn, host)));
  const left = drawn.left > 0 && element("p", { class: "faint" }, `${counted(drawn.left, "node")} more are not drawn.`);
  return element("section", { class: "panes" }, element("div", { class: "scroll" }, made, left), detail);
}

const costs = ({ cost_before, cost_after }: { readonly cost_before?: number | undefined; readonly cost_after?: number | undefined }) =>
  cost_before !== undefined && cost_after !== undefined ? `cost ${grouped(cost_before)} → ${grouped(cost_after)}` : "";

const indexCard = (index: Output["indexes"][number]) =>
  element(
    "article",
    { class: "finding" },
    element("p", {}, foreign([index.table, costs(index)].filter(Boolean).join(" · "))),
    index.plan_changes.length > 0 &&
      element("ul", { class: "faint" }, ...index.plan_changes.map((change) => element("li", {}, foreign(change)))),
    sqlBlock("Create", index.sql),
    sqlBlock("Undo", index.undo),
  );

const rewriteCard = (rewrite: Output["rewrites"][number]) =>
  element(
    "article",
    { class: "finding" },
    element("p", {}, foreign([rewrite.pattern, costs(rewrite)].filter(Boolean).join(" · "))),
    element("p", {}, `Same rows in ${rewrite.same_rows} of ${rewrite.data_sets} generated data sets.`),
    rewrite.holds_if !== undefined && element("p", {}, foreign(`Holds if ${rewrite.holds_if}`)),
    sqlBlock("Rewritten", rewrite.sql),
  );

void show<Output, QueryPicture>({ name: "backend-db-mcp-plan", draw });
