import type { Database } from "../database/database.ts";
import type { ExtendedStatistics } from "./extended-statistics.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";
import { columnValues, withoutUserValues } from "./statistics.ts";

/**
 * What ANALYZE learned for a statistics object. The values are the user's own: they stay in memory, go to the twin and
 * nowhere else.
 */
export interface ExtendedValues {
  readonly table: Oid;
  readonly schema: string;
  readonly name: string;
  /** Of the table and its children together. */
  readonly inherited: boolean;
  /** How many different values parts have together. */
  readonly distinct: readonly Coefficient[];
  /** The last part follows from those before it in this share of the rows, 0 to 1. */
  readonly dependencies: readonly Coefficient[];
  readonly mostCommon: readonly Combination[];
  /** Of each expression, in the order of CREATE STATISTICS: the arguments of `pg_restore_attribute_stats`. */
  readonly expressions: readonly Readonly<Record<string, string>>[];
}

/** A column by its name, or an expression by its place, counted from 1. */
export type Part = string | number;

interface Coefficient {
  readonly parts: readonly Part[];
  readonly value: number;
}

interface Combination {
  /** As Postgres prints each; null for NULL. */
  readonly values: ReadonlyMap<Part, string | null>;
  /** Share of the rows, 0 to 1. */
  readonly frequency: number;
  /** The same if the parts had nothing to do with each other. */
  readonly baseFrequency: number;
}

interface Row extends Pick<ExtendedValues, "table" | "schema" | "name" | "inherited" | "expressions"> {
  /** By their `attnum`, which dropped columns make differ from one server to the next. */
  readonly columns: Readonly<Record<string, string>>;
  readonly distinct: string | null;
  readonly dependencies: string | null;
  /** One list for each combination: the columns in order of their number, then the expressions. */
  readonly values: readonly (readonly (string | null)[])[];
  readonly frequencies: readonly number[];
  readonly baseFrequencies: readonly number[];
}

/** The views show it to members of the table's owner alone (https://www.postgresql.org/docs/current/view-pg-stats-ext.html). */
const learned = ({ inherited, sameTree }: { inherited: string; sameTree: string }) => `
  select s.stxrelid as "table",
         n.nspname::pg_catalog.text as schema,
         s.stxname::pg_catalog.text as name,
         ${inherited} as inherited,
         coalesce((select pg_catalog.jsonb_object_agg(a.attnum, a.attname)
                     from pg_catalog.pg_attribute a
                    where a.attrelid = s.stxrelid and a.attnum in (select pg_catalog.unnest(s.stxkeys))), '{}') as columns,
         ${printed("x.n_distinct")} as "distinct",
         ${printed("x.dependencies")} as dependencies,
         coalesce(pg_catalog.to_jsonb(x.most_common_vals), '[]') as "values",
         coalesce(pg_catalog.to_jsonb(x.most_common_freqs), '[]') as frequencies,
         coalesce(pg_catalog.to_jsonb(x.most_common_base_freqs), '[]') as "baseFrequencies",
         coalesce((select pg_catalog.jsonb_agg(${columnValues("e")} order by pg_catalog.array_position(x.exprs, e.expr))
                     from pg_catalog.pg_stats_ext_exprs e
                    where e.statistics_schemaname = n.nspname and e.statistics_name = s.stxname
                      and e.null_frac is not null${sameTree}), '[]') as expressions
    from pg_catalog.pg_statistic_ext s
    join pg_catalog.pg_class c on c.oid = s.stxrelid
    join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
    join pg_catalog.pg_stats_ext x on x.statistics_schemaname = n.nspname and x.statistics_name = s.stxname
   where s.stxrelid = any ($1::pg_catalog.oid[])
   order by s.stxrelid, n.nspname, s.stxname, 4`;

/** From here on a table that others inherit from has both: its own and those of all together. */
const BOTH = 150000;

/** How many values there are tells none of them. */
const withoutValues = (row: Row): Row => ({
  ...row,
  values: [],
  frequencies: [],
  baseFrequencies: [],
  expressions: row.expressions.map(withoutUserValues),
});

const recorded = { name: "extended statistics' values", about: "table", withoutValues } as const;

export const extendedValuesBefore15 = catalogQuery<Row>({
  ...recorded,
  sql: learned({ inherited: "c.relkind = 'p'", sameTree: "" }),
  before: BOTH,
});
export const extendedValues = catalogQuery<Row>({
  ...recorded,
  sql: learned({ inherited: "x.inherited", sameTree: " and e.inherited = x.inherited" }),
  since: BOTH,
});

export async function readExtendedValues(
  database: Database,
  { objects, versionNumber }: { objects: readonly ExtendedStatistics[]; versionNumber: number },
): Promise<readonly ExtendedValues[]> {
  if (objects.length === 0) return [];
  const { sql } = versionNumber >= BOTH ? extendedValues : extendedValuesBefore15;
  const rows = await database.read<Row>(sql, [oids([...new Set(objects.map(({ table }) => table))])]);
  return rows.map(({ table, schema, name, inherited, expressions, ...row }) => {
    const ofNumber = (number: number): Part => row.columns[number] ?? -number;
    return {
      table,
      schema,
      name,
      inherited,
      expressions,
      distinct: coefficients(row.distinct, ofNumber),
      dependencies: coefficients(row.dependencies, ofNumber),
      mostCommon: combinations(row),
    };
  });
}

/** `{"1, 3": 21, "3, -1": 40}` and `{"1 => 3": 0.98, "1, -1 => 3": 1}`: numbers below zero are expressions. */
function coefficients(printed: string | null, ofNumber: (number: number) => Part): readonly Coefficient[] {
  if (printed === null) return [];
  return Object.entries<number>(JSON.parse(printed)).map(([numbers, value]) => ({
    parts: numbers.split(/,|=>/).map((number) => ofNumber(Number(number))),
    value,
  }));
}

type Listed = Pick<Row, "columns" | "values" | "frequencies" | "baseFrequencies">;

function combinations({ columns, values, frequencies, baseFrequencies }: Listed): readonly Combination[] {
  const named = Object.entries(columns)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => name);
  return values.map((list, position) => ({
    values: new Map(list.map((value, place): [Part, string | null] => [named[place] ?? place - named.length + 1, value])),
    frequency: frequencies[position] ?? 0,
    baseFrequency: baseFrequencies[position] ?? 0,
  }));
}
