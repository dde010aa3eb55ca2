/** A column of the twin, and how much of it is known. */
export interface Column {
  readonly table: number;
  readonly number: number;
  readonly name: string;
  /** As it is written in a cast. */
  readonly type: string;
  /** By the name in `pg_type`; of a domain, what it is made of. */
  readonly base: string;
  readonly nulls: number | null;
  /** As `stadistinct` of pg_statistic: below 0, a share of the rows. */
  readonly distinct: number;
  readonly correlation: number;
  /** How many most common values and bounds of the histogram it has. */
  readonly common: number;
  readonly bounds: number;
  /** Shares of the rows that the most common values have. */
  readonly shares: readonly number[];
}

/** By the numbers of a column, which the index of `pg_statistic` knows; the view joins three tables to find its name. */
const slot = (kind: number, value: (slot: number) => string) =>
  `case ${kind} ${[1, 2, 3, 4, 5].map((each) => `when stakind${each} then ${value(each)}`).join(" ")} end`;

/** `STATISTIC_KIND_…` in src/include/catalog/pg_statistic.h. */
const KIND = { common: 1, histogram: 2, correlation: 3 };

export const columnsSql = `
  select a.attrelid as "table", a.attnum as number, a.attname::pg_catalog.text as name,
         pg_catalog.format_type(a.atttypid, a.atttypmod) as type, coalesce(b.typname, y.typname)::pg_catalog.text as base,
         s.stanullfrac as nulls, coalesce(s.stadistinct, 0) as distinct,
         coalesce(${slot(KIND.correlation, (each) => `s.stanumbers${each}[1]`)}, 0) as correlation,
         coalesce(pg_catalog.cardinality(${slot(KIND.common, (each) => `s.stanumbers${each}`)}), 0) as common,
         coalesce(${slot(KIND.common, (each) => `pg_catalog.to_jsonb(s.stanumbers${each})`)}, '[]') as shares,
         coalesce(${slot(KIND.histogram, (each) => `pg_catalog.array_length(s.stavalues${each}, 1)`)}, 0) as bounds
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type y on y.oid = a.atttypid
    left join pg_catalog.pg_type b on b.oid = y.typbasetype
    left join pg_catalog.pg_statistic s on s.starelid = a.attrelid and s.staattnum = a.attnum and not s.stainherit
   where a.attrelid = any ($1::pg_catalog.oid[]) and a.attnum > 0
     and a.attname in (select pg_catalog.jsonb_array_elements_text($2::pg_catalog.jsonb))
   order by a.attrelid, a.attnum`;

/** How a value between two others is made; types that are not named have none. */
const between: Readonly<Record<string, (share: string) => string>> = {
  int2: (share) => `lo::numeric + (hi::numeric - lo::numeric) * ${share}::numeric`,
  int4: (share) => `lo::numeric + (hi::numeric - lo::numeric) * ${share}::numeric`,
  int8: (share) => `lo::numeric + (hi::numeric - lo::numeric) * ${share}::numeric`,
  numeric: (share) => `round(lo + (hi - lo) * ${share}::numeric, greatest(scale(lo), scale(hi)))`,
  float4: (share) => `lo + (hi - lo) * ${share}`,
  float8: (share) => `lo + (hi - lo) * ${share}`,
  date: (share) => `lo + ((hi - lo) * ${share})::int4`,
  timestamp: (share) => `lo + (hi - lo) * ${share}`,
  timestamptz: (share) => `lo + (hi - lo) * ${share}`,
};

export const isDense = ({ base, bounds }: Column): boolean => bounds > 1 && Object.hasOwn(between, base);

/** Beside a text, the one that ends in another digit or letter. */
const beside = (text: string) =>
  `left(${text}::text, -1) || translate(right(${text}::text, 1), 'abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY0123456789', 'bcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ1212345678')`;
const texts = new Set(["text", "varchar", "bpchar", "citext", "name"]);

/** Values between the first and the last bound that are made up, at least one for each two bounds. */
const FINE = 600;
/** Distances of neighbours, as parts of the distance between two made-up values: each tells apart eight times as many values as the one before. */
const PARTS = [8, 64, 512];

/**
 * Values of a column with the shares of the rows that have them, as far as its statistics tell: the most common ones, null, and the bounds of
 * the histogram, between which the rest is spread evenly. `fine`: with values between the bounds, and beside each a near one.
 */
export function pointsOf(column: Column, { rows, fine }: { readonly rows: number; readonly fine: "fine" | "known" }): string {
  const { table, number, type, bounds, common } = column;
  const made = between[column.base];
  const per = fine === "fine" && made && bounds > 1 ? Math.ceil(FINE / (bounds - 1)) : 1;
  const statistics = `
    s as materialized (
      select (${slot(KIND.common, (each) => `stavalues${each}`)})::text::${type}[] as common,
             (${slot(KIND.common, (each) => `stanumbers${each}`)})::float8[] as shares,
             (${slot(KIND.histogram, (each) => `stavalues${each}`)})::text::${type}[] as bounds,
             stanullfrac::float8 as nulls,
             greatest(0, 1 - stanullfrac - coalesce((select sum(f) from unnest(${slot(KIND.common, (each) => `stanumbers${each}`)}) f), 0))::float8 as rest
        from pg_catalog.pg_statistic
       where starelid = ${table} and staattnum = ${number} and not stainherit)`;
  const known = `
    select 'common' as kind, i as place, 0 as partner, 0::float8 as steps, shares[i] as weight, common[i] as x1 from s, generate_series(1, ${common}) i
    union all select 'common', ${common + 1}, 0, 0, nulls, null::${type} from s`;
  if (per === 1) {
    const ends = `case when i in (1, ${bounds}) then 0.5 else 1 end`;
    const near = fine === "fine" && texts.has(column.base);
    return `with ${statistics} ${known}
      union all select 'bound', ${common + 1} + i, 0, 0, rest * ${ends} / ${Math.max(1, bounds - 1)}, bounds[i] from s, generate_series(1, ${bounds}) i
      ${near ? `union all select 'pair', ${common + 1 + bounds} + i, ${common + 1} + i, 1, 0, (${beside("bounds[i]")})::${type} from s, generate_series(1, ${bounds}) i` : ""}`;
  }
  const distinct =
    Math.max(1, (column.distinct < 0 ? -column.distinct * Math.max(1, rows) : column.distinct || rows) - common) / (bounds - 1);
  const count = per * (bounds - 1);
  // No two values of the column are nearer than this part of the distance between two bounds, if it is spread evenly.
  const step = (part: string) => `greatest(1.0 / (${per} * ${part}), ${1 / distinct})::float8`;
  const value = (share: string) => `(${made?.(`(${share})::float8`)})::${type}`;
  return `with ${statistics},
    d as materialized (
      select (b - 1) * ${per} + j + 1 as i, bounds[b] as lo, bounds[b + 1] as hi, j::float8 / ${per} as share, rest / ${count + 1} as weight,
             (array[${PARTS.join(", ")}])[1 + (b + j) % ${PARTS.length}] as part
        from s, generate_series(1, ${bounds - 1}) b, generate_series(0, ${per - 1}) j)
    ${known}
    union all select 'bound', ${common + 1} + i, 0, 0, weight, ${value("share")} from d
    union all select 'bound', ${common + count + 2}, 0, 0, rest / ${count + 1}, bounds[${bounds}] from s
    union all select 'pair', ${common + count + 2} + i, ${common + 1} + i, ${bounds - 1} / ${step("part")}, 0, ${value(`share + ${step("part")}`)} from d`;
}

/** Values that about as many rows have, and how many there are of them. */
interface Frequency {
  /** Of the rows. */
  readonly share: number;
  readonly values: number;
}

/** How many different rows so many rows of these columns make, if the columns have nothing to do with each other: each that can be is there with some chance. */
export function distinctTogether(columns: readonly Column[], rows: number): number {
  const [column, ...more] = columns;
  if (column && more.length === 0) return column.distinct < 0 ? -column.distinct * rows : column.distinct || rows;
  const together = columns.map((each) => frequencies(each, rows)).reduce((ones, others) => paired(ones, others));
  return together.reduce((sum, { share, values }) => sum + values * (1 - Math.exp(-rows * share)), 0);
}

function frequencies({ distinct, shares, nulls }: Column, rows: number): readonly Frequency[] {
  const values = Math.max(1, (distinct < 0 ? -distinct * rows : distinct || rows) - shares.length);
  const rest = Math.max(0, 1 - (nulls ?? 0) - shares.reduce((sum, share) => sum + share, 0));
  return [...shares.map((share) => ({ share, values: 1 })), { share: rest / values, values }];
}

/** At most so many, of the largest shares, are looked at one by one for a third column. */
const PAIRED = 200;

function paired(ones: readonly Frequency[], others: readonly Frequency[]): readonly Frequency[] {
  const [kept, rest] = [ones.slice(0, PAIRED), ones.slice(PAIRED)];
  const values = rest.reduce((sum, one) => sum + one.values, 0);
  const share = values === 0 ? 0 : rest.reduce((sum, one) => sum + one.values * one.share, 0) / values;
  return [...kept, { share, values }]
    .flatMap((one) => others.map((other) => ({ share: one.share * other.share, values: one.values * other.values })))
    .sort((one, other) => other.share - one.share);
}

/** Made-up rows of several columns. Primes, so that every row of the one column meets another row of the next. */
export const SAMPLED_ROWS = { all: 1999, few: 101 };
/** The golden section of it leaves no two columns in step. */
const TURN = 0.618;

/** Rows of columns of which nobody knows how they go together: each value as often as its column has it, paired by turns. */
export function rowsOf(columns: readonly Column[], count: number): string {
  const spread = columns.map((column, position) => {
    const turn = position === 0 ? 1 : Math.round(count * TURN ** position);
    return `
      (select (i * ${turn} + ${position * 7}) % ${count} as n, x1 as x${position + 1}
         from (select x1, weight, sum(weight) over (order by place) as upto from (${pointsOf(column, { rows: count, fine: "fine" })}) p where kind <> 'pair') p,
              generate_series(ceil((upto - weight) * ${count} - 0.5)::int4, ceil(upto * ${count} - 0.5)::int4 - 1) i
        where i between 0 and ${count - 1}) q${position + 1}`;
  });
  const names = columns.map((_, position) => `q${position + 1}.x${position + 1}`).join(", ");
  const joined = spread.map((query, position) => (position === 0 ? query : `join ${query} using (n)`)).join("\n");
  return `select 'row' as kind, n + 1 as place, 0 as partner, 0::float8 as steps, 1.0::float8 / ${count} as weight, ${names} from ${joined}`;
}
