import { isOurs } from "../catalog/query.ts";
import type { StatementUsage } from "../catalog/workload.ts";
import { maskedStatement } from "../sql/masked.ts";
import { parseStatements } from "../sql/parse.ts";
import type { Given } from "./workload.ts";

/** What a server counted, as far as it is planned. */
export interface ServerWorkload {
  /** The one that took most time first. */
  readonly given: readonly Given[];
  /** Of all that a plan could be made for: distinct statements, their calls, and their milliseconds. */
  readonly statements: number;
  readonly calls: number;
  readonly time: number;
  /** Whose texts are no whole statements. */
  readonly unreadable: number;
  /** That took too little time to be looked at. */
  readonly left: number;
}

/** More would take longer to plan than what they bring: those that took most time make up nearly all of it. */
const MOST = 200;

interface Counted {
  readonly calls: number;
  readonly time: number;
}

/** `counted`: most total time first. Our own statements are left out, and utility statements. */
export async function readServerWorkload(counted: readonly StatementUsage[]): Promise<ServerWorkload> {
  const others = counted.filter(({ text }) => !isOurs(text) && hasPlan(text));
  const { merged, unreadable, left } = await mergedIn(others);
  const given: Given[] = [];
  for (const [text, { calls, time }] of merged) {
    const [statement] = await parseStatements(text);
    if (statement) given.push({ number: given.length + 1, weight: calls, text, time, read: { statement } });
  }
  return {
    given,
    statements: given.length + unreadable + left,
    ...sumOf(others.map(({ calls, totalTime }) => ({ calls, time: totalTime }))),
    unreadable,
    left,
  };
}

const sumOf = (parts: readonly Counted[]): Counted => ({
  calls: parts.reduce((sum, { calls }) => sum + calls, 0),
  time: parts.reduce((sum, { time }) => sum + time, 0),
});

/** Counted for clients, and for functions and other statements that ran it. */
interface Sides {
  readonly top: Counted;
  readonly nested: Counted;
}

/** The same statement of several roles, or behind other comments, is counted several times. */
async function mergedIn(others: readonly StatementUsage[]) {
  const sides = new Map<string, Sides>();
  let [unreadable, left] = [0, 0];
  for (const { text, calls, totalTime: time, topLevel } of others) {
    const masked = sides.size < MOST ? await maskedStatement(text) : undefined;
    const { top, nested } = sides.get(masked ?? "") ?? nowhere;
    const more = { calls, time };
    if (masked !== undefined) sides.set(masked, topLevel ? { top: sumOf([top, more]), nested } : { top, nested: sumOf([nested, more]) });
    else if (sides.size < MOST) unreadable += 1;
    else left += 1;
  }
  return { merged: new Map(Array.from(sides, ([text, both]) => [text, together(both)])), unreadable, left };
}

const nothing: Counted = { calls: 0, time: 0 };
const nowhere: Sides = { top: nothing, nested: nothing };

/** What CREATE TABLE AS runs is counted once more (`pg_stat_statements.track = all`), so the two sides are not added up. */
const together = ({ top, nested }: Sides): Counted => ({
  calls: Math.max(top.calls, nested.calls),
  time: Math.max(top.time, nested.time),
});

/** By its first words: most that a server counts is not worth parsing. */
export function hasPlan(text: string): boolean {
  const start = text.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/|\()+/, "");
  return /^(?:select|with|insert|update|delete|merge|values|table|declare|prepare|copy(?=\s*\())\b|^create\b[\s\S]*?\b(?:table|view)\b[\s\S]*?\bas\b/i.test(
    start,
  );
}
