import type { Table } from "../catalog/tables.ts";
import { isKey, unqualifiedText } from "../sql/expression.ts";
import type { Hidden } from "../sql/hidden-column.ts";
import { indexName } from "../sql/index-name.ts";
import { nameOfItem, sizedNameOf } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { nameOf, raw, sql } from "../sql/quote.ts";
import type { Problem } from "./rule.ts";

/** Rows. Above, a scan is felt on each call. */
const LARGE = 100_000;

/** What is to be said of it, but for the fix. `unless`: what would excuse it, if only it were known. */
export function hiddenProblem(hidden: Hidden<Table>, unless: string, query: Query<Table>): Problem {
  const { left, node, isJoin } = hidden;
  const { item, table, name } = hidden.use;
  const span = query.spanOf(left);
  const written = span ? query.textOf(span) : "the expression";
  const column = `${nameOfItem(item)}.${name}`;
  const hides = isIndexed(hidden);
  const cause = hides ? `${written} hides ${column} from its indexes` : `No index holds ${written}`;
  return {
    message: `${cause}, so Postgres computes it for every row of ${sizedNameOf(item)}${table ? "" : `, unless ${unless}`}.`,
    span: query.spanOf(node),
    object: column,
    ...(table?.rows === undefined ? {} : { evidence: { rows: table.rows } }),
    // In a join, a hash of both tables needs no index.
    severity: isJoin ? "info" : hides && (table?.rows ?? 0) >= LARGE ? "error" : "warning",
  };
}

/** Whether there is an index that the bare column could have; where nobody knows, there may be. */
const isIndexed = ({ uses }: Hidden<Table>): boolean =>
  uses.some(
    ({ table, name }) =>
      !table || table.indexes.some(({ keys: [key], valid }) => valid && key !== undefined && isKey(columnNamed(name), key)),
  );

const columnNamed = (name: string) => ({ ColumnRef: { fields: [{ String: { sval: name } }] } });

/** The index on the expression itself, which must be immutable. */
export function indexOnHidden({ left, use: { table } }: Hidden<Table>, { statement }: Query<Table>): Pick<Problem, "fix" | "undo"> {
  const written = unqualifiedText(left, statement);
  if (table?.kind !== "table" || !written) return {};
  const isCall = "FuncCall" in left || "CoalesceExpr" in left;
  const index = indexName({ table: table.name, keys: [written], taken: table.indexes.map(({ name }) => name) });
  return {
    fix: sql`create index concurrently ${index} on ${nameOf(table.schema, table.name)} (${raw(isCall ? written : `(${written})`)});`,
    undo: sql`drop index concurrently ${nameOf(table.schema, index)};`,
  };
}
