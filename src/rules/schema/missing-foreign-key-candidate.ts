import { nameOf, sql } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { byNameOf, namedParent } from "../named-reference.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/missing-foreign-key-candidate",
  severity: "info",

  *check(schema) {
    const tables = declaredTables(schema);
    const byName = byNameOf(tables);
    for (const table of tables) {
      const referring = new Set(table.constraints.flatMap(({ kind, columns }) => (kind === "foreign key" ? columns : [])));
      for (const column of table.columns) {
        const named = referring.has(column.name) ? undefined : namedParent(column, table, byName);
        if (!named) continue;
        const { parent, key } = named;
        const [name, to] = [nameOf(table.schema, table.name), nameOf(parent.schema, parent.name)];
        const constraint = `${table.name}_${column.name}_fkey`.slice(0, 63);
        yield {
          message: `${name}.${nameOf(undefined, column.name)} has the name and the type of a reference to ${to} and is none: rows that point at nothing are accepted, and the planner does not know that the two belong together.`,
          object: `${name}.${nameOf(undefined, column.name)}`,
          ...(table.kind === "table" && {
            fix: `${sql`alter table ${name} add constraint ${constraint} foreign key (${column.name}) references ${to} (${key.name}) not valid;`}\n${sql`alter table ${name} validate constraint ${constraint};`}`,
            undo: sql`alter table ${name} drop constraint ${constraint};`,
          }),
        };
      }
    }
  },
});
