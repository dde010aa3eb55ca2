/** How many values there are, told by the few dozen that a histogram shows. */

export interface Few {
  /** Values that were drawn, and of those how many are different and how many were drawn once. */
  readonly drawn: number;
  readonly different: number;
  readonly once: number;
  /** There are no fewer than this, as far as anything else tells, and no more than rows. */
  readonly least: number;
  readonly rows: number;
  /** How many fit between the least and the greatest of those that were drawn, where they are numbered. */
  readonly fitting: number | undefined;
  /** Drawn with no regard to their order: evenly spaced ones differ however few there are. */
  readonly isRandom: boolean;
}

/** By the logarithms of the number of values; there, a B-tree over values of 20 to 40 bytes has the geometric mean of its least and its largest size. */
const MIDWAY = 0.7;
/** A number of values may be off by this part. */
const NEAR = 0.1;

/**
 * Where some were drawn twice, the estimator of Haas and Stokes that ANALYZE uses (`compute_scalar_stats` in src/backend/commands/analyze.c).
 * Where all differ and are numbered, every number. Else there may be as few as would make one pair alike, or as many as rows. An index then
 * takes 6 bytes of a row or ten times as many: its size is least wrong, whatever is true, if it is the geometric mean of both.
 */
export function howMany({ drawn, different, once, least, rows, fitting, isRandom }: Few): number {
  const numbers = numbersIn(fitting, rows);
  const most = Math.min(rows, numbers ?? rows);
  const atLeast = Math.min(most, Math.max(least, different));
  if (different < drawn)
    return Math.min(most, Math.max(atLeast, (drawn * different) / Math.max(1e-9, drawn - once + (once * drawn) / most)));
  if (numbers !== undefined) return most;
  const few = Math.min(most, Math.max(atLeast, isRandom ? (drawn * (drawn - 1)) / 2 : 1));
  return few ** (1 - MIDWAY) * most ** MIDWAY;
}

/** As many as there may be; where far more numbers fit than there are rows, they tell nothing. */
export const numbersIn = (fitting: number | undefined, rows: number) =>
  fitting === undefined || fitting > rows * (1 + NEAR) ? undefined : Math.min(rows, fitting);

/** Values of one shape, which are told apart by one number in them. */
interface Numbered {
  readonly shape: string;
  readonly number: number;
}

const NUMBERED = /^(\D*)(\d{1,15})(\D*)$/;

function numbered(value: Value): Numbered | undefined {
  if (typeof value === "boolean") return { shape: "boolean", number: Number(value) };
  const [, before = "", digits, behind = ""] = NUMBERED.exec(String(value)) ?? [];
  return digits === undefined ? undefined : { shape: `${typeof value} ${before}\0${behind}`, number: Number(digits) };
}

type Value = null | boolean | number | string | undefined;

/** How many values fit between the least and the greatest of these, and a little beyond; undefined where they are not all numbered alike. */
export function fittingIn(values: readonly Value[]): number | undefined {
  let shape: string | undefined;
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    const found = numbered(value);
    if (!found || found.shape !== (shape ?? found.shape)) return undefined;
    shape = found.shape;
    least = Math.min(least, found.number);
    greatest = Math.max(greatest, found.number);
  }
  if (shape === "boolean") return 2;
  return values.length < 2 ? undefined : 1 + ((greatest - least) * (values.length + 1)) / (values.length - 1);
}

/** Their numbers go up with the rows: each has the next one. */
export const isSerial = (fitting: number | undefined, rows: number) => fitting !== undefined && Math.abs(fitting / rows - 1) < NEAR;

interface Often {
  readonly value: Value;
  readonly weight: number;
}

/** How many equally frequent values would be alike in two of so many documents as often as these are. */
export function combinedBy(values: readonly Often[], documents: number): number {
  const present = values.reduce((sum, { weight }) => sum + weight, 0);
  // An element of an array, which a document has several of.
  if (present > documents * 1.001) return Number.POSITIVE_INFINITY;
  const pairs = [documents - present, ...values.map(({ weight }) => weight)].reduce(
    (sum, weight) => sum + weight * Math.max(0, weight - 1),
    0,
  );
  const most = fittingIn(values.map(({ value }) => value)) ?? Number.POSITIVE_INFINITY;
  return Math.min(most, pairs === 0 ? Number.POSITIVE_INFINITY : (documents * (documents - 1)) / pairs);
}
