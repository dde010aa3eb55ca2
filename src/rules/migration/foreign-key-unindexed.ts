import type { InsertStmt } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { treesAround } from "../../sql/around.ts";
import { foreignKeysMadeBy, type MadeForeignKey } from "../../sql/foreign-keys.ts";
import { indexName } from "../../sql/index-name.ts";
import { indexesWritten } from "../../sql/keys-written.ts";
import { type Name, nameOf, sql } from "../../sql/quote.ts";
import { isIndexed } from "../foreign-key-index.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

interface Unindexed {
  /** Names of the indexes that the table has in the end. */
  readonly taken: readonly string[];
  readonly isPlain: boolean;
}

/** As the whole script leaves the table; without a schema that is known only of one that it makes. */
function unindexed(step: Step, { table, columns }: MadeForeignKey): Unindexed | undefined {
  if (!step.effects) {
    const indexes = indexesWritten(step.statement);
    return indexes && !isIndexed({ indexes }, columns) ? { taken: [], isPlain: true } : undefined;
  }
  const left = leftTable(step, table);
  const isThere = left?.constraints.some(({ kind, columns: own }) => kind === "foreign key" && own.join() === columns.join());
  if (!left || !isThere || isIndexed(left, columns)) return undefined;
  return { taken: left.indexes.map(({ name }) => name), isPlain: left.kind === "table" };
}

/** A list of values that the script itself makes and fills: nobody deletes from it. */
function isList({ statement }: Step, { name }: Name): boolean {
  const { before, after } = treesAround(statement);
  const trees = [...before, ...after];
  return (
    trees.some((tree) => "CreateStmt" in tree && tree.CreateStmt.relation?.relname === name) &&
    trees.some((tree) => "InsertStmt" in tree && tree.InsertStmt.relation?.relname === name && isConstant(tree.InsertStmt))
  );
}

const isConstant = ({ selectStmt }: InsertStmt) =>
  selectStmt !== undefined && "SelectStmt" in selectStmt && !selectStmt.SelectStmt.fromClause;

export default migrationRule({
  id: "migration/foreign-key-unindexed",
  severity: "warning",

  *check(step) {
    if (step.refused) return;
    const told = new Set<string>();
    for (const made of foreignKeysMadeBy(step.statement)) {
      const { table, columns, parent, span } = made;
      const found = unindexed(step, made);
      const place = [...columns].sort().join();
      if (!found || told.has(place) || isList(step, parent)) continue;
      told.add(place);

      const { name, known } = sizedTable(step, table);
      const index = indexName({ table: table.name, keys: columns, taken: found.taken });
      yield {
        message: `Deleting from ${parent} scans all of ${name} for each row, because no index starts with ${columns.join(", ")}, and joins between the two have none either.`,
        span,
        object: `${table}.${columns.join(", ")}`,
        ...known,
        ...(known.severity === "error" && { severity: "warning" as const }),
        ...(found.isPlain && { fix: sql`create index concurrently ${index} on ${nameOf(table.schema, table.name)} (${columns});` }),
      };
    }
  },
});
