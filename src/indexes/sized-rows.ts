import { literal, quote } from "../sql/quote.ts";
import type { Session } from "../twin/twin.ts";
import type { IndexFacts } from "./sized-facts.ts";

/** Rows made up where an expression reads several columns. */
const MADE_UP = 100;

export interface Weighted {
  readonly text: string | null;
  /** Rows it stands for, in units of one value of a histogram. */
  readonly weight: number;
  /** One of the most common values. */
  readonly isListed: boolean;
}

interface Kept {
  readonly name: string;
  /** JSON, which is put into a row as it is and not as a text. */
  readonly isJson: boolean;
  readonly nulls: number;
  readonly common: readonly string[];
  readonly frequencies: readonly number[];
  readonly bounds: readonly string[];
}

/** The columns that an index reads: `pg_depend` has those of its expressions and its predicate too. */
const keptSql = `
  select a.attname::pg_catalog.text as name, a.atttypid in ('pg_catalog.json'::pg_catalog.regtype, 'pg_catalog.jsonb'::pg_catalog.regtype) as "isJson", s.null_frac as nulls,
         pg_catalog.to_jsonb(coalesce(s.most_common_vals::pg_catalog.text::pg_catalog.text[], '{}')) as common, pg_catalog.to_jsonb(coalesce(s.most_common_freqs, '{}')) as frequencies,
         pg_catalog.to_jsonb(coalesce(s.histogram_bounds::pg_catalog.text::pg_catalog.text[], '{}')) as bounds
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class t on t.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    join pg_catalog.pg_stats s on s.schemaname = n.nspname and s.tablename = t.relname and s.attname = a.attname and not s.inherited
   where (a.attrelid, a.attnum) in (select d.refobjid, d.refobjsubid from pg_catalog.pg_depend d
                                     where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = $1::pg_catalog.oid
                                       and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjsubid > 0)
   order by a.attnum`;

/** What an expression of the index gives for the values that ANALYZE kept of the columns it reads, as text. */
export async function evaluate(session: Session, { oid, schema, table }: IndexFacts, expression: string): Promise<readonly Weighted[]> {
  const rows = rowsOf(await session.read<Kept>(keptSql, [oid]));
  if (rows.length === 0) return [];
  const given = rows.map(
    ({ values, weight, isListed }) => `(${literal(JSON.stringify(values))}::pg_catalog.jsonb, ${weight}::pg_catalog.float8, ${isListed})`,
  );
  const sql = `select (${expression})::pg_catalog.text as text, given.weight as weight, given.listed as "isListed"
    from (values ${given.join(", ")}) given (kept, weight, listed), pg_catalog.jsonb_populate_record(null::${quote(schema)}.${quote(table)}, given.kept)`;
  // An error would end the twin's transaction.
  const [outcome] = await session.run([sql]);
  if (outcome?.refused) return [];
  return session.read<Weighted>(sql, []);
}

interface Row extends Omit<Weighted, "text"> {
  readonly values: Readonly<Record<string, unknown>>;
}

function rowsOf(columns: readonly Kept[]): readonly Row[] {
  const [only, ...more] = columns.map((column) => ({ ...column, values: weighed(column) })).filter(({ values }) => values.length > 0);
  if (!only) return [];
  if (more.length === 0) return only.values.map(({ text, ...row }) => ({ ...row, values: { [only.name]: readAs(only, text) } }));
  const all = [only, ...more].map((column) => ({ ...column, texts: spreadOut(column.values) }));
  return Array.from({ length: MADE_UP }, (_, row) => ({
    values: Object.fromEntries(
      all.map((column, position) => [column.name, readAs(column, column.texts[(row * (position * 2 + 1)) % MADE_UP] ?? null)]),
    ),
    weight: 1,
    isListed: false,
  }));
}

const readAs = ({ isJson }: Pick<Kept, "isJson">, text: string | null): unknown => (isJson && text !== null ? JSON.parse(text) : text);

/** The values of a column's rows, one of the histogram counting for one. */
export function weighed({ common, frequencies, bounds, nulls }: Omit<Kept, "name" | "isJson">): readonly Weighted[] {
  const listed = frequencies.reduce((sum, each) => sum + each, 0);
  // Without a histogram every value is listed, and each stands for many rows.
  const unit = bounds.length === 0 ? 1e-9 : Math.max(1e-6, 1 - nulls - listed) / bounds.length;
  return [
    ...common.map((text, position) => ({ text, weight: (frequencies[position] ?? 0) / unit, isListed: true })),
    ...bounds.map((text) => ({ text, weight: 1, isListed: false })),
    ...(nulls > 0 ? [{ text: null, weight: nulls / unit, isListed: true }] : []),
  ];
}

function spreadOut(values: readonly Weighted[]): readonly (string | null)[] {
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  let position = 0;
  let passed = values[0]?.weight ?? 0;
  return Array.from({ length: MADE_UP }, (_, row) => {
    while (passed < ((row + 0.5) / MADE_UP) * total && position < values.length - 1) {
      position += 1;
      passed += values[position]?.weight ?? 0;
    }
    return values[position]?.text ?? null;
  });
}
