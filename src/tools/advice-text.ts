import type { Advice } from "../indexes/advise.ts";
import { count, join, type ResponseFormat, renderBasis, renderLimits } from "./answer.ts";
import type { Output } from "./suggest-indexes.ts";

/** Refused candidates in a concise answer. */
const CONCISE_REFUSED = 5;
const BUILD = "CONCURRENTLY lets writes go on while it builds, and cannot run in a transaction block.";
const UNIT = "Cost is the planner's unit, not time.";

export function renderAdvice(advice: Output, { response_format }: { readonly response_format: ResponseFormat }): string {
  const { basis, verdict, indexes, cost_before, limits, next } = advice;
  return join(
    [
      `${renderBasis(basis)}\n${renderExamined(advice)}`,
      verdict,
      indexes.map(renderIndex).join("\n"),
      indexes.length === 0 ? "" : cost_before === undefined ? BUILD : `${BUILD} ${UNIT}`,
      renderRefused(advice.refused, response_format),
      response_format === "detailed" ? advice.statements.flatMap(renderStatement).join("\n") : "",
      renderNotPlanned(advice.statements),
      renderLimits(limits),
      next === undefined ? "" : `Next: ${next}`,
    ],
    response_format,
  );
}

function renderExamined({ examined: { statements, planned, tables, indexes, candidates, skipped } }: Output): string {
  const counts = [
    `${planned} of ${count(statements, "statement")} planned`,
    count(tables, "table"),
    count(indexes, "index"),
    count(candidates, "candidate"),
  ];
  return `Examined: ${counts.join(", ")}.${skipped.length > 0 ? ` Skipped: ${skipped.join("; ")}.` : ""}`;
}

interface Summed {
  readonly cost_before?: number;
  readonly cost_after?: number;
  readonly planned: number;
  readonly told: boolean;
}

export function verdictOf({ chosen, candidates, statements }: Advice, { cost_before = 0, cost_after = 0, planned, told }: Summed): string {
  if (planned === 0) return "No statement could be planned.";
  if (candidates === 0) return "Nothing to try: no condition, join or order is on a plain column.";
  if (chosen.length === 0) {
    const none = `Add none: of ${count(candidates, "candidate")} no one`;
    return told ? `${none} makes a plan at least 5 % cheaper.` : `${none} is worth its keep, if values are spread as assumed.`;
  }
  const bytes = chosen.reduce((sum, each) => sum + each.bytes, 0);
  const dearer = statements.flatMap((each) => (each.refused === undefined && each.after > each.before * 1.001 ? [`#${each.number}`] : []));
  const added = `Add ${chosen.length} of ${count(candidates, "candidate")}`;
  const regressions = dearer.length === 0 ? "No statement gets dearer." : `Dearer: ${dearer.join(", ")}.`;
  if (!told)
    return `${added}, the most useful first, if values are spread as assumed${dearer.length === 0 ? "" : `. Less useful with them: ${dearer.join(", ")}`}.`;
  return `${added}, ${size(bytes)}. Weighted planner cost ${written(cost_before)} -> ${written(cost_after)}. ${regressions}`;
}

const MB = 1024 * 1024;

const size = (bytes: number) => (bytes >= MB ? `${(bytes / MB).toFixed(1)} MB` : `${Math.round(bytes / 1024)} kB`);
const written = (number: number) => number.toLocaleString("en-US", { maximumFractionDigits: number < 100 ? 2 : 0 });

function renderIndex({ sql, undo, bytes, helps, notes }: Output["indexes"][number], position: number): string {
  const helped = helps.map(({ statement, cost_before, cost_after }) =>
    cost_before === undefined || cost_after === undefined
      ? `#${statement}`
      : `#${statement} ${written(cost_before)} -> ${written(cost_after)}`,
  );
  const facts = [...(bytes === undefined ? [] : [`about ${size(bytes)}`]), `helps ${helped.join(", ")}`, ...notes].join("; ");
  return `${position + 1}. ${sql.replaceAll("\n", "\n   ")}\n   ${facts}\n   undo: ${undo}`;
}

function renderRefused(refused: Output["refused"], format: ResponseFormat): string {
  if (refused.length === 0) return "";
  const shown = format === "concise" ? refused.slice(0, CONCISE_REFUSED) : refused;
  const lines = shown.map(({ table, columns, reason }) => `${table} (${columns.join(", ")}): ${reason}`);
  const left = refused.length - shown.length;
  return ["Refused:", ...lines, ...(left > 0 ? [`… and ${left} more: response_format detailed`] : [])].join("\n");
}

function renderStatement({ number, sql, calls, cost_before, cost_after, not_planned }: Output["statements"][number]): readonly string[] {
  if (not_planned !== undefined) return [];
  const weight = calls === 1 ? "" : ` x ${calls}`;
  const costs = cost_before === undefined || cost_after === undefined ? "" : ` ${written(cost_before)} -> ${written(cost_after)}`;
  return [`#${number}${weight}${costs}: ${sql}`];
}

/** Statements with the same fault share a line. */
function renderNotPlanned(statements: Output["statements"]): string {
  const reasons = new Set(statements.flatMap(({ not_planned }) => not_planned ?? []));
  const lines = [...reasons].map((reason) => {
    const numbers = statements.filter(({ not_planned }) => not_planned === reason).map(({ number }) => `#${number}`);
    return `Not planned: ${numbers.join(", ")}: ${reason}`;
  });
  return lines.join("\n");
}
