import { written } from "./advice-verdict.ts";
import type { Output } from "./analyze-query.ts";
import { join, type ResponseFormat, renderBasis, renderExamined, renderFindings, renderLimits, tally } from "./answer.ts";
import { CHEAP, indexLines } from "./query-improvement.ts";
import { preparedLines } from "./query-prepared.ts";
import { reachLines } from "./query-reach.ts";
import { unusedLines } from "./query-unused.ts";
import { rewriteLines } from "./rewritten.ts";
import { triedLines } from "./tried-indexes.ts";

/** Characters of a concise answer: 1,500 tokens at a quarter of a token each, less what is put before it. */
const CONCISE = 5_800;
/** Lines of the plan, tried one after the other until an answer is short enough. */
const ROOM = [16, 10, 6, 0] as const;
/** Statements that pass in a concise answer. */
const CONCISE_PASSED = 10;

export function renderQuery(answer: Output, format: ResponseFormat): string {
  if (format === "detailed") return text(answer, format, Number.POSITIVE_INFINITY);
  const tried = ROOM.map((lines) => text(answer, format, lines));
  return tried.find((each) => each.length <= CONCISE) ?? `${(tried.at(-1) ?? "").slice(0, CONCISE - NOTE.length)}${NOTE}`;
}

const NOTE = "\n… cut: response_format detailed shows more.";

function text(answer: Output, format: ResponseFormat, lines: number): string {
  const { basis, examined, limits, next, tried, statements } = answer;
  const body = statements.length === 1 ? one(answer, statements[0], { format, lines }) : several(answer, { format, lines });
  return join(
    [
      `${renderBasis(basis)}\n${renderExamined(examined)}`,
      ...body,
      triedLines(tried),
      renderLimits(limits),
      next === undefined ? "" : `Next: ${next}`,
    ],
    format,
  );
}

interface Told {
  readonly format: ResponseFormat;
  /** Of a plan's tree. */
  readonly lines: number;
}

type Statement = Output["statements"][number];
type Plan = NonNullable<Output["plan"]>;

function one(answer: Output, statement: Statement | undefined, { format, lines }: Told): readonly string[] {
  const { verdict, because, findings, plan, reach, rewrites, indexes } = answer;
  const reasons = because.length === 0 ? "nothing found" : because.join("; ");
  return [
    [
      `Verdict: ${verdict}. ${asSentence(reasons)}${infos(findings)}`,
      ...measuredLine(statement?.measured, plan),
      ...(plan ? planLines(plan) : []),
    ].join("\n"),
    renderFindings(findings, format),
    reach.flatMap((each) => reachLines(each, format)).join("\n"),
    rewriteLines(rewrites),
    indexLines(indexes, findings).join("\n"),
    unusedLines(answer.unused_indexes ?? []).join("\n"),
    preparedLines(answer.prepared ?? []).join("\n"),
    plan ? tree(plan, lines) : "",
  ];
}

/** Those that are worse than pass with all that is said of them, the others in a line. */
function several(answer: Output, told: Told): readonly string[] {
  const { verdict, statements } = answer;
  const counts = ["block", "warn", "unknown", "pass"].flatMap((each) => {
    const number = statements.filter((statement) => statement.verdict === each).length;
    return number === 0 ? [] : [`${number} ${each}`];
  });
  const passed = statements.filter((statement) => isPlain(statement, answer));
  const shown =
    told.format === "detailed" ? statements : statements.filter((each) => !passed.includes(each) || passed.indexOf(each) < CONCISE_PASSED);
  const left = statements.length - shown.length;
  return [
    `Verdict: ${verdict}. ${statements.length} statements: ${counts.join(", ")}.`,
    ...shown.map((statement) => ofSeveral(statement, answer, told)),
    left > 0 ? `… and ${left} more that pass: response_format detailed` : "",
  ];
}

const isPlain = ({ number, verdict }: Statement, { findings, indexes, rewrites }: Output) =>
  verdict === "pass" && ![...findings, ...indexes, ...rewrites].some(({ statement }) => statement === number);

function ofSeveral(statement: Statement, answer: Output, { format, lines }: Told): string {
  const { number, sql, verdict, because, measured, plan } = statement;
  const own = <Each extends { readonly statement?: number | undefined }>(all: readonly Each[]) =>
    all.filter((each) => each.statement === number);
  const parts = [
    `#${number} ${verdict}: ${sql}`,
    ...(because.length > 0 ? [asSentence(because.join("; "))] : []),
    ...measuredLine(measured, plan),
    ...(plan ? planLines(plan) : []),
    renderFindings(own(answer.findings), format),
    ...own(answer.reach).flatMap((each) => reachLines(each, format)),
    rewriteLines(own(answer.rewrites)),
    ...indexLines(own(answer.indexes), own(answer.findings)),
    ...unusedLines(own(answer.unused_indexes ?? [])),
    ...preparedLines(own(answer.prepared ?? [])),
    ...(plan && format === "detailed" ? [tree(plan, lines)] : []),
  ];
  return parts
    .filter((part) => part !== "")
    .join("\n")
    .replaceAll("\n", "\n   ");
}

const asSentence = (reasons: string) => `${reasons.charAt(0).toUpperCase()}${reasons.slice(1).replace(/\.$/, "")}.`;

/** What is only worth knowing is no reason of a verdict. */
function infos(findings: Output["findings"]): string {
  const only = findings.filter(({ severity }) => severity === "info");
  return only.length === 0 ? "" : ` Also ${tally(only)}.`;
}

function measuredLine(measured: Statement["measured"], plan: Plan | undefined): readonly string[] {
  if (!measured || measured.total_ms === undefined) return [];
  const { executions, total_ms, slowest_ms, plans } = measured;
  if (executions === 1) return plan?.execution_ms === undefined ? [`Measured: ${written(total_ms)} ms.`] : [];
  const worst = slowest_ms === undefined ? "" : `, the slowest ${written(slowest_ms)} ms`;
  return [`Measured: ${executions} executions, ${written(total_ms)} ms in all${worst}${plans > 1 ? `, ${plans} different plans` : ""}.`];
}

/** The few nodes that matter, and why. In a cheap plan none does. */
function planLines({ total_cost, execution_ms, costly = [] }: Plan): readonly string[] {
  const [first] = costly;
  if (total_cost === undefined || !first || (first.unit === "cost" && total_cost < CHEAP)) return [];
  const time = execution_ms === undefined ? "by time" : `by time, ${written(execution_ms)} ms`;
  const whole = first.unit === "cost" ? `planner cost ${written(total_cost)}` : time;
  const nodes = costly.map(({ node, share, reason }) => `${node} (${Math.round(share * 100)} %): ${reason}`);
  return [`Most of the plan, ${whole}:`, ...nodes.map((node) => `   ${node}`)];
}

function tree({ tree, total_cost }: Plan, lines: number): string {
  const all = tree.split("\n");
  const shown = all.length <= lines ? all : [...all.slice(0, Math.max(0, lines - 1)), "… (response_format detailed shows all)"];
  if (lines === 0) return "";
  return ["Plan:", ...shown, ...(total_cost === undefined ? [] : ["Cost is the planner's unit, not time."])].join("\n");
}
