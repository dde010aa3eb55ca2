import { isJson, type Json } from "./json.ts";
import { unreadable } from "./read-node.ts";
import { readText } from "./read-text.ts";
import { withoutEnding } from "./text-lines.ts";

/** A row of a client or all its rows, a list of statements, a statement itself, or any of these as text, JSON or not; at least one. */
export function statementsIn(value: unknown, depth = 0): readonly Json[] {
  if (depth > DEEPEST) throw unreadable("This is not a plan.");
  if (typeof value === "string") return statementsInText(value, depth);
  if (Array.isArray(value)) {
    const lines = value.map(cell);
    if (lines.length > 1 && lines.every((line) => typeof line === "string")) return statementsInText(lines.join("\n"), depth);
    if (value.length === 0) throw unreadable("This is an empty list and not a plan.");
    return value.flatMap((part) => statementsIn(part, depth + 1));
  }
  if (!isJson(value)) throw unreadable("This is not a plan.");
  const { "QUERY PLAN": inRow, Plan: plan } = value;
  if (inRow !== undefined) return statementsIn(inRow, depth + 1);
  if (!isJson(plan)) throw unreadable("This is not a plan.");
  return [value];
}

/** Rows that hold text that holds a list of statements, and one more. */
const DEEPEST = 6;

const cell = (row: unknown): unknown => (isJson(row) ? row["QUERY PLAN"] : row);

function statementsInText(text: string, depth: number): readonly Json[] {
  const unframed = withoutFrame(text);
  const json = jsonIn(text) ?? jsonIn(unframed);
  if (json !== undefined) return statementsIn(json, depth + 1);
  const plans = readText(text);
  if (plans.some(({ cut }) => cut)) throw unreadable("This plan is cut short: its last node lacks what is below it.");
  if (plans.length > 0) return plans.map(({ statement }) => statement);
  if (/^\s*[[{]/.test(unframed)) throw unreadable("This plan is cut short or damaged: it begins as JSON and does not end so.");
  throw unreadable(/\bScan (?:using|on) /.test(text) ? "This plan has no costs or rows; COSTS must stay on." : "This is not a plan.");
}

/** Undefined for what is no JSON. */
export function jsonIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text.replaceAll(IDENTIFIER, '"Query Identifier": "$1"'));
  } catch {
    return undefined;
  }
}

/** 64 bits are more than a number of JavaScript holds. */
const IDENTIFIER = /"Query Identifier": (-?\d+)/g;

/** psql draws a title and a line above, "+" at the end of each line and "(1 row)" below. */
const withoutFrame = (text: string) =>
  text
    .split(/\r?\n/)
    .filter((line) => !/^\s*(QUERY PLAN|-+|\(1 row\)|```\w*)\s*$/.test(line))
    .map((line) => withoutEnding(line, "+"))
    .join("\n");
