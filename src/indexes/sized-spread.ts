/** How the values of an index's columns are spread over the rows, as ANALYZE saw them. */

/** Bytes of a value or a tuple, and the share of them all that have it. */
export interface Bytes {
  readonly bytes: number;
  readonly share: number;
}

/** Keys that each have about as many rows. */
export interface Group {
  readonly keys: number;
  /** Of each key on average, at least 1. */
  readonly rows: number;
  /** The columns, by position, that are null in it. */
  readonly nulls: readonly number[];
  /** Of its value with the length word, where the group is one listed value of a single column. */
  readonly width?: number | undefined;
}

/** Groups whose rows differ by no more than this factor are counted as one. */
const SAME = 1.2;

/** Keys of which nothing is known but how many rows and values there are. */
export const evenly = (rows: number, distinct: number): readonly Group[] => {
  const keys = Math.max(1, Math.min(rows, distinct));
  return rows < 0.5 ? [] : [{ keys, rows: Math.max(1, rows / keys), nulls: [] }];
};

export const keysOf = (groups: readonly Group[]) => groups.reduce((sum, { keys }) => sum + keys, 0);
export const rowsOf = (groups: readonly Group[]) => groups.reduce((sum, { keys, rows }) => sum + keys * rows, 0);

/** What is left where each row stays with this probability: a key of few rows may lose all of them. */
export function thin(groups: readonly Group[], share: number): readonly Group[] {
  if (share >= 1) return groups;
  return groups.flatMap((group) => {
    const left = 1 - (1 - share) ** group.rows;
    const keys = group.keys * left;
    return keys < 1e-6 ? [] : [{ ...group, keys, rows: Math.max(1, (group.rows * share) / left) }];
  });
}

/**
 * The pairs of values of two columns that have nothing to do with each other. A value with m rows and one with a share p of
 * the rows meet with 1 - (1 - p)^m, taken from the side of the rarer value, where it is exact for a single row.
 */
export function product(first: readonly Group[], second: readonly Group[], position: number): readonly Group[] {
  const total = rowsOf(second);
  const [ones, others] = [merged(first), merged(second)];
  const pairs = ones.flatMap((one) =>
    others.map((other): Group => {
      const [rare, often] = one.rows < other.rows ? [one.rows, other.rows] : [other.rows, one.rows];
      const met = 1 - (1 - Math.min(1, often / total)) ** rare;
      const nulls = other.nulls.length > 0 ? [...one.nulls, position] : one.nulls;
      return { keys: one.keys * other.keys * met, rows: Math.max(1, (one.rows * other.rows) / total / met), nulls };
    }),
  );
  return merged(pairs.filter(({ keys }) => keys > 1e-6));
}

/** Fewer groups, so that a third column does not cost a million steps. */
export function merged(groups: readonly Group[]): readonly Group[] {
  const alike = new Map<string, Group>();
  for (const group of groups) {
    const id = `${Math.round(Math.log(group.rows) / Math.log(SAME))} ${group.nulls}`;
    const other = alike.get(id);
    const keys = group.keys + (other?.keys ?? 0);
    const rows = (group.keys * group.rows + (other ? other.keys * other.rows : 0)) / keys;
    alike.set(id, { keys, rows, nulls: group.nulls });
  }
  return [...alike.values()];
}

/** The same rows with as many times more or fewer keys. */
export function withKeys(groups: readonly Group[], distinct: number): readonly Group[] {
  const factor = distinct / keysOf(groups);
  return groups.map((group) => {
    const all = group.keys * group.rows;
    const keys = Math.min(all, group.keys * factor);
    return { ...group, keys, rows: all / keys };
  });
}

export interface Counted {
  /** Rows that are neither null nor of a common value. */
  readonly rows: number;
  /** As ANALYZE reckoned, of all values. */
  readonly distinct: number;
  /** Values that it listed. */
  readonly listed: number;
  /** Share of the rows that it looked at. */
  readonly looked: number;
  readonly allRows: number;
}

/** Nearly every row has a value of its own. */
export const isEven = ({ rows, distinct, listed }: Pick<Counted, "rows" | "distinct" | "listed">) => distinct - listed >= rows * 0.99;

/**
 * How many values the rest of the rows has. ANALYZE reckons from what it looked at by an estimator that takes all values as
 * equally frequent (Haas and Stokes' Duj1 in `compute_scalar_stats` of src/backend/commands/analyze.c). Rows that fall on values
 * at random make it tell too few: this finds the number of values to fall on for which it would tell what it told.
 */
export function restOf({ rows, distinct, listed, looked, allRows }: Counted): number {
  const told = (values: number) => {
    const sampled = allRows * looked;
    const rate = (rows * looked) / values;
    const seen = listed - values * Math.expm1(-rate);
    const once = rows * looked * Math.exp(-rate);
    return (sampled * seen) / (sampled - once + once * looked);
  };
  const occurring = (values: number) => -values * Math.expm1(-rows / values);
  if (looked >= 1 || isEven({ rows, distinct, listed })) return distinct - listed;
  let [low, high] = [1, rows * 100];
  for (let step = 0; step < 60; step += 1) {
    const middle = Math.sqrt(low * high);
    if (told(middle) < distinct) low = middle;
    else high = middle;
  }
  return Math.max(distinct - listed, occurring(low));
}
