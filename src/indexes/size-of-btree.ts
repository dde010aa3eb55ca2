import { alignUp } from "../twin/sizes.ts";
import { sizeOfTree } from "./size.ts";
import type { Reckoned } from "./sized.ts";
import { SAMPLES, spreadOf, widthsOf } from "./sized-columns.ts";
import { alignments, type ColumnFacts } from "./sized-facts.ts";
import { type Bytes, evenly, type Group, keysOf, product, thin, withKeys } from "./sized-spread.ts";

/** Header of a tuple in an index, and one with a bitmap of 32 bits for its nulls (`IndexInfoFindDataOffset` in src/include/access/itup.h). */
const TUPLE_HEADER = 8;
const NULL_TUPLE_HEADER = 16;

export async function sizeOfBtree(reckoned: Reckoned) {
  const { facts } = reckoned;
  const keyColumns = facts.columns.slice(0, facts.keys);
  const widths: (readonly number[])[] = [];
  for (const column of facts.columns) widths.push(await widthsOf(column, reckoned));
  const shape = { columns: facts.columns, widths };

  let groups: readonly Group[] = [];
  const prefixes: { distinct: number; bytes: number }[] = [];
  for (const [position, column] of keyColumns.entries()) {
    const own = await spreadOf(column, reckoned);
    const isTold = keyColumns.slice(0, position).some((other) => areTheSame(other, column));
    if (position === 0) groups = own;
    else if (!isTold) groups = related(product(groups, own, position), position + 1, reckoned);
    const first = { columns: facts.columns.slice(0, position + 1), widths };
    prefixes.push({ distinct: keysOf(groups), bytes: mean(tuplesOf(first, [])) });
  }
  const isSingle = facts.columns.length === 1;
  const known = new Map<string, readonly Bytes[]>();
  const tuples = ({ nulls, width }: Group) => {
    const id = `${nulls} ${isSingle ? width : ""}`;
    const found = known.get(id) ?? tuplesOf(isSingle && width !== undefined ? { ...shape, widths: [[width]] } : shape, nulls);
    known.set(id, found);
    return found;
  };
  return sizeOfTree({
    groups: groups.map((group) => ({ ...group, tuples: tuples(group) })),
    prefixes,
    deduplicates: facts.deduplicates,
    fillFactor: facts.options.fillfactor === undefined ? undefined : Number(facts.options.fillfactor),
  });
}

/** ANALYZE looks at the same rows for all columns: where one has a value for each value of the other, it counts the same, to the last digit. */
function areTheSame({ seen: one }: ColumnFacts, { seen: other }: ColumnFacts): boolean {
  if (!one || !other || one.distinct !== other.distinct || one.nulls !== other.nulls) return false;
  const isTelling = one.frequencies.length > 0 || (one.distinct < 0 && one.distinct > -1);
  return isTelling && one.frequencies.join() === other.frequencies.join();
}

/** What is known of these columns together: that they are unique, or how many combinations CREATE STATISTICS counted. */
function related(groups: readonly Group[], columns: number, { facts, rows, tableRows }: Reckoned): readonly Group[] {
  const numbers = facts.columns.slice(0, columns).map(({ number }) => number);
  if (facts.uniques.some((unique) => unique.every((number) => numbers.includes(number)))) return withKeys(groups, rows);
  const distinct = facts.combinations[[...numbers].sort((one, other) => one - other).join(", ")];
  return distinct === undefined ? groups : withKeys(groups, keysOf(thin(evenly(tableRows, distinct), rows / tableRows)));
}

interface Shape {
  readonly columns: readonly ColumnFacts[];
  readonly widths: readonly (readonly number[])[];
}

/** Tuples whose columns take each of their widths in turn, with different steps, so that wide values do not always meet. */
function tuplesOf(shape: Shape, nulls: readonly number[]): readonly Bytes[] {
  const often = new Map<number, number>();
  const samples = shape.widths.every(({ length }) => length <= 1) ? 1 : SAMPLES;
  for (let sample = 0; sample < samples; sample += 1) {
    const bytes = alignUp((nulls.length > 0 ? NULL_TUPLE_HEADER : TUPLE_HEADER) + dataBytes(shape, nulls, sample));
    often.set(bytes, (often.get(bytes) ?? 0) + 1 / samples);
  }
  return [...often].map(([bytes, part]) => ({ bytes, share: part }));
}

function dataBytes({ columns, widths }: Shape, nulls: readonly number[], sample: number): number {
  return columns.reduce((bytes, { length, align }, position) => {
    if (nulls.includes(position)) return bytes;
    const own = widths[position] ?? [0];
    const width = own[(sample * (position * 2 + 1)) % own.length] ?? 0;
    // A short value with its length word of one byte starts anywhere.
    const step = length === -2 || (length === -1 && width <= 127) ? 1 : alignments[align];
    return Math.ceil(bytes / step) * step + width;
  }, 0);
}

const mean = (tuples: readonly Bytes[]) => tuples.reduce((sum, { bytes, share: part }) => sum + bytes * part, 0);
