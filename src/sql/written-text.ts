import type { Span } from "../finding.ts";
import { spanOf } from "./position.ts";

/** What a caller wrote, and the same as Postgres reads it, with some stretches written anew. */
interface WrittenText {
  readonly source: string;
  readonly text: string;
  /** Where a character of `text` stands in `source`; for one that was written anew, where its stretch starts. */
  positionOf(at: number): number;
}

/** A text with `$1`, `$2`… in the place of other drivers' placeholders. */
export interface WithPlaceholders extends WrittenText {
  /** What the caller calls each parameter, that of `$1` first. */
  readonly names: readonly string[];
}

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/** `edits` do not overlap. */
export function writtenAnew(source: string, edits: readonly Edit[]): WrittenText {
  const ordered = [...edits].sort((one, other) => one.start - other.start);
  const parts: string[] = [];
  const starts: { readonly at: number; readonly from: number; readonly anew: boolean }[] = [];
  let [length, last] = [0, 0];
  const add = (part: string, from: number, anew: boolean) => {
    parts.push(part);
    starts.push({ at: length, from, anew });
    length += part.length;
  };
  for (const { start, end, by } of ordered) {
    add(source.slice(last, start), last, false);
    add(by, start, true);
    last = end;
  }
  add(source.slice(last), last, false);
  return {
    source,
    text: parts.join(""),
    positionOf(position) {
      const part = starts.findLast(({ at }) => at <= position);
      if (!part) return position;
      return part.anew ? part.from : Math.min(part.from + position - part.at, source.length);
    },
  };
}

interface Placed {
  readonly written?: WithPlaceholders;
}

/** A stretch of a statement's text, in what its caller wrote. */
export function spanAsWritten({ written }: Placed, span: Span): Span {
  return written ? spanOf(written.source, written.positionOf(span.start), written.positionOf(span.end)) : span;
}

/** A sentence about `$1`, with the caller's word for it. */
export const asWritten = (sentence: string, { names }: Pick<WithPlaceholders, "names">): string =>
  sentence.replaceAll(/\$(\d+)/g, (parameter, number) => names[Number(number) - 1] ?? parameter);
