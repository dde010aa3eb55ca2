import { literal, quote } from "../sql/quote.ts";
import type { Session } from "../twin/twin.ts";

/** A row of `pg_stats`. */
export interface Seen {
  readonly nulls: number;
  /** As {@link Value.fits}, of a null. */
  readonly nullsFit: boolean;
  readonly width: number;
  /** As `pg_stats.n_distinct`: negative where it grows with the rows. */
  readonly distinct: number;
  /** Shares of all rows. */
  readonly frequencies: readonly number[];
  readonly common: readonly Value[];
  readonly bounds: readonly Value[];
  readonly elements: readonly string[];
  /** Shares of the rows that are not null; behind them the least, the greatest and, for arrays, that of null elements. */
  readonly elementFrequencies: readonly number[];
  /** The last is the mean. */
  readonly elementCounts: readonly number[];
}

/** One value that ANALYZE kept, from a row of the real table. */
export interface Value {
  readonly text: string;
  /** Bytes in a tuple, with the length word. */
  readonly width: number;
  /** False: no row with it is in the partial index, whatever its other columns hold. */
  readonly fits: boolean;
}

/** A column of an index whose statistics are wanted. */
export interface Wanted {
  /** Of the table, or of the index where it is an expression of it; there, the column's number. */
  readonly relation: number;
  readonly attribute: number;
  readonly schema: string;
  readonly table: string;
  /** Of the table's column; undefined for an expression. */
  readonly name: string | undefined;
  readonly type: string;
  /** As it is stored in the index. */
  readonly length: number;
  readonly predicate: string | null;
}

/** What ANALYZE has told of each of these columns; undefined where it has not been. One query for all of them, and one for each predicate that names its column. */
export async function readSeen(session: Session, wanted: readonly Wanted[]): Promise<readonly (Seen | undefined)[]> {
  const kept = await readKept(session, [...new Map(wanted.map((column) => [idOf(column), column])).values()]);
  const known = new Map<string, Seen | undefined>();
  const seen: (Seen | undefined)[] = [];
  for (const column of wanted) {
    const id = `${idOf(column)} ${namedBy(column)}`;
    const found = kept.get(idOf(column));
    if (found && !known.has(id)) known.set(id, await seenBy(session, column, found));
    seen.push(known.get(id));
  }
  return seen;
}

const idOf = ({ relation, attribute, length }: Wanted) => `${relation} ${attribute} ${length}`;

/** The predicate, if it may name the column: what it does not name cannot make it false. */
const namedBy = ({ predicate, name }: Wanted) =>
  predicate !== null && name !== undefined && predicate.includes(name) ? predicate : undefined;

interface Row {
  readonly relation: number;
  readonly attribute: number;
  readonly nulls: number;
  readonly width: number;
  readonly distinct: number;
  /** By slots: what kind each is of, and what it holds (src/include/catalog/pg_statistic.h). */
  readonly kinds: readonly number[];
  readonly numbers: readonly (readonly number[] | null)[];
  readonly texts: readonly (readonly string[] | null)[];
}

interface Kept {
  readonly row: Row;
  /** Of the most common values, then of the bounds of the histogram; nothing where all are as wide. */
  readonly widths: readonly number[];
}

/** `STATISTIC_KIND_…` in src/include/catalog/pg_statistic.h. */
const KIND = { common: 1, histogram: 2, elements: 4, counts: 5 };

const slot = ({ kinds }: Row, kind: number) => kinds.indexOf(kind);
const textsOf = (row: Row, kind: number) => row.texts[slot(row, kind)] ?? [];
const numbersOf = (row: Row, kind: number) => row.numbers[slot(row, kind)] ?? [];

const slots = [1, 2, 3, 4, 5];
/** The index of this table finds a column by its numbers, where the view joins three tables to look for its name. */
const rowsSql = `
  select s.starelid as relation, s.staattnum as attribute, s.stanullfrac as nulls, s.stawidth as width, s.stadistinct as distinct,
         pg_catalog.jsonb_build_array(${slots.map((each) => `s.stakind${each}`).join(", ")}) as kinds,
         pg_catalog.jsonb_build_array(${slots.map((each) => `s.stanumbers${each}`).join(", ")}) as numbers,
         pg_catalog.jsonb_build_array(${slots.map((each) => `s.stavalues${each}::pg_catalog.text::pg_catalog.text[]`).join(", ")}) as texts
    from pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) wanted (relation pg_catalog.oid, attribute pg_catalog.int2)
    join pg_catalog.pg_statistic s on s.starelid = wanted.relation and s.staattnum = wanted.attribute and not s.stainherit`;

async function readKept(session: Session, columns: readonly Wanted[]): Promise<ReadonlyMap<string, Kept>> {
  if (columns.length === 0) return new Map();
  const asked = columns.map(({ relation, attribute }) => ({ relation, attribute }));
  const rows = new Map((await session.read<Row>(rowsSql, [JSON.stringify(asked)])).map((row) => [`${row.relation} ${row.attribute}`, row]));
  const found = columns.flatMap((column) => {
    const row = rows.get(`${column.relation} ${column.attribute}`);
    return row ? [{ column, row }] : [];
  });
  const others = found.filter(({ column: { length, type } }) => length === -1 && !texts.has(type));
  const measured = await measure(
    session,
    others.map(({ column: { type }, row }) => ({ type, texts: allOf(row) })),
  );
  const widths = new Map(others.map(({ column }, place) => [column, measured[place] ?? []]));
  return new Map(
    found.map(({ column, row }): [string, Kept] => {
      const own = column.length > 0 ? [] : (widths.get(column) ?? allOf(row).map((text) => textWidth(text, column.length)));
      return [idOf(column), { row, widths: own }];
    }),
  );
}

const allOf = (row: Row) => [...textsOf(row, KIND.common), ...textsOf(row, KIND.histogram)];

/** Types that hold no more than the letters of their text. */
const texts: ReadonlySet<string> = new Set(["text", "character varying", "character"]);

/** What a value takes in a tuple: up to 126 bytes have a length word of one byte, not of four; a C string ends with one. */
function textWidth(text: string, length: number): number {
  const bytes = Buffer.byteLength(text);
  return bytes + (length === -2 || bytes <= 126 ? 1 : 4);
}

/** The same of values of other types: of each list, as Postgres counts them. */
async function measure(
  session: Session,
  lists: readonly { readonly type: string; readonly texts: readonly string[] }[],
): Promise<readonly (readonly number[])[]> {
  if (lists.length === 0) return [];
  const widths = lists.map(
    ({ type }, list) => `(select coalesce(pg_catalog.jsonb_agg(b - case when b <= 130 then 3 else 0 end order by place), '[]')
      from pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb -> ${list}) with ordinality u (v, place), pg_catalog.pg_column_size((v || '')::${type}) b)`,
  );
  const [row] = await session.read<{ widths: readonly (readonly number[])[] }>(
    `select pg_catalog.jsonb_build_array(${widths.join(", ")}) as widths`,
    [JSON.stringify(lists.map((list) => list.texts))],
  );
  return row?.widths ?? [];
}

async function seenBy(session: Session, column: Wanted, { row, widths }: Kept): Promise<Seen | undefined> {
  const all = allOf(row);
  const fits = await fitting(session, column, [...all, null]);
  if (!fits) return undefined;
  const values = all.map((text, position) => ({ text, width: widths[position] ?? column.length, fits: fits[position] === true }));
  const listed = textsOf(row, KIND.common).length;
  return {
    nulls: row.nulls,
    nullsFit: fits.at(-1) === true,
    width: row.width,
    distinct: row.distinct,
    frequencies: numbersOf(row, KIND.common),
    common: values.slice(0, listed),
    bounds: values.slice(listed),
    elements: textsOf(row, KIND.elements),
    elementFrequencies: numbersOf(row, KIND.elements),
    elementCounts: numbersOf(row, KIND.counts),
  };
}

/** Whether the predicate may hold in a row that has this value and else nulls: where it is false even so, no other column can help. Undefined: it refuses a value. */
async function fitting(session: Session, column: Wanted, values: readonly (string | null)[]): Promise<readonly boolean[] | undefined> {
  const predicate = namedBy(column);
  if (predicate === undefined) return values.map(() => true);
  const { name = "", type, schema, table } = column;
  const row = `pg_catalog.jsonb_populate_record(null::${quote(schema)}.${quote(table)}, pg_catalog.jsonb_build_object(${literal(name)}, ${/^jsonb?$/.test(type) ? "v::pg_catalog.jsonb" : "v"}))`;
  const sql = `select pg_catalog.jsonb_agg((select (${predicate}) is not false from ${row}) order by place) as fits
      from pg_catalog.jsonb_array_elements_text(${literal(JSON.stringify(values))}::pg_catalog.jsonb) with ordinality u (v, place)`;
  // It may divide by zero; an error would end the twin's transaction.
  const [outcome] = await session.run([sql]);
  if (outcome?.refused) return undefined;
  const [found] = await session.read<{ fits: readonly boolean[] }>(sql, []);
  return found?.fits;
}
