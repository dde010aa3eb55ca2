import { drawing } from "../element.ts";

/** Where a box stands, and the height at which a line meets it. */
export interface End {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

interface Line {
  readonly from: End;
  readonly to: End;
  /** A row may reference none. */
  readonly optional: boolean;
  /** At most one row references the same one. */
  readonly single: boolean;
}

/** How far the feet and bars reach from a box. */
const FOOT = 14;
/** How far a line swings out that leaves and comes back on the same side. */
const SWING = 44;

/** A foreign key in crow's-foot notation: a foot for many, a bar for one, a ring for none. */
export function lineOf({ from, to, optional, single }: Line): SVGElement {
  const [start, end] = sides(from, to);
  const reach = start.out === end.out ? SWING : Math.max(24, Math.abs(end.x - start.x) / 2);
  const curve = `M${start.x + start.out * FOOT} ${start.y} C${start.x + start.out * (FOOT + reach)} ${start.y} ${end.x + end.out * (FOOT + reach)} ${end.y} ${end.x + end.out * FOOT} ${end.y}`;
  return drawing(
    "g",
    { class: "line" },
    drawing("path", { d: curve }),
    drawing("path", { d: single ? bar(start, 5) : foot(start) }),
    drawing("path", { d: `M${start.x} ${start.y}h${start.out * FOOT}` }),
    drawing("circle", { cx: start.x + start.out * (FOOT - 1), cy: start.y, r: 3.5 }),
    drawing("path", { d: `M${end.x} ${end.y}h${end.out * FOOT}${bar(end, 5)}${optional ? "" : bar(end, 9)}` }),
    optional && drawing("circle", { cx: end.x + end.out * (FOOT - 2), cy: end.y, r: 3.5 }),
  );
}

interface Side {
  readonly x: number;
  readonly y: number;
  /** 1: to the right. */
  readonly out: 1 | -1;
}

/** The two sides that face each other, or both right ones where the boxes stand above each other. */
function sides(from: End, to: End): readonly [Side, Side] {
  const right = ({ x, y, width }: End): Side => ({ x: x + width, y, out: 1 });
  const left = ({ x, y }: End): Side => ({ x, y, out: -1 });
  if (to.x + to.width < from.x) return [left(from), right(to)];
  if (from.x + from.width < to.x) return [right(from), left(to)];
  return [right(from), right(to)];
}

const foot = ({ x, y, out }: Side) => `M${x} ${y - 6}L${x + out * (FOOT - 4)} ${y}L${x} ${y + 6}`;
const bar = ({ x, y, out }: Side, away: number) => `M${x + out * away} ${y - 6}v12`;
