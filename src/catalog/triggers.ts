import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

export interface Trigger {
  readonly table: Oid;
  readonly name: string;
  /** When it fires: "origin" is the common case, "replica" means only for replicated changes. */
  readonly enabled: "origin" | "disabled" | "replica" | "always";
  /** The whole CREATE TRIGGER, names qualified. */
  readonly definition: string;
  readonly function: Oid;
  /** Schema-qualified and quoted. */
  readonly functionName: string;
  /** Made by a foreign key or another constraint. */
  readonly internal: boolean;
  /** Comes from the trigger of a partitioned parent. */
  readonly inherited: boolean;
}

interface Row extends Omit<Trigger, "enabled"> {
  readonly enabled: "O" | "D" | "R" | "A";
}

export const triggers = catalogQuery<Row>({
  name: "triggers",
  about: "table",
  sql: `
  select t.tgrelid as "table",
         t.tgname::pg_catalog.text as name,
         t.tgenabled::pg_catalog.text as enabled,
         pg_catalog.pg_get_triggerdef(t.oid) as definition,
         t.tgfoid as function,
         pg_catalog.format('%I.%I', n.nspname, p.proname) as "functionName",
         t.tgisinternal as internal,
         t.tgparentid <> 0 as inherited
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where t.tgrelid = any ($1::pg_catalog.oid[])
   order by t.tgrelid, t.tgname`,
});

const states: Record<Row["enabled"], Trigger["enabled"]> = { O: "origin", D: "disabled", R: "replica", A: "always" };

export async function readTriggers(database: Database, tables: readonly Oid[]): Promise<readonly Trigger[]> {
  const rows = await database.read<Row>(triggers.sql, [oids(tables)]);
  return rows.map((row) => ({ ...row, enabled: states[row.enabled] }));
}
