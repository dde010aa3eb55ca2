import { expect, test } from "vitest";
import { characterOfCodePoint, characterOffsets, spanOf } from "../../src/sql/position.ts";

test("bytes become characters in any text", () => {
  for (const text of ["", "abc", "aé€😀z", "😀😀", "\u007f\u0080\u07ff\u0800\uffff"]) {
    const character = characterOffsets(text);
    for (let at = 0; at <= text.length; at++) {
      const isInsidePair = /[\udc00-\udfff]/.test(text.charAt(at));
      if (!isInsidePair) expect(character(Buffer.byteLength(text.slice(0, at)))).toBe(at);
    }
  }
});

test("code points become characters", () => {
  expect([0, 1, 2, 3, 9].map((codePoint) => characterOfCodePoint("a😀b", codePoint))).toEqual([0, 1, 3, 4, 4]);
});

test("a span has the line and column of its start, from 1", () => {
  expect(spanOf("ab\n😀cd\ne", 5, 7)).toEqual({ start: 5, end: 7, line: 2, column: 3 });
  expect(spanOf("ab", 0, 2)).toEqual({ start: 0, end: 2, line: 1, column: 1 });
});
