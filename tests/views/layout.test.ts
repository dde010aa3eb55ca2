import { expect, test } from "vitest";
import { type Box, type Edge, layout } from "../../src/views/schema/layout.ts";

/** As good as random, and the same each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function overlaps(boxes: readonly Box[], { places }: ReturnType<typeof layout>): number {
  let count = 0;
  for (const [at, box] of boxes.entries())
    for (let other = 0; other < at; other++) {
      const [a, b, second] = [places[at], places[other], boxes[other]];
      if (!a || !b || !second) continue;
      if (a.x < b.x + second.width && b.x < a.x + box.width && a.y < b.y + second.height && b.y < a.y + box.height) count++;
    }
  return count;
}

test("no two tables overlap, and all stand on the sheet, in sixty schemas", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const below = numbers(seed);
    const boxes = Array.from({ length: 1 + below(120) }, () => ({ width: 150 + below(150), height: 30 + below(900) }));
    const edges: Edge[] = Array.from({ length: below(200) }, () => ({ from: below(boxes.length), to: below(boxes.length) }));
    const laid = layout(boxes, edges);
    expect(overlaps(boxes, laid), `seed ${seed}`).toBe(0);
    for (const [at, { x, y }] of laid.places.entries()) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(x + (boxes[at]?.width ?? 0)).toBeLessThanOrEqual(laid.width);
      expect(y + (boxes[at]?.height ?? 0)).toBeLessThanOrEqual(laid.height);
    }
  }
});

const box = { width: 200, height: 100 };

test("what is referenced stands to the left of what references it", () => {
  const { places } = layout(
    [box, box, box, box],
    [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 0, to: 3 },
    ],
  );
  const [first, second, third, fourth] = places.map(({ x }) => x);
  expect([third, second, first]).toEqual([third, second, first].toSorted((a = 0, b = 0) => a - b));
  expect(fourth).toBe(second);
});

test("a circle of references and a table that references itself are laid out", () => {
  const { places } = layout(
    [box, box],
    [
      { from: 0, to: 1 },
      { from: 1, to: 0 },
      { from: 0, to: 0 },
    ],
  );
  expect(new Set(places.map(({ x }) => x)).size).toBe(2);
});

test("a chain of as many tables as are drawn is laid out", () => {
  const boxes = Array.from({ length: 120 }, () => box);
  const { width } = layout(
    boxes,
    boxes.slice(1).map((_, at) => ({ from: at + 1, to: at })),
  );
  expect(width).toBeGreaterThan(120 * 200);
});

test("a hundred tables that reference one stand in several columns", () => {
  const boxes = Array.from({ length: 101 }, () => box);
  const { height } = layout(
    boxes,
    boxes.slice(1).map((_, at) => ({ from: at + 1, to: 0 })),
  );
  expect(height).toBeLessThan(1_300);
});
