import { nameOf } from "../../sql/quote.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/table-inheritance",
  severity: "warning",

  *check({ tables }) {
    const inherits = tables.filter(({ parents, partition }) => parents.length > 0 && partition.bound === undefined);
    const parents = new Map(inherits.flatMap((table) => table.parents.map((parent) => [parent.oid, parent] as const)));
    for (const parent of parents.values()) {
      const children = inherits.filter((table) => table.parents.some(({ oid }) => oid === parent.oid));
      const name = nameOf(parent.schema, parent.name);
      yield {
        message: `${listed(children.map((table) => nameOf(table.schema, table.name)))} ${children.length === 1 ? "inherits" : "inherit"} from ${name}: its primary key, unique constraints and foreign keys do not reach their rows, so an id may be there twice and a reference to it finds none of theirs.`,
        object: `${name}`,
        evidence: { children: children.length },
      };
    }
  },
});
