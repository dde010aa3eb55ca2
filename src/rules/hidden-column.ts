import type { Table } from "../catalog/tables.ts";
import { unqualifiedText } from "../sql/expression.ts";
import type { Hidden } from "../sql/hidden-column.ts";
import { indexName } from "../sql/index-name.ts";
import { nameOfItem, sizedNameOf } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { nameOf, raw, sql } from "../sql/quote.ts";
import type { Problem } from "./rule.ts";

/** Rows. Above, a scan is felt on each call. */
const LARGE = 100_000;

/** What is to be said of it, but for the fix. `unless`: what would excuse it, if only it were known. */
export function hiddenProblem({ left, node, use, isJoin }: Hidden<Table>, unless: string, query: Query<Table>): Problem {
  const { item, table, name } = use;
  const span = query.spanOf(left);
  return {
    message: `${span ? query.textOf(span) : "An expression"} hides ${nameOfItem(item)}.${name} from its indexes, so Postgres computes it for every row of ${sizedNameOf(item)}${table ? "" : `, unless ${unless}`}.`,
    span: query.spanOf(node),
    object: `${nameOfItem(item)}.${name}`,
    ...(table?.rows === undefined ? {} : { evidence: { rows: table.rows } }),
    // In a join, a hash of both tables needs no index.
    severity: isJoin ? "info" : (table?.rows ?? 0) >= LARGE ? "error" : "warning",
  };
}

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
