import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/table-without-primary-key",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      if (table.kind !== "table" && table.kind !== "partitioned table") continue;
      // A partition has what its parent has, and is told of there.
      if (table.partition.bound !== undefined || table.constraints.some(({ kind }) => kind === "primary key")) continue;

      const name = nameOf(table.schema, table.name);
      const identity = table.indexes.find((index) => identifies(index, table));
      const without = `${name} has no primary key`;
      if (!identity) {
        yield {
          message: `${without}, so two equal rows cannot be told apart, and logical replication refuses UPDATE and DELETE on it.`,
          object: `${name}`,
        };
        continue;
      }
      yield {
        severity: "info",
        message: `${without}, though ${nameOf(undefined, identity.name)} already tells its rows apart: tools and logical replication look for the key itself.`,
        object: `${name}`,
        ...(table.kind === "table" &&
          !identity.constraint && { fix: sql`alter table ${name} add primary key using index ${identity.name};` }),
      };
    }
  },
});

const identifies = ({ unique, valid, where, keys }: Index, { columns }: Table) =>
  unique && valid && where === undefined && keys.every((key) => columns.some(({ name, notNull }) => name === unquote(key) && notNull));
