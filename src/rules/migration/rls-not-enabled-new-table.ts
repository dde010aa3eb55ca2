import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { type Name, nameOf, sql } from "../../sql/quote.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

function tableMadeBy({ statement: { tree } }: Step): Name | undefined {
  if ("CreateStmt" in tree && tree.CreateStmt.relation && !tree.CreateStmt.partbound) return nameOfRange(tree.CreateStmt.relation);
  if (!("CreateTableAsStmt" in tree) || tree.CreateTableAsStmt.objtype !== "OBJECT_TABLE") return undefined;
  return tree.CreateTableAsStmt.into?.rel && nameOfRange(tree.CreateTableAsStmt.into.rel);
}

export default migrationRule({
  id: "migration/rls-not-enabled-new-table",
  severity: "warning",

  *check(step) {
    const made = tableMadeBy(step);
    const table = made && !step.refused && !step.table(made) ? leftTable(step, made) : undefined;
    if (!table || table.rowSecurity || table.persistence === "temporary" || table.kind === "foreign table") return;
    const isExposed = step.found?.exposed.includes(table.schema) ?? false;
    if (!isExposed && !step.found?.guarded.includes(table.schema)) return;

    const name = nameOf(table.schema, table.name);
    yield {
      message: isExposed
        ? `${name} is made without row-level security in ${table.schema}, which Supabase's API serves: whoever has the public key reaches every row that its grants allow.`
        : `${name} is made without row-level security, which every other table of ${table.schema} has: its grants alone decide who reaches its rows.`,
      span: placeOf(step),
      object: name.toString(),
      ...(isExposed && { severity: "error" as const }),
      fix: sql`alter table ${name} enable row level security;`,
    };
  },
});
