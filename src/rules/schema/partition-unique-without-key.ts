import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, unquote } from "../../sql/quote.ts";
import { listed } from "../listed.ts";
import { keyColumns, partitionsOf } from "../partitions.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/partition-unique-without-key",
  severity: "warning",

  *check(schema) {
    for (const { parent, partitions } of partitionsOf(schema)) {
      const columns = keyColumns(parent)?.map(({ name }) => name) ?? [];
      for (const [keys, owners] of uniquesOf(partitions, columns)) {
        const name = nameOf(parent.schema, parent.name);
        yield {
          message: `(${keys}) is unique within ${listed(owners.map((table) => nameOf(table.schema, table.name)))} only: the same values may stand in another partition of ${name}.`,
          object: `${name}`,
          evidence: { partitions: owners.length, ofPartitions: partitions.length },
        };
      }
    }
  },
});

/** By their keys, the partitions that have a unique index of their own without the columns by which rows are told to partitions. */
function uniquesOf(partitions: readonly Table[], columns: readonly string[]): ReadonlyMap<string, readonly Table[]> {
  const isOwn = ({ unique, parent, keys }: Index) =>
    unique && parent === undefined && !columns.every((column) => keys.map(unquote).includes(column));
  const found = new Map<string, Table[]>();
  for (const table of columns.length === 0 ? [] : partitions)
    for (const index of table.indexes.filter(isOwn)) found.set(index.keys.join(", "), [...(found.get(index.keys.join(", ")) ?? []), table]);
  return found;
}
