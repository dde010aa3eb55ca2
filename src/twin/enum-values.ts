import type { Statement } from "../sql/parse.ts";
import { literal, quote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";

/**
 * ALTER TYPE … ADD VALUE as it would be once committed. A text is one transaction here, and Postgres refuses to use a value before
 * its transaction has ended (`check_safe_enum_use` in src/backend/utils/adt/enum.c): it remembers the value by its oid, so the
 * value gets another one. An odd one: even ones tell the order.
 */
export function asCommitted({ text, tree }: Statement): string {
  if (!("AlterEnumStmt" in tree) || tree.AlterEnumStmt.oldVal !== undefined) return text;
  const type = namesIn(tree.AlterEnumStmt.typeName).map(quote).join(".");
  const value = `e.enumtypid = pg_catalog.to_regtype(${literal(type)}) and e.enumlabel = ${literal(tree.AlterEnumStmt.newVal ?? "")}`;
  return `select pg_catalog.set_config('backend_db_mcp.was_there', exists (select from pg_catalog.pg_enum e where ${value})::pg_catalog.text, true);
${text};
update pg_catalog.pg_enum e set oid = (pg_catalog.pg_nextoid('pg_catalog.pg_enum', 'oid', 'pg_catalog.pg_enum_oid_index')::pg_catalog.int8 operator(pg_catalog.|) 1)::pg_catalog.oid
 where ${value} and pg_catalog.current_setting('backend_db_mcp.was_there') operator(pg_catalog.=) 'false'`;
}
