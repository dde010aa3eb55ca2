import type { Table } from "../../catalog/tables.ts";
import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import { ascending } from "../key.ts";
import type { Condition, Wish } from "../wishes.ts";

/** Below it, a range of blocks holds values from everywhere. */
const LEAST_CORRELATION = 0.95;
/** Blocks of 32 MB: less is read as fast as it is asked about. */
const LEAST_BLOCKS = 4096;
/** The default of `pages_per_range`. */
const BLOCKS_PER_RANGE = 128;

/** Types that have a class of the least and the greatest value (https://www.postgresql.org/docs/current/brin.html#BRIN-BUILTIN-OPCLASSES). */
const ordered = new Set(
  "int2 int4 int8 float4 float8 numeric oid text varchar bpchar name bytea bit varbit uuid date time timetz timestamp timestamptz interval inet macaddr macaddr8 pg_lsn".split(
    " ",
  ),
);
/** Those that have one of several intervals too, by the name that its class starts with. */
const several = new Set(
  "int2 int4 int8 float4 float8 numeric oid uuid date time timetz timestamp timestamptz interval inet macaddr macaddr8 pg_lsn".split(" "),
);

const compared = new Set(["=", "<", "<=", ">", ">=", "between"]);

/** BRIN: a few bytes for each megabyte of a table whose rows lie in the order of a column. A B-tree beside it finds single rows, at a thousand times the size. */
export function* brin({ table, conditions }: Wish, facts: Facts): Generator<Candidate> {
  const part = facts.largestPart(table);
  if (part.size.blocks < LEAST_BLOCKS) return;
  const columns = new Set(conditions.filter(isServed).flatMap(({ key: { column } }) => column ?? []));
  for (const column of columns) {
    const fact = facts.column(table, column);
    const correlation = Math.abs(fact?.seen?.correlation ?? 0);
    if (!fact || correlation < LEAST_CORRELATION || !ordered.has(fact.type)) continue;
    const operators = several.has(fact.type) && isScattered(correlation, part) ? { operators: `${fact.type}_minmax_multi_ops` } : {};
    yield candidateOf(table, [{ ...ascending(column), ...operators }], {
      method: "brin",
      notes: [`serves as long as rows are added in the order of ${column} and are not moved by updates; gives no order`],
    });
  }
}

const isServed = ({ operator, value, alternative }: Condition) =>
  compared.has(operator) && (value === "constant" || value === "parameter") && !alternative;

/**
 * One row out of place stretches the interval of its whole range of blocks. What correlation lacks to 1 is about the share of such rows, if
 * they come from anywhere; with one or more in each range, a class that keeps several intervals is called for. The planner knows no difference.
 */
function isScattered(correlation: number, { rows = 0, size }: Table): boolean {
  return (1 - correlation) * (rows / size.blocks) * BLOCKS_PER_RANGE >= 1;
}
