import type { Span } from "../finding.ts";

/** From bytes of UTF-8, in which the grammar counts, to characters. One pass, then a look-up. */
export function characterOffsets(text: string): (byte: number) => number {
  const length = Buffer.byteLength(text);
  if (length === text.length) return (byte) => byte;

  const characters = new Uint32Array(length + 1);
  let byte = 0;
  for (let character = 0; character < text.length; ) {
    const codePoint = text.codePointAt(character) ?? 0;
    const bytes = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    characters.fill(character, byte, byte + bytes);
    byte += bytes;
    character += codePoint < 0x10000 ? 1 : 2;
  }
  characters[length] = text.length;
  return (offset) => characters[Math.min(offset, length)] ?? text.length;
}

/** Errors of the grammar count code points, unlike its trees, which count bytes. */
export function characterOfCodePoint(text: string, codePoint: number): number {
  let character = 0;
  for (let seen = 0; seen < codePoint && character < text.length; seen++) character += (text.codePointAt(character) ?? 0) < 0x10000 ? 1 : 2;
  return character;
}

/** Where the lines start of the text that was asked about last: a long one has thousands of findings. */
let lines: { readonly text: string; readonly starts: readonly number[] } = { text: "", starts: [0] };

function linesOf(text: string): readonly number[] {
  if (lines.text === text) return lines.starts;
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  lines = { text, starts };
  return starts;
}

/** A stretch of the caller's text with the line and column at which it starts. */
export function spanOf(text: string, start: number, end: number): Span {
  const starts = linesOf(text);
  let [from, to] = [0, starts.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((starts[middle] ?? 0) <= start) from = middle;
    else to = middle;
  }
  return { start, end, line: from + 1, column: start - (starts[from] ?? 0) + 1 };
}
