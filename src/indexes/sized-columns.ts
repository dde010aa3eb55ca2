import { alignUp } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";
import type { ColumnFacts } from "./sized-facts.ts";
import { sampledEntries } from "./sized-sample.ts";
import type { Seen } from "./sized-seen.ts";
import { skewed } from "./sized-skew.ts";
import { type Counted, evenly, type Group, isEven, keysOf, restOf, rowsOf, thin, withKeys } from "./sized-spread.ts";

/** `std_typanalyze` in src/backend/commands/analyze.c. */
export const ROWS_PER_TARGET = 300;

/** Values that stand for all: enough for alignment to come out even. */
export const SAMPLES = 64;

/** By the rows of an index. */
const spreads = new WeakMap<Seen, Map<number, readonly Group[]>>();

/** One column's keys, in the rows of the index. */
export async function spreadOf(column: ColumnFacts, reckoned: Reckoned): Promise<readonly Group[]> {
  const { seen } = column;
  if (!seen) return unseenSpread(column, reckoned);
  const known = spreads.get(seen) ?? new Map<number, readonly Group[]>();
  spreads.set(seen, known);
  const spread = known.get(reckoned.rows) ?? seenSpread(column, seen, reckoned);
  known.set(reckoned.rows, spread);
  return spread;
}

function seenSpread(column: ColumnFacts, seen: Seen, reckoned: Reckoned): readonly Group[] {
  const { rows } = reckoned;
  // What ANALYZE tells of an expression is of the rows that the index holds.
  const tableRows = column.number === 0 ? rows : reckoned.tableRows;
  const listed = seen.common.map((value, position) => ({ ...value, rows: (seen.frequencies[position] ?? 0) * tableRows }));
  const all = seen.distinct < 0 ? -seen.distinct * tableRows : seen.distinct;
  const rest = Math.max(0, tableRows * (1 - seen.nulls) - listed.reduce((sum, value) => sum + value.rows, 0));
  // A session may have set another target for its ANALYZE.
  const kept = ROWS_PER_TARGET * Math.max(listed.length, seen.bounds.length - 1);
  const looked = Math.min(1, Math.max(reckoned.looked, kept) / tableRows);
  const allRows = tableRows * (1 - seen.nulls);
  const others = othersOf(seen, { rows: rest, distinct: all, listed: listed.length, looked, allRows });
  const fitting = share(seen.bounds.map(({ fits }) => Number(fits)));
  const nulls = seen.nulls * tableRows;
  const groups: readonly Group[] = [
    ...(seen.nullsFit && nulls >= 1 ? [{ keys: 1, rows: nulls, nulls: [0] }] : []),
    ...listed.filter(({ fits }) => fits).map((value) => ({ keys: 1, rows: Math.max(1, value.rows), nulls: [], width: value.width })),
    ...others.map((group) => ({ ...group, keys: group.keys * fitting })),
  ];
  return groups.length === 0 ? evenly(rows, all) : thin(groups, rows / rowsOf(groups));
}

/** The keys that are not listed. */
function othersOf({ frequencies, nulls, bounds }: Seen, counted: Counted): readonly Group[] {
  const { rows, distinct, looked, allRows } = counted;
  if (rows < 0.5) return [];
  const values = Math.max(1, restOf(counted));
  if (isEven(counted)) return evenly(rows, values);
  const found = skewed({
    rows: allRows,
    looked: allRows * looked,
    distinct,
    even: values,
    listed: frequencies.map((share) => share / (1 - nulls)),
    bounds: bounds.map(({ text }) => (text.trim() === "" ? Number.NaN : Number(text))),
  });
  return found ?? evenly(rows, values);
}

/** Of an expression without statistics: what it makes of the values kept of its columns, but no more keys than these have together. */
async function unseenSpread({ expression }: ColumnFacts, { rows, expected, evaluate }: Reckoned): Promise<readonly Group[]> {
  const most = (await expected("", expression)).rows;
  const documents = (await evaluate(expression)).map(({ text, ...row }) => ({
    ...row,
    entries: new Map(text === null ? [] : [[text, { width: shortWidth(text), place: "" }]]),
  }));
  if (documents.length === 0) return evenly(rows, most);
  const groups = sampledEntries(documents, { rows, different: undefined, least: most }).map(({ keys, rows: each }) => ({
    keys,
    rows: Math.max(1, each),
    nulls: [],
  }));
  return keysOf(groups) > most ? withKeys(groups, most) : groups;
}

function shortWidth(text: string): number {
  const bytes = Buffer.byteLength(text);
  return bytes + (bytes < 127 ? 1 : 4);
}

const share = (kept: readonly number[]) => (kept.length === 0 ? 1 : kept.reduce((sum, each) => sum + each, 0) / kept.length);

/** Widths of a column's values, those of common ones as often as they occur. */
export async function widthsOf(column: ColumnFacts, { expected, evaluate }: Reckoned): Promise<readonly number[]> {
  const { seen, length, expression, type } = column;
  if (length > 0) return [length];
  const fitting = (seen?.bounds ?? []).filter(({ fits }) => fits).map(({ width }) => width);
  if (!seen) {
    const texts = length === -1 && type === "text" ? await evaluate(expression) : [];
    const weighted = texts.flatMap(({ text, weight }) => (text === null ? [] : [{ width: shortWidth(text), weight }]));
    if (weighted.length > 0) return quantiles(weighted);
  }
  if (!seen || fitting.length + seen.common.length === 0) return around(seen?.width ?? (await expected(expression)).width);
  const common = seen.frequencies.reduce((sum, each) => sum + each, 0);
  const restShare = Math.max(0, 1 - seen.nulls - common);
  const rest = fitting.length === 0 ? [] : fitting.map((width) => ({ width, weight: restShare / fitting.length }));
  const listed = seen.common.map(({ width }, position) => ({ width, weight: seen.frequencies[position] ?? 0 }));
  return quantiles([...listed, ...rest]);
}

function quantiles(weighted: readonly { readonly width: number; readonly weight: number }[]): readonly number[] {
  const sorted = [...weighted].sort((one, other) => one.width - other.width);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let position = 0;
  let passed = sorted[0]?.weight ?? 0;
  return Array.from({ length: SAMPLES }, (_, number) => {
    while (passed < ((number + 0.5) / SAMPLES) * total && position < sorted.length - 1) {
      position += 1;
      passed += sorted[position]?.weight ?? 0;
    }
    return sorted[position]?.width ?? 0;
  });
}

/** The mean of a tuple, aligned, whose columns take each of their widths in turn, with different steps, so that wide values do not always meet. */
export function alignedBytes(header: number, columns: readonly (readonly number[])[]): number {
  let bytes = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    bytes += alignUp(columns.reduce((sum, widths, position) => sum + (widths[(sample * (position * 2 + 1)) % widths.length] ?? 0), header));
  }
  return bytes / SAMPLES;
}

/** Of lengths of which only the mean is known, every remainder of eight is as likely. */
export const around = (width: number) => [-4, -3, -2, -1, 0, 1, 2, 3].map((step) => Math.max(1, Math.round(width) + step));
