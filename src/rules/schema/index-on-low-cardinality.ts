import type { Index } from "../../catalog/indexes.ts";
import type { ColumnSpread } from "../../catalog/spreads.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, raw, sql, unquote } from "../../sql/quote.ts";
import { isOptional } from "../covers.ts";
import { schemaRule } from "../rule.ts";

/** Rows. On fewer the index is small, whatever it holds. */
const LARGE = 10_000;
/** Of the pages of the table: where a value is on so many, all of them are read whether the index is asked or not. */
const NEARLY_ALL = 0.9;
/** Between the order of values and that of rows on disk: above it the rows of one value lie together. */
const ORDERED = 0.5;

export default schemaRule({
  id: "schema/index-on-low-cardinality",
  severity: "info",

  *check({ tables, spreads }) {
    const seen = new Map(spreads.map((spread) => [`${spread.table.oid} ${spread.column}`, spread]));
    for (const table of tables) {
      if (table.kind !== "table" || (table.rows ?? 0) < LARGE) continue;
      for (const index of table.indexes.filter((each) => isCandidate(each, table))) {
        const spread = seen.get(`${table.oid} ${unquote(index.keys[0] ?? "")}`);
        const rarest = spread && rarestOf(spread);
        if (rarest === undefined || pagesWith(rarest, table) < NEARLY_ALL) continue;
        const [on, own] = [nameOf(table.schema, table.name), nameOf(index.schema, index.name)];
        yield {
          message: `${own} on ${on} has ${spread?.distinct} values, the rarest in ${Math.round(rarest * 100)} % of the rows and so on about ${Math.floor(100 * pagesWith(rarest, table))} % of the pages: a query for any of them reads as much of the table as one without the index.`,
          object: `${on}.${nameOf(undefined, index.name)}`,
          evidence: { values: spread?.distinct ?? 0, rarest, bytes: index.bytes },
          fix: sql`drop index concurrently ${own};`,
          undo: sql`${raw(index.definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`,
        };
      }
    }
  },
});

/** Undefined where not all values are among the most common ones, or where their rows lie together. */
const rarestOf = ({ distinct, common, correlation }: Pick<ColumnSpread, "distinct" | "common" | "correlation">) =>
  common.length === distinct && Math.abs(correlation ?? 0) < ORDERED ? common.at(-1) : undefined;

/** The share of the pages that hold at least one row of so many, spread at random. */
const pagesWith = (share: number, { rows = 0, size }: Table) => 1 - (1 - share) ** (rows / Math.max(1, size.blocks));

/** Of one column that is no boolean; an index that is read, or that deletes of a parent look up, is worth what it costs. */
function isCandidate(index: Index, { columns, constraints }: Table): boolean {
  const column = columns.find(({ name }) => name === unquote(index.keys[0] ?? ""));
  const isReference = constraints.some(({ kind, columns: own }) => kind === "foreign key" && own[0] === column?.name);
  const isPlain = isOptional(index) && !index.replicaIdentity && index.keys.length === 1 && index.include.length === 0;
  return (
    isPlain && index.where === undefined && index.usage.scans === 0 && column !== undefined && column.type !== "boolean" && !isReference
  );
}
