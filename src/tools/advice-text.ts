import { size, written } from "./advice-verdict.ts";
import { count, join, type ResponseFormat, renderBasis, renderLimits } from "./answer.ts";
import { existingLines } from "./existing-indexes.ts";
import { priceLines } from "./priced.ts";
import { rewriteLines } from "./rewritten.ts";
import type { Output } from "./suggest-indexes.ts";
import { triedLines } from "./tried-indexes.ts";

/** Refused candidates in a concise answer. */
const CONCISE_REFUSED = 5;
/** Characters of a concise answer that indexes may take. */
const CONCISE_INDEXES = 3_200;
const BUILD = "CONCURRENTLY lets writes go on while it builds, and cannot run in a transaction block.";
const UNIT = "Cost is the planner's unit, not time.";

export function renderAdvice(advice: Output, { response_format }: { readonly response_format: ResponseFormat }): string {
  const { basis, verdict, indexes, cost_before, limits, next } = advice;
  return join(
    [
      `${renderBasis(basis)}\n${renderExamined(advice)}`,
      verdict,
      triedLines(advice.tried),
      renderIndexes(indexes, response_format),
      indexes.length === 0 ? "" : cost_before === undefined ? BUILD : `${BUILD} ${UNIT}`,
      renderDepending(advice.depending ?? []),
      rewriteLines(advice.rewrites),
      existingLines(advice.existing, response_format),
      renderRefused(advice.refused, response_format),
      renderStatements(advice, response_format),
      renderNotPlanned(advice.statements),
      renderLimits(limits),
      next === undefined ? "" : `Next: ${next}`,
    ],
    response_format,
  );
}

function renderExamined({ examined }: Output): string {
  const { statements, planned, calls_covered, time_covered, since, tables, indexes, candidates, skipped } = examined;
  const share = time_covered === undefined ? "" : ` (${calls_covered} % of the calls, ${time_covered} % of the time)`;
  const counts = [
    `${planned} of ${count(statements, "statement")} planned${share}`,
    ...(since === undefined ? [] : [`counted since ${since.slice(0, 10)}`]),
    count(tables, "table"),
    count(indexes, "index"),
    count(candidates, "candidate"),
  ];
  return `Examined: ${counts.join(", ")}.${skipped.length > 0 ? ` Skipped: ${skipped.join("; ")}.` : ""}`;
}

/** The most useful first; in a concise answer as many as leave room for the rest. */
function renderIndexes(indexes: Output["indexes"], format: ResponseFormat): string {
  const all = indexes.map(renderIndex);
  let length = 0;
  const shown = all.filter((text, position) => {
    length += text.length;
    return position === 0 || format === "detailed" || length <= CONCISE_INDEXES;
  });
  const left = all.length - shown.length;
  return [...shown, ...(left > 0 ? [`… and ${left} more: response_format detailed`] : [])].join("\n");
}

function renderIndex(index: Output["indexes"][number], position: number): string {
  const { sql, undo, bytes, helps, confidence, confidence_why, notes } = index;
  const helped = helps.map(({ statement, cost_before, cost_after }) =>
    cost_before === undefined || cost_after === undefined
      ? `#${statement}`
      : `#${statement} ${written(cost_before)} -> ${written(cost_after)}`,
  );
  const facts = [...(bytes === undefined ? [] : [`about ${size(bytes)}`]), `helps ${helped.join(", ")}`, ...notes].join("; ");
  const why = bytes === undefined || confidence === "high" ? [] : [`confidence ${confidence}: ${confidence_why.join("; ")}`];
  return [`${position + 1}. ${sql}`, facts, ...priceLines(index), ...why, `undo: ${undo}`].join("\n").replaceAll("\n", "\n   ");
}

/** Those that are worth it under most spreads of values. */
const MOST_DEPENDING = 3;

function renderDepending(depending: NonNullable<Output["depending"]>): string {
  if (depending.length === 0) return "";
  const lines = depending
    .slice(0, MOST_DEPENDING)
    .map(
      ({ sql, chosen, spreads, columns, check }) =>
        `${sql}\n   worth it under ${chosen} of ${spreads} spreads of ${columns.join(", ")}; on the real server this tells which: ${check}`,
    );
  return ["DEPENDS on values:", ...lines].join("\n");
}

function renderRefused(refused: Output["refused"], format: ResponseFormat): string {
  if (refused.length === 0) return "";
  const shown = format === "concise" ? oneOfEach(refused).slice(0, CONCISE_REFUSED) : refused;
  const lines = shown.map(({ table, shape, reason }) => `${table} ${shape}: ${reason}`);
  const left = refused.length - shown.length;
  return ["Refused:", ...lines, ...(left > 0 ? [`… and ${left} more: response_format detailed`] : [])].join("\n");
}

/** Statements of a server's own workload, of which a concise answer names those that change. */
const CONCISE_STATEMENTS = 10;

/** A caller knows what it asked about, by its numbers. */
function renderStatements({ statements, examined }: Output, format: ResponseFormat): string {
  if (format === "detailed") return statements.flatMap(renderStatement).join("\n");
  if (examined.time_covered === undefined) return "";
  const changed = statements.filter(({ cost_before, cost_after }) => cost_before !== cost_after);
  return changed.slice(0, CONCISE_STATEMENTS).flatMap(renderStatement).join("\n");
}

/** Of a table and a reason: the others are like it. */
const oneOfEach = (refused: Output["refused"]) =>
  refused.filter(
    ({ table, reason }, position) => refused.findIndex((other) => other.table === table && other.reason === reason) === position,
  );

function renderStatement(statement: Output["statements"][number]) {
  const { number, sql, calls, mean_ms, cost_before, cost_after, plan_changes = [], not_planned } = statement;
  if (not_planned !== undefined) return [];
  const weight = calls === 1 ? "" : ` x ${calls}`;
  const measured = mean_ms === undefined ? "" : ` (${written(mean_ms)} ms)`;
  const costs = cost_before === undefined || cost_after === undefined ? "" : ` ${written(cost_before)} -> ${written(cost_after)}`;
  return [`#${number}${weight}${measured}${costs}: ${sql}`, ...plan_changes.map((change) => `   ${change}`)];
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
