import type { ResponseFormat } from "./answer.ts";
import { count } from "./answer.ts";
import type { SlowQuery } from "./slow-figures.ts";
import type { PlanTold } from "./slow-plans.ts";
import type { SuspectTold } from "./slow-suspects.ts";

/** Characters of a statement in a concise text: ten of them, with their figures, fit into it. */
const SHORT = 160;

const numbers = (number: number, digits = 1) => number.toLocaleString("en-US", { maximumFractionDigits: digits });
const time = (milliseconds: number) => (milliseconds >= 10_000 ? `${numbers(milliseconds / 1_000)} s` : `${numbers(milliseconds, 2)} ms`);
const indented = (text: string) => text.replaceAll(/^/gm, "   ");

export function renderQueries(queries: readonly SlowQuery[], format: ResponseFormat): string {
  return queries.map((query) => renderQuery(query, format)).join("\n");
}

function renderQuery(query: SlowQuery, format: ResponseFormat): string {
  const { number, calls, total_ms, share, findings, within_functions } = query;
  const rows = query.rows_per_call;
  const head = [
    `${time(total_ms)} (${numbers(share)} %)`,
    `${count(calls, "call").replace(/^\d+/, numbers(calls))}`,
    meanOf(query),
    `${numbers(rows, 2)} ${rows === 1 ? "row" : "rows"} a call`,
    ...blocksOf(query),
    ...(within_functions ? ["only within functions"] : []),
  ].join(", ");
  return [
    `${number}. ${head}`,
    indented(textOf(query, format)),
    ...changeOf(query).map(indented),
    ...findings.map(({ severity, rule, message }) => indented(`${severity} ${rule}. ${message}`)),
  ].join("\n");
}

function meanOf({ mean_ms, stddev_ms, max_ms }: SlowQuery): string {
  const most = max_ms === undefined ? "" : `, at most ${time(max_ms)}`;
  return `mean ${time(mean_ms)} (deviation ${time(stddev_ms)}${most})`;
}

/** Of 8 kB. */
const BLOCK_MB = 128;

function blocksOf({ blocks_hit, blocks_read, temp_blocks, read_ms }: SlowQuery): readonly string[] {
  const all = blocks_hit + blocks_read;
  const reading = read_ms === undefined || read_ms === 0 ? "" : ` in ${time(read_ms)}`;
  return [
    ...(blocks_read > 0 ? [`${numbers(blocks_read, 0)} of ${numbers(all, 0)} blocks from outside shared buffers${reading}`] : []),
    ...(temp_blocks > 0 ? [`${numbers(temp_blocks / BLOCK_MB)} MB of temporary files`] : []),
  ];
}

function textOf({ sql }: SlowQuery, format: ResponseFormat): string {
  if (format === "detailed") return sql;
  const line = sql.replaceAll(/\s+/g, " ").trim();
  return line.length <= SHORT ? line : `${line.slice(0, SHORT - 1)}…`;
}

function changeOf({ change, anew, before, mean_ms, calls_per_day, total_ms_per_day }: SlowQuery): readonly string[] {
  if (change === undefined) return [];
  const then = before === undefined ? "" : `: mean ${time(before.mean_ms)} -> ${time(mean_ms)}`;
  const daily = calls_per_day === undefined ? "" : `; ${numbers(calls_per_day, 0)} calls and ${time(total_ms_per_day ?? 0)} a day`;
  return [`${change}${then}${daily}${anew ? "; counted anew meanwhile" : ""}`];
}

/** Suspects in a concise text. */
const FEW = 3;

export function renderSuspects(suspects: readonly SuspectTold[], format: ResponseFormat): string {
  if (suspects.length === 0) return "";
  const shown = format === "concise" ? suspects.slice(0, FEW) : suspects;
  const lines = shown.map(({ statement, message, instead }) => `#${statement}. ${message} ${instead}`);
  const left = suspects.length - shown.length;
  const more = left > 0 ? [`… and ${left} more: response_format detailed`] : [];
  return ["Lookups by one key that are sent very often (N+1), going by counts:", ...lines, ...more].join("\n");
}

export function renderPlans(plans: readonly PlanTold[]): string {
  if (plans.length === 0) return "";
  const lines = plans.flatMap(({ statement, verdict, because, plan_changes, cost_before = 0, cost_now = 0, differences, why }) => {
    const costs = `planner cost ${numbers(cost_before)} -> ${numbers(cost_now)}`;
    const head =
      verdict === "not planned"
        ? `not planned: ${why}`
        : verdict === "flipped"
          ? `another plan because of ${because.join(" or ")}; ${costs}`
          : `the same plan, so look at rows a call, blocks and waiting; ${costs}`;
    return [
      `#${statement}. ${head}`,
      ...plan_changes.map(indented),
      ...differences.map((difference) => indented(`differs: ${difference}`)),
    ];
  });
  return ["Planned with what the snapshot has, and with what there is now:", ...lines].join("\n");
}
