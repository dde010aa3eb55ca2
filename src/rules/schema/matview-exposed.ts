import { nameOf, raw, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/matview-exposed",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    const isProtected = new Map(schema.tables.map((table) => [table.oid, table.rowSecurity]));
    for (const view of schema.views) {
      if (view.kind !== "materialized view") continue;
      const strangers = reach.supabase ? reach.strangers(view, ["SELECT"]) : [];
      const hides = view.reads.find(({ oid }) => isProtected.get(oid));
      const holders = strangers.length > 0 ? strangers : hides ? reach.holders(view, ["SELECT"]) : [];
      if (holders.length === 0) continue;

      const name = nameOf(view.schema, view.name);
      const rows =
        hides === undefined
          ? "every row of it"
          : `every row that it kept of ${nameOf(hides.schema, hides.name)}, whatever the policies there say`;
      yield {
        message: `${holders.join(", ")} may read the materialized view ${name}, which can have no policies: they see ${rows}.`,
        object: `${name}`,
        ...(hides && { severity: "error" as const }),
        fix: sql`revoke select on ${name} from ${raw(roleList(holders))};`,
        undo: sql`grant select on ${name} to ${raw(roleList(holders))};`,
      };
    }
  },
});

const roleList = (names: readonly string[]) =>
  names.map((name) => (name === "PUBLIC" ? "public" : `${nameOf(undefined, name)}`)).join(", ");
