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

/** A stretch of the caller's text with the line and column at which it starts. */
export function spanOf(text: string, start: number, end: number): Span {
  const before = text.slice(0, start);
  return { start, end, line: before.split("\n").length, column: start - before.lastIndexOf("\n") };
}
