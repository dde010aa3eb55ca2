import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { type Name, nameOf, raw, sql } from "../../sql/quote.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

function tableMadeBy({ statement: { tree } }: Step): Name | undefined {
  if ("CreateStmt" in tree && tree.CreateStmt.relation && !tree.CreateStmt.partbound) return nameOfRange(tree.CreateStmt.relation);
  if (!("CreateTableAsStmt" in tree) || tree.CreateTableAsStmt.objtype !== "OBJECT_TABLE") return undefined;
  return tree.CreateTableAsStmt.into?.rel && nameOfRange(tree.CreateTableAsStmt.into.rel);
}

/** Roles that Supabase's API takes on for whoever has the public key (https://supabase.com/docs/guides/api). */
const strangers = ["anon", "authenticated"];

/** Who of them may use whatever table is made in this schema. */
const strangersIn = ({ found }: Step, place: string): readonly string[] =>
  strangers.filter((role) => found?.defaultGrants.some(({ grantee, schema }) => grantee === role && (schema ?? place) === place));

export default migrationRule({
  id: "migration/rls-not-enabled-new-table",
  severity: "warning",

  *check(step) {
    const made = tableMadeBy(step);
    const table = made && !step.refused && !step.table(made) ? leftTable(step, made) : undefined;
    if (!table || table.rowSecurity || table.partition.bound !== undefined || table.persistence === "temporary") return;
    const open = strangersIn(step, table.schema);
    if (open.length === 0 && !step.found?.guarded.includes(table.schema)) return;

    const name = nameOf(table.schema, table.name);
    yield {
      message:
        open.length > 0
          ? `${name} is made without row-level security, and default privileges of ${table.schema} give it to ${open.join(" and ")}: whoever has the public key of the API reaches every row.`
          : `${name} is made without row-level security, which every other table of ${table.schema} has: its grants alone decide who reaches its rows.`,
      span: placeOf(step),
      object: name.toString(),
      ...(open.length > 0 && { severity: "error" as const }),
      ...(!step.inTransaction && { fix: sql`${raw(step.statement.text)};\nalter table ${name} enable row level security;` }),
    };
  },
});
