import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/public-schema-create",
  severity: "warning",

  *check({ schemas, grants }) {
    for (const { oid, name } of schemas) {
      const open = grants.some(
        (grant) => grant.object === oid && grant.on === "schema" && grant.grantee === undefined && grant.privileges.includes("CREATE"),
      );
      if (!open) continue;
      const schema = nameOf(undefined, name);
      yield {
        message: `Every role may create objects in schema ${schema}, and whoever has it in their search_path may run a function there that somebody else put before theirs.`,
        object: `${schema}`,
        fix: sql`revoke create on schema ${schema} from public;`,
        undo: sql`grant create on schema ${schema} to public;`,
      };
    }
  },
});
