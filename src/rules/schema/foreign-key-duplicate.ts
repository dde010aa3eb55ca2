import { nameOf, raw, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/foreign-key-duplicate",
  severity: "warning",

  *check({ foreignKeys }) {
    const first = new Map<string, string>();
    for (const { table, references, constraint, name } of foreignKeys) {
      const said = `${table.oid} ${constraint.definition}`;
      const earlier = first.get(said);
      if (earlier === undefined) {
        first.set(said, name);
        continue;
      }
      const on = nameOf(table.schema, table.name);
      yield {
        message: `${nameOf(undefined, name)} says again what ${nameOf(undefined, earlier)} says, so every write to ${on} and every delete from ${nameOf(references.schema, references.name)} is checked twice.`,
        object: `${on}.${nameOf(undefined, name)}`,
        fix: sql`alter table ${on} drop constraint ${name};`,
        undo: sql`alter table ${on} add constraint ${name} ${raw(constraint.definition)};`,
      };
    }
  },
});
