import { commentsOf } from "../sql/grammar.ts";
import { spanOf } from "../sql/position.ts";
import type { Step } from "./step.ts";

/** A comment by which somebody takes findings upon himself: `-- ignore migration/rule-id, migration/other: reason`. */
export interface Ignore {
  /** As written. */
  readonly rules: readonly string[];
  /** Undefined where none is given. */
  readonly reason: string | undefined;
  readonly line: number;
  /** The characters of its statement, or of the whole text (`-- ignore-file`); undefined where no statement follows. */
  readonly covers: { readonly start: number; readonly end: number } | undefined;
}

const opening = /^--\s*ignore(-file)?\s+((?:migration|query|plan|schema)\/.*)$/i;

/** Of the text that these statements are of. One that stands in a statement, or behind it in its last line, is about that one, any other about the next. */
export function ignoresIn(steps: readonly Pick<Step, "statement">[]): readonly Ignore[] {
  const source = steps[0]?.statement.source ?? "";
  if (!/--\s*ignore/i.test(source)) return [];
  return commentsOf(source).flatMap(({ text, start }) => {
    const [, file, said = ""] = opening.exec(text.trimEnd()) ?? [];
    if (said === "") return [];
    const colon = said.indexOf(":");
    const rules = (colon < 0 ? said : said.slice(0, colon)).split(/[\s,]+/).filter(Boolean);
    const reason = colon < 0 ? "" : said.slice(colon + 1).trim();
    return [
      {
        rules,
        reason: reason === "" ? undefined : reason,
        line: spanOf(source, start, start).line,
        covers: file === undefined ? statementOf(steps, source, start) : { start: 0, end: source.length },
      },
    ];
  });
}

function statementOf(steps: readonly Pick<Step, "statement">[], source: string, at: number): Ignore["covers"] {
  const before = steps.findLast(({ statement }) => statement.start <= at)?.statement;
  if (before && (at < before.end || !source.slice(before.end, at).includes("\n"))) return before;
  return steps.find(({ statement }) => statement.start > at)?.statement;
}
