import { literal } from "../sql/quote.ts";
import type { Estimate } from "./expression-estimate.ts";

/** The table of the twin in which values wait, one row for each that was sampled: of the column (x), of the expression (y), and its weight. */
export const SAMPLE = "pg_temp.backend_db_mcp_sample";

/** One key of an index. */
export interface Attribute {
  readonly schema: string;
  readonly name: string;
  readonly attribute: string;
}

/** A value that an expression makes has a length word of four bytes (`VARSIZE_ANY` in `compute_scalar_stats` of src/backend/commands/analyze.c). */
const widthSql = `
  select coalesce(round(sum((pg_catalog.pg_column_size(y) + case when a.attlen = -1 and pg_catalog.pg_column_size(y) < 127 then 3 else 0 end) * weight)
                        / nullif(sum(weight), 0)), 0)::int4 as width
    from ${SAMPLE}, pg_catalog.pg_attribute a
   where y is not null and weight > 0 and a.attrelid = '${SAMPLE}'::regclass and a.attname = 'y'`;

const named = ({ schema, name, attribute }: Attribute) =>
  `'schemaname', ${literal(schema)}, 'relname', ${literal(name)}, 'attname', ${literal(attribute)}, 'inherited', false, 'version', 180000`;

/** Places become values again, in the twin. */
export function restoreValues(attribute: Attribute, { nulls, distinct, common, bounds, correlation }: Estimate): string {
  const values = (places: readonly number[]) => `(select pg_catalog.array_agg(v.y order by u.nth)::text
    from pg_catalog.unnest('{${places.join(",")}}'::int4[]) with ordinality u (place, nth) join v using (place))`;
  const shares = `'{${common.map(({ share }) => share).join(",")}}'::real[]`;
  const settings = [
    named(attribute),
    `'null_frac', ${nulls}::real, 'avg_width', w.width, 'n_distinct', ${distinct}::real`,
    ...(common.length > 0 ? [`'most_common_vals', ${values(common.map(({ place }) => place))}, 'most_common_freqs', ${shares}`] : []),
    ...(bounds.length > 1 ? [`'histogram_bounds', ${values(bounds)}`] : []),
    ...(nulls < 1 ? [`'correlation', ${correlation}::real`] : []),
  ];
  return `
    with v as (select row_number() over (order by y) as place, y from (select distinct y from ${SAMPLE} where y is not null) d),
         w as (${widthSql})
    select pg_restore_attribute_stats(${settings.join(", ")}) from w`;
}

/** A word that only one sampled text has may be in any number of others. */
const LEAST_TEXTS = 2;
/** Ten for each of `default_statistics_target` (`compute_tsvector_stats` in src/backend/tsearch/ts_typanalyze.c). */
const MOST_WORDS = 1000;

/** Of texts made ready for search: in what share of them each word is. Words are sorted by their length first, as the planner looks them up. */
export function restoreWords(attribute: Attribute): string {
  return `
    with w as (${widthSql}),
         n as (select sum(weight) as rows, coalesce(sum(weight) filter (where y is null), 0) as nulls from ${SAMPLE}),
         e as (select word, sum(weight) / (select nullif(rows - nulls, 0) from n) as share
                 from ${SAMPLE}, pg_catalog.unnest(pg_catalog.tsvector_to_array(y)) word
                where weight > 0 group by word having count(*) >= ${LEAST_TEXTS}
                order by share desc, word limit ${MOST_WORDS}),
         l as (select pg_catalog.array_agg(word order by octet_length(word), word collate "C") as words,
                      pg_catalog.array_agg(share order by octet_length(word), word collate "C") || array[min(share), max(share)] as shares from e)
    select pg_restore_attribute_stats(${named(attribute)}, 'null_frac', (n.nulls / nullif(n.rows, 0))::real, 'avg_width', w.width,
             'n_distinct', -1::real, 'most_common_elems', l.words::text, 'most_common_elem_freqs', l.shares::real[])
      from w, n, l`;
}

const copiedNumbers = [
  "null_frac",
  "avg_width",
  "n_distinct",
  "most_common_freqs",
  "correlation",
  "most_common_elem_freqs",
  "elem_count_histogram",
];
const copiedValues = ["most_common_vals", "histogram_bounds", "most_common_elems"];

/** Of the same expression in another index. What is null is left out. */
export function copyValues(from: Attribute, to: Attribute): string {
  const settings = [
    ...copiedNumbers.map((name) => `'${name}', s.${name}`),
    ...copiedValues.map((name) => `'${name}', s.${name}::pg_catalog.text`),
  ];
  return `
    select pg_restore_attribute_stats(${named(to)}, ${settings.join(", ")})
      from pg_catalog.pg_stats s
     where s.schemaname = ${literal(from.schema)} and s.tablename = ${literal(from.name)} and s.attname = ${literal(from.attribute)}`;
}
