import type { ReindexStmt } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { isOn } from "../../sql/options.ts";
import { quote, raw, sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { isBound, isSpared, placeOf, sizedTable } from "../touched.ts";

const words: Readonly<Record<string, string>> = {
  REINDEX_OBJECT_INDEX: "index",
  REINDEX_OBJECT_TABLE: "table",
  REINDEX_OBJECT_SCHEMA: "schema",
  REINDEX_OBJECT_DATABASE: "database",
};

function reindexed(step: Step, { kind = "REINDEX_OBJECT_TABLE", relation, name }: ReindexStmt) {
  const table = relation && nameOfRange(relation);
  const object = table?.toString() ?? (name ? quote(name) : "the current database");
  if (kind === "REINDEX_OBJECT_INDEX") return { object, of: `the table of ${object}`, known: {} };
  if (!table) return { object, of: `one table after the other of ${object}`, known: {} };
  const { name: of, known } = sizedTable(step, table);
  return { object, of, known };
}

export default migrationRule({
  id: "migration/reindex-not-concurrent",
  severity: "error",

  *check(step) {
    if (!("ReindexStmt" in step.statement.tree)) return;
    const { ReindexStmt: reindex } = step.statement.tree;
    const kind = words[reindex.kind ?? ""];
    if (!kind || isOn(reindex.params, "concurrently")) return;
    if (kind === "table" && reindex.relation && step.isNew(nameOfRange(reindex.relation))) return;
    if (isSpared(step, ({ builds }) => builds.length > 0)) return;

    const { object, of, known } = reindexed(step, reindex);
    const hasOptions = (reindex.params ?? []).length > 0;
    yield {
      message: `REINDEX takes a SHARE lock on ${of} and an ACCESS EXCLUSIVE lock on each index: writes wait, and so do queries that plan on these indexes.`,
      span: placeOf(step),
      object,
      ...known,
      ...(isBound(step) || hasOptions ? {} : { fix: sql`reindex ${raw(kind)} concurrently ${raw(object)};` }),
    };
  },
});
