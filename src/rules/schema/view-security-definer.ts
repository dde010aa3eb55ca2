import type { Schema } from "../../catalog/schema.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

const rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];

export default schemaRule({
  id: "schema/view-security-definer",
  severity: "error",
  postgres: { from: 15 },

  *check(schema) {
    const reach = reachOf(schema);
    const read = readsOf(schema);
    for (const view of schema.views) {
      if (view.kind !== "view" || view.securityInvoker) continue;
      const holders = reach.holders(view, rights);
      const protectedTables = read(view.oid).filter((table) => isPast(table, view.owner, schema));
      if (holders.length === 0 || protectedTables.length === 0) continue;

      const name = nameOf(view.schema, view.name);
      const filtered = asksWhoReads.test(view.definition ?? "");
      yield {
        message: `${name} reads ${protectedTables.map((table) => `${nameOf(table.schema, table.name)}`).join(", ")} with the rights of ${nameOf(undefined, view.owner)}, so ${holders.join(", ")} see${holders.length === 1 ? "s" : ""} rows through it that the policies there hide${filtered ? ", unless its own conditions hide them" : ""}.`,
        object: `${name}`,
        ...(filtered && { severity: "warning" as const }),
        fix: sql`alter view ${name} set (security_invoker = true);`,
        undo: sql`alter view ${name} reset (security_invoker);`,
      };
    }
  },
});

/** A view that asks who reads it does by itself what policies do. */
const asksWhoReads = /\bauth\.(uid|jwt|email|role)\(\)|\bcurrent_setting\(|\b(CURRENT_USER|SESSION_USER)\b/;

/** Policies do not hold for who owns the table (unless they are forced), for superusers and for those with BYPASSRLS. */
function isPast(table: Table, owner: string, { roles }: Schema): boolean {
  const role = roles.find(({ name }) => name === owner);
  const bypasses = role?.superuser || role?.bypassesRowSecurity || (owner === table.owner && !table.forcesRowSecurity);
  return table.rowSecurity && bypasses === true;
}

/** The tables behind a view, through other views: all of them are read with the rights of the outermost one's owner. */
function readsOf({ views, tables }: Schema): (view: number) => readonly Table[] {
  const [byView, byTable] = [new Map(views.map((view) => [view.oid, view])), new Map(tables.map((table) => [table.oid, table]))];
  return (start) => {
    const seen = new Set([start]);
    for (const oid of seen) for (const { oid: next } of byView.get(oid)?.reads ?? []) if (byView.get(oid)?.kind === "view") seen.add(next);
    return [...seen].flatMap((oid) => byTable.get(oid) ?? []);
  };
}
