import { type Name, nameOf, sql } from "../sql/quote.ts";

/** The steps that keep the lock short; each must be a transaction of its own. */
export function notNullInSteps(table: Name, column: string): string {
  const check = nameOf(undefined, `${table.name}_${column}_not_null`);
  return sql`alter table ${table} add constraint ${check} check (${column} is not null) not valid;
alter table ${table} validate constraint ${check};
alter table ${table} alter column ${column} set not null;
alter table ${table} drop constraint ${check};`;
}
