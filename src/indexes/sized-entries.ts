import type { Reckoned } from "./sized.ts";
import { spreadOf, widthsOf } from "./sized-columns.ts";
import { documentsOf } from "./sized-documents.ts";
import type { ColumnFacts } from "./sized-facts.ts";
import { type Entries, sampledEntries } from "./sized-sample.ts";
import type { Seen } from "./sized-seen.ts";
import { keysOf } from "./sized-spread.ts";

/** Each step of a tail that thins out has entries of about as many rows. */
const TAIL_STEP = 2;
/** What a lexeme takes in a tsvector beside its letters: its place (`WordEntry`), the number of its positions, one position, and half a byte of alignment (src/include/tsearch/ts_type.h). */
const LEXEME_OVERHEAD = 8.5;
const TSVECTOR_HEADER = 8;
/** Without statistics: what the planner takes for the number of values it knows nothing of (`DEFAULT_NUM_DISTINCT`), and an entry for every so many bytes. */
const UNKNOWN_KEYS = 200;
const UNKNOWN_BYTES = 10;

const known = new WeakMap<ColumnFacts, Promise<readonly Entries[]>>();

export function entriesOf(column: ColumnFacts, reckoned: Reckoned): Promise<readonly Entries[]> {
  const entries = known.get(column) ?? allEntries(column, reckoned);
  known.set(column, entries);
  return entries;
}

async function allEntries(column: ColumnFacts, reckoned: Reckoned): Promise<readonly Entries[]> {
  const { seen } = column;
  const filled = reckoned.rows * (1 - (seen?.nulls ?? 0));
  const nulls = { keys: 1, rows: reckoned.rows - filled, width: 0 };
  const entries = await filledEntries(column, filled, reckoned);
  return [...entries, nulls]
    .filter(({ keys, rows }) => keys > 0 && rows >= 0.5)
    .map((entry) => ({ ...entry, rows: Math.max(1, entry.rows) }));
}

async function filledEntries(column: ColumnFacts, filled: number, reckoned: Reckoned): Promise<readonly Entries[]> {
  const { seen } = column;
  if (seen && seen.elements.length > 0) return listedEntries(column, seen, filled);
  const documents = await documentsOf(column, reckoned);
  if (documents === "whole") {
    const width = mean(await widthsOf(column, reckoned));
    return (await spreadOf(column, reckoned))
      .filter(({ nulls }) => nulls.length === 0)
      .map((group) => ({ ...group, width: group.width ?? width }));
  }
  if (documents.length > 0) return sampledEntries(documents, { rows: filled, different: await differentIn(column, reckoned) });
  const { width } = await reckoned.expected(column.expression);
  return [{ keys: UNKNOWN_KEYS, rows: (filled * Math.max(1, width / UNKNOWN_BYTES)) / UNKNOWN_KEYS, width: keyWidth(column, 6) }];
}

/** Where ANALYZE saw no value twice, there are more than would make one pair alike. */
async function differentIn(column: ColumnFacts, reckoned: Reckoned): Promise<number | undefined> {
  const { seen } = column;
  if (!seen) return undefined;
  const looked = reckoned.looked * (1 - seen.nulls);
  return seen.distinct === -1 ? (looked * (looked - 1)) / 2 : keysOf(await spreadOf(column, reckoned));
}

const keyWidth = ({ length }: ColumnFacts, letters: number) => (length > 0 ? length : letters + 1);

/** The elements that ANALYZE listed, and a tail of those it did not. */
function listedEntries(column: ColumnFacts, seen: Seen, filled: number): readonly Entries[] {
  const listed = seen.elements.map((element, position) => ({
    keys: 1,
    rows: (seen.elementFrequencies[position] ?? 0) * filled,
    width: keyWidth(column, Buffer.byteLength(element)),
  }));
  const told = listed.reduce((sum, { rows }) => sum + rows, 0);
  const letters = listed.reduce((sum, { rows, width }) => sum + rows * width, 0) / told;
  const perRow = seen.elementCounts.at(-1) ?? (seen.width - TSVECTOR_HEADER) / (letters - 1 + LEXEME_OVERHEAD);
  return [
    ...listed,
    ...tail(
      listed.map(({ rows }) => rows),
      filled * perRow - told,
      letters,
    ),
  ];
}

/** Frequencies go on to fall with the rank as they fell in the second half of the list, by a power law, until the rows are used up. */
function tail(listed: readonly number[], rows: number, width: number): readonly Entries[] {
  const falling = [...listed].sort((one, other) => other - one);
  const last = falling.at(-1) ?? 1;
  const middle = falling[Math.floor(falling.length / 2)] ?? last;
  const slope = Math.min(3, Math.max(0, Math.log2(middle / last)));
  const entries: Entries[] = [];
  let left = rows;
  let each = last;
  for (let rank = falling.length; left > last && each >= 1; rank *= TAIL_STEP) {
    each *= TAIL_STEP ** -(slope / 2);
    const keys = Math.min(rank * (TAIL_STEP - 1), left / each);
    entries.push({ keys, rows: each, width });
    left -= keys * each;
    each *= TAIL_STEP ** -(slope / 2);
  }
  return left > last ? [...entries, { keys: left, rows: 1, width }] : entries;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
