import type { ExtendedValues, Part } from "../catalog/extended-statistics-values.ts";

/** First of the bytes of each kind (src/include/statistics/statistics.h, the same from 14 to 18), then its only type, 1. */
const DISTINCT = 0xa352bfa4;
const DEPENDENCIES = 0xb4549a2c;
const TYPE = 1;

type NumberOf = (part: Part) => number;
type Coefficients = ExtendedValues["distinct"];

/** As `statext_ndistinct_serialize` writes them (src/backend/statistics/mvdistinct.c), on a little-endian machine. */
export const distinctBytes = (coefficients: Coefficients, numberOf: NumberOf): Buffer | undefined =>
  serialized(DISTINCT, coefficients, (parts) => int32(parts.length), numberOf);

/** As `statext_dependencies_serialize` writes them (src/backend/statistics/dependencies.c). */
export const dependenciesBytes = (coefficients: Coefficients, numberOf: NumberOf): Buffer | undefined =>
  serialized(DEPENDENCIES, coefficients, (parts) => int16(parts.length), numberOf);

function serialized(
  magic: number,
  coefficients: Coefficients,
  countOf: (parts: readonly Part[]) => Buffer,
  numberOf: NumberOf,
): Buffer | undefined {
  if (coefficients.length === 0) return undefined;
  const items = coefficients.flatMap(({ parts, value }) => [float64(value), countOf(parts), ...parts.map((part) => int16(numberOf(part)))]);
  return Buffer.concat([int32(magic), int32(TYPE), int32(coefficients.length), ...items]);
}

interface Items {
  /** For each item, which of the combinations it is. */
  readonly places: readonly number[];
  readonly mostCommon: ExtendedValues["mostCommon"];
  readonly parts: number;
}

/**
 * The same list with its items in the order and with the frequencies of `mostCommon`. The items end the bytes; each is a
 * flag for NULL for every part, the frequency, the base frequency, and the place of every value (`ITEM_SIZE` in
 * src/backend/statistics/mcv.c).
 */
export function inOrder(bytes: Buffer, { places, mostCommon, parts }: Items): Buffer {
  const size = parts * 3 + 16;
  const start = bytes.length - places.length * size;
  const ordered = Buffer.from(bytes);
  for (const [item, place] of places.entries()) {
    const to = start + place * size;
    bytes.copy(ordered, to, start + item * size, start + (item + 1) * size);
    ordered.writeDoubleLE(mostCommon[place]?.frequency ?? 0, to + parts);
    ordered.writeDoubleLE(mostCommon[place]?.baseFrequency ?? 0, to + parts + 8);
  }
  return ordered;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
