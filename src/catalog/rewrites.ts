import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What makes another statement of one that writes to a relation: a rule, or a trigger in place of a view's row. */
export interface Rewrite {
  readonly table: Oid;
  readonly name: string;
  readonly kind: "rule" | "trigger";
  /** The whole CREATE RULE or CREATE TRIGGER. */
  readonly definition: string;
  /** What the trigger calls. */
  readonly function: Oid | undefined;
}

interface Row extends Omit<Rewrite, "function"> {
  readonly function: Oid | null;
}

/** Bit 6 of `tgtype` says INSTEAD OF (src/include/catalog/pg_trigger.h). */
export const rewrites = catalogQuery<Row>({
  name: "rewrites",
  about: "table",
  sql: `
  select w.ev_class as "table", w.rulename::pg_catalog.text as name, 'rule' as kind, pg_catalog.pg_get_ruledef(w.oid) as definition,
         null::pg_catalog.oid as "function"
    from pg_catalog.pg_rewrite w
   where w.ev_class = any ($1::pg_catalog.oid[]) and w.ev_type <> '1' and w.ev_enabled <> 'D'
   union all
  select t.tgrelid, t.tgname::pg_catalog.text, 'trigger', pg_catalog.pg_get_triggerdef(t.oid), t.tgfoid
    from pg_catalog.pg_trigger t
   where t.tgrelid = any ($1::pg_catalog.oid[]) and not t.tgisinternal and t.tgtype & 64 <> 0
   order by 1, 3, 2`,
});

export async function readRewrites(database: Database, relations: readonly Oid[]): Promise<readonly Rewrite[]> {
  const rows = await database.read<Row>(rewrites.sql, [oids(relations)]);
  return rows.map((row) => ({ ...row, function: row.function ?? undefined }));
}
