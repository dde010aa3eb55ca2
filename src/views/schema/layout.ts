/** Pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

/** Places in the list of boxes; `to` is referenced and stands to the left of `from` where it can. */
export interface Edge {
  readonly from: number;
  readonly to: number;
}

export interface Layout extends Box {
  /** The upper left corner of each box. */
  readonly places: readonly { readonly x: number; readonly y: number }[];
}

const GAP = { x: 90, y: 26 } as const;
const MARGIN = 16;
/** A column of boxes that would be higher goes on beside itself. */
const HIGHEST = 1_100;
const SWEEPS = 4;

/**
 * What hangs together stands together, in columns from what is referenced to what references it; within a column near to its
 * neighbours, so that few lines cross. Boxes that nothing ties come last, in rows.
 */
export function layout(boxes: readonly Box[], edges: readonly Edge[]): Layout {
  const places = boxes.map(() => ({ x: 0, y: 0 }));
  const parts = connected(boxes.length, edges);
  let [y, width] = [MARGIN, 0];
  const add = (columns: readonly (readonly number[])[], align: Standing["align"]) => {
    const size = stand(columns, { boxes, places, top: y, align });
    y += size.height + GAP.y;
    width = Math.max(width, size.width);
  };
  for (const part of parts.filter((part) => part.length > 1)) add(columnsOf(part, edges, boxes), 0.5);
  const alone = parts.flatMap((part) => (part.length === 1 ? part : []));
  const side = Math.max(3, Math.ceil(Math.sqrt(alone.length)));
  if (alone.length > 0) add(split(alone, boxes, Math.max(400, totalHeight(alone, boxes) / side)), 0);
  return { places, width: width + MARGIN, height: y - GAP.y + MARGIN };
}

interface Standing {
  readonly boxes: readonly Box[];
  readonly places: { x: number; y: number }[];
  readonly top: number;
  /** Where a column stands beside a higher one: 0 at its top, 0.5 at its middle. */
  readonly align: 0 | 0.5;
}

function stand(columns: readonly (readonly number[])[], { boxes, places, top, align }: Standing): Box {
  const height = Math.max(...columns.map((column) => totalHeight(column, boxes)));
  let x = MARGIN;
  for (const column of columns) {
    let y = top + (height - totalHeight(column, boxes)) * align;
    for (const at of column) {
      places[at] = { x, y };
      y += (boxes[at]?.height ?? 0) + GAP.y;
    }
    x += Math.max(...column.map((at) => boxes[at]?.width ?? 0)) + GAP.x;
  }
  return { width: x - GAP.x, height };
}

const totalHeight = (column: readonly number[], boxes: readonly Box[]) =>
  column.reduce((sum, at) => sum + (boxes[at]?.height ?? 0) + GAP.y, -GAP.y);

/** The largest first. */
function connected(count: number, edges: readonly Edge[]): readonly (readonly number[])[] {
  const root = Array.from({ length: count }, (_, at) => at);
  const find = (at: number): number => {
    const above = root[at] ?? at;
    return above === at ? at : find(above);
  };
  for (const { from, to } of edges) root[find(from)] = find(to);
  const parts = new Map<number, number[]>();
  for (let at = 0; at < count; at++) parts.set(find(at), [...(parts.get(find(at)) ?? []), at]);
  return [...parts.values()].sort((a, b) => b.length - a.length);
}

function columnsOf(part: readonly number[], edges: readonly Edge[], boxes: readonly Box[]): readonly (readonly number[])[] {
  const depth = depths(part, edges);
  const columns: number[][] = [];
  for (const at of part) {
    const place = depth.get(at) ?? 0;
    columns[place] = [...(columns[place] ?? []), at];
  }
  const filled = columns.filter((column) => column !== undefined);
  for (let sweep = 0; sweep < SWEEPS; sweep++) for (const column of filled) sortByNeighbours(column, filled, edges);
  return filled.flatMap((column) => split(column, boxes, HIGHEST));
}

/** One more than the deepest that it references; a reference that closes a circle does not count. */
function depths(part: readonly number[], edges: readonly Edge[]): ReadonlyMap<number, number> {
  const referenced = new Map<number, number[]>();
  for (const { from, to } of edges) if (from !== to) referenced.set(from, [...(referenced.get(from) ?? []), to]);
  const depth = new Map<number, number>();
  const open = new Set<number>();
  const measure = (at: number): number => {
    const known = depth.get(at);
    if (known !== undefined) return known;
    open.add(at);
    const above = (referenced.get(at) ?? []).filter((to) => !open.has(to)).map(measure);
    open.delete(at);
    const own = above.length === 0 ? 0 : Math.max(...above) + 1;
    depth.set(at, own);
    return own;
  };
  for (const at of part) measure(at);
  for (const at of part) if (depth.get(at) === 0) depth.set(at, besideNearest(at, edges, depth));
  return depth;
}

/** What references nothing need not stand at the far left: it stands beside the first that references it. */
function besideNearest(at: number, edges: readonly Edge[], depth: ReadonlyMap<number, number>): number {
  const near = edges.filter(({ from, to }) => to === at && from !== at).map(({ from }) => depth.get(from) ?? 0);
  return near.length === 0 ? 0 : Math.max(0, Math.min(...near) - 1);
}

/** Each goes where the mean of what it is tied to stands. */
function sortByNeighbours(column: number[], columns: readonly (readonly number[])[], edges: readonly Edge[]): void {
  const row = new Map(columns.flatMap((boxes) => boxes.map((at, place) => [at, place / boxes.length] as const)));
  const wanted = new Map(
    column.map((at) => {
      const near = edges.flatMap(({ from, to }) => (from === at && to !== at ? [to] : to === at && from !== at ? [from] : []));
      const rows = near.map((other) => row.get(other) ?? 0);
      return [at, rows.length === 0 ? (row.get(at) ?? 0) : rows.reduce((sum, one) => sum + one, 0) / rows.length];
    }),
  );
  column.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
}

function split(column: readonly number[], boxes: readonly Box[], highest: number): readonly (readonly number[])[] {
  const parts: number[][] = [[]];
  let height = 0;
  for (const at of column) {
    const own = (boxes[at]?.height ?? 0) + GAP.y;
    if (height > 0 && height + own > highest) {
      parts.push([]);
      height = 0;
    }
    parts.at(-1)?.push(at);
    height += own;
  }
  return parts;
}
