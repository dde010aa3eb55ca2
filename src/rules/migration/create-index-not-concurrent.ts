import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { tokensOf } from "../../sql/grammar.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { isBound, isSpared, placeOf, sizedTable } from "../touched.ts";

/** The statement as it is written, with CONCURRENTLY after INDEX. */
function withConcurrently({ statement: { text } }: Step): string | undefined {
  const index = tokensOf(text).find((token) => token.text.toLowerCase() === "index");
  return index && sql`${raw(text.slice(0, index.end))} concurrently${raw(text.slice(index.end))};`;
}

export default migrationRule({
  id: "migration/create-index-not-concurrent",
  severity: "error",

  *check(step) {
    if (!("IndexStmt" in step.statement.tree)) return;
    const { relation, concurrent, idxname } = step.statement.tree.IndexStmt;
    if (concurrent || !relation) return;
    const table = nameOfRange(relation);
    const isOnly = !relation.inh;
    if (isOnly || step.isNew(table) || isSpared(step, ({ builds }) => builds.length > 0)) return;

    const { name, known } = sizedTable(step, table);
    const isPartitioned = step.table(table)?.kind === "partitioned table";
    yield {
      message: isPartitioned
        ? `CREATE INDEX takes a SHARE lock on ${name} and on every partition of it, which blocks every write to them until all their indexes are built.`
        : `CREATE INDEX takes a SHARE lock on ${name}, which blocks every write to it until the index is built.`,
      span: placeOf(step),
      object: table.toString(),
      ...known,
      ...(isPartitioned || isBound(step) ? {} : { fix: withConcurrently(step) }),
      ...(isPartitioned || isBound(step) || !idxname ? {} : { undo: sql`drop index concurrently ${nameOf(table.schema, idxname)};` }),
    };
  },
});
