import { ToolError } from "../error.ts";
import { tokensOf } from "./grammar.ts";
import { kindOf } from "./walk.ts";

/** Levels of parse tree. Beyond some 6,000 the parser exhausts the stack of its process, and with it itself for good. */
const LEVELS = 1000;

/** The shortest nested thing, an operator with a blank, takes two characters. */
const HARMLESS_LENGTH = 2 * LEVELS;

/** Before the parser sees it: an upper bound of the tree's depth, counted in the text's tokens. */
export function refuseDeepText(text: string): void {
  if (text.length > HARMLESS_LENGTH && depthOfText(text) > LEVELS) throw tooDeep();
}

/** After: every walk over a tree may recurse. */
export function refuseDeepTree(root: unknown): void {
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const { value, depth } = step;
    if (typeof value !== "object" || value === null) continue;
    if (depth > LEVELS) throw tooDeep();
    const below = Array.isArray(value) || kindOf(value) ? depth : depth + 1;
    for (const child of Object.values(value)) stack.push({ value: child, depth: below });
  }
}

export const tooDeep = () =>
  new ToolError("too_large", `The SQL is nested more than ${LEVELS} levels deep. Break long chains of operators or UNIONs into parts.`);

interface Frame {
  /** Operators since the last comma, AND or clause: each may put all before it one level deeper. */
  chain: number;
  /** The deepest parenthesis of this stretch. */
  inside: number;
  deepest: number;
  /** UNIONs and joins, which chain over commas and clauses. */
  sets: number;
}

const opening = new Set(["(", "[", "case"]);
const closing = new Set([")", "]", "end"]);
const sets = new Set(["union", "intersect", "except", "join"]);
const chaining = new Set(["not", "is", "at", "collate", "operator"]);
const separating = new Set(
  ", ; and or select from where group order having limit offset values set returning on using when then else".split(" "),
);

function depthOfText(text: string): number {
  const frames: Frame[] = [newFrame()];
  let deepest = 0;
  for (const { text: written } of tokensOf(text)) {
    const token = written.toLowerCase();
    const frame = frames.at(-1) ?? newFrame();
    if (opening.has(token)) frames.push(newFrame());
    else if (closing.has(token)) close(frames);
    else if (sets.has(token)) frame.sets++;
    else if (chaining.has(token) || isOperator(token)) frame.chain++;
    else if (separating.has(token)) closeStretch(frame);
    deepest = Math.max(deepest, frames.length, depthOf(frame));
  }
  return deepest;
}

const newFrame = (): Frame => ({ chain: 0, inside: 0, deepest: 0, sets: 0 });
const isOperator = (token: string) => /^[^\w\s"'$,;()[\].\u0080-\uffff]+$/.test(token);
const depthOf = (frame: Frame) => frame.sets + Math.max(frame.deepest, frame.chain + frame.inside);

function closeStretch(frame: Frame): void {
  frame.deepest = Math.max(frame.deepest, frame.chain + frame.inside);
  frame.chain = 0;
  frame.inside = 0;
}

function close(frames: Frame[]): void {
  const closed = frames.length > 1 ? frames.pop() : undefined;
  const around = frames.at(-1);
  if (!closed || !around) return;
  around.inside = Math.max(around.inside, depthOf(closed) + 1);
  // A subscript goes around what stands before it.
  around.chain++;
}
