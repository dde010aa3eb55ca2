import type { Table } from "../catalog/tables.ts";
import { type Name, quote, raw, sql } from "../sql/quote.ts";

/** Rows whose locks are held at once. */
const BATCH = 10_000;

/**
 * Sets a column of every row by ranges of its primary key, each in a transaction of its own, so it cannot run within one. Undefined
 * where the table has no primary key of one column, or is partitioned: its key alone does not tell a range of one partition.
 */
export function setInBatches(
  table: Name,
  known: Table | undefined,
  { column, value }: { column: string; value: string },
): string | undefined {
  const key = known?.constraints.find(({ kind }) => kind === "primary key");
  const [name, ...others] = key?.columns ?? [];
  if (known?.kind !== "table" || name === undefined || others.length > 0) return undefined;
  const id = raw(quote(name));
  const set = raw(`${quote(column)} = ${value}`);
  return sql`do $$
declare
  batch_start ${table}.${id}%type;
  batch_end ${table}.${id}%type;
begin
  select t.${id} into batch_start from ${table} t order by t.${id} limit 1;
  while batch_start is not null loop
    select t.${id} into batch_end from ${table} t where t.${id} >= batch_start order by t.${id} offset ${BATCH} limit 1;
    if batch_end is null then
      update ${table} t set ${set} where t.${id} >= batch_start;
    else
      update ${table} t set ${set} where t.${id} >= batch_start and t.${id} < batch_end;
    end if;
    commit;
    batch_start := batch_end;
  end loop;
end $$;`;
}
