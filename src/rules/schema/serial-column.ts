import { nameOf } from "../../sql/quote.ts";
import { bySchema, declaredTables } from "../declared.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/serial-column",
  severity: "info",

  *check(schema) {
    const owned = new Set(
      schema.sequences.flatMap(({ ownedBy }) => (ownedBy && !ownedBy.identity ? [`${ownedBy.table} ${ownedBy.column}`] : [])),
    );
    for (const [place, tables] of bySchema(declaredTables(schema))) {
      const columns = tables.flatMap((table) =>
        table.columns
          .filter((column) => column.default?.startsWith("nextval(") && owned.has(`${table.oid} ${column.name}`))
          .map((column) => `${nameOf(table.schema, table.name)}.${nameOf(undefined, column.name)}`),
      );
      if (columns.length === 0) continue;
      yield {
        message: `${listed(columns)} ${columns.length === 1 ? "is" : "are"} serial rather than identity: the sequence has rights of its own that every writer needs besides those on the table, and nothing keeps a hand-written id from meeting the next one.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { columns: columns.length },
      };
    }
  },
});
