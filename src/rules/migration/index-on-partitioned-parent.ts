import type { IndexStmt } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { type Name, nameOf, raw, sql } from "../../sql/quote.ts";
import { endOfName } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, isBound, placeOf, sizedTable } from "../touched.ts";

/** Partitions on which the step builds an index, and the name that Postgres gives it. */
const buildsOf = ({ effects = [] }: Step) =>
  effects.flatMap(({ relation, builds: [index], table }) =>
    index !== undefined && table?.partition.bound !== undefined ? [{ partition: relation, index }] : [],
  );

/** Each partition is a plain table: an index is attached to that of its own parent only. */
const isFlat = ({ effects = [] }: Step) => effects.every(({ table }) => table?.partition.bound === undefined || table.kind === "table");

/** The parent's index first, which stays invalid until each partition has its own attached. */
function byPartition(step: Step, { relation, unique }: IndexStmt, index: string): string | undefined {
  if (!relation) return undefined;
  const { source, start, text } = step.statement;
  const keys = raw(text.slice(endOfName(source, relation.location ?? 0) - start).trim());
  const create = raw(unique ? "create unique index" : "create index");
  const parent = nameOfRange(relation);
  const built = buildsOf(step);
  return [
    sql`${create} ${index} on only ${parent} ${keys};`,
    ...built.map(({ partition, index: own }) => sql`${create} concurrently ${own} on ${partition} ${keys};`),
    ...built.map(
      ({ partition, index: own }) => sql`alter index ${nameOf(parent.schema, index)} attach partition ${nameOf(partition.schema, own)};`,
    ),
  ].join("\n");
}

/** An index of the parent has no file, so it is not seen to be built. */
const indexName = ({ idxname }: IndexStmt, { name }: Name) => idxname ?? `${name}_idx`;

export default migrationRule({
  id: "migration/index-on-partitioned-parent",
  severity: "error",

  *check(step) {
    if (!("IndexStmt" in step.statement.tree) || !step.statement.tree.IndexStmt.relation?.inh) return;
    const index = step.statement.tree.IndexStmt;
    const parent = nameOfRange(step.statement.tree.IndexStmt.relation);
    const partitions = buildsOf(step).filter(({ partition }) => !step.isNew(partition));
    const isParent = (effectOn(step, parent)?.table ?? step.table(parent))?.kind === "partitioned table";
    if (!isParent || step.isNew(parent) || partitions.length < 1) return;

    const { name, known } = sizedTable(step, parent);
    yield {
      message: `CREATE INDEX on ${name} builds an index on each of its partitions, ${partitions.length} in all, in one statement, and every write to any of them waits until the last one is built.`,
      span: placeOf(step),
      object: parent.toString(),
      ...known,
      ...(!isBound(step) && isFlat(step) && { fix: byPartition(step, index, indexName(index, parent)) }),
    };
  },
});
