import type { Step } from "../migration/step.ts";
import { type Name, quote, raw, sql } from "../sql/quote.ts";
import { setInBatches } from "./in-batches.ts";
import { notNullInSteps } from "./not-null-in-steps.ts";
import { isBound } from "./touched.ts";
import { built, isOn, stepName } from "./type-beside.ts";

interface Renamed {
  readonly table: Name;
  readonly column: string;
  readonly to: string;
}

/**
 * A column under its new name beside the old one, and a trigger that keeps each as the other is written, so that applications of before and of after
 * the change run at once. What is left to do once nothing names the old one stands in a comment. Undefined where it is not known how;
 * no step of it may run in a transaction of the caller's.
 */
export function nameBeside(step: Step, { table, column: old, to }: Renamed): string | undefined {
  const known = step.table(table);
  const column = known?.columns.find(({ name }) => name === old);
  if (isBound(step) || !known || !column || known.parents.length > 0 || known.children > 0) return undefined;
  if (column.identity !== undefined || column.generated !== undefined) return undefined;
  const filled = setInBatches(table, known, { set: `${quote(to)} = ${quote(old)}` });
  if (filled === undefined) return undefined;
  const isSimple = ({ keys, include, where }: (typeof known.indexes)[number]) =>
    where === undefined && [...keys, ...include].every((key) => known.columns.some(({ name }) => quote(name) === key));
  const indexes = known.indexes.filter((index) => !index.primary && isOn(index, column) && isSimple(index));
  const name = stepName(table, to);
  return [
    sql`alter table ${table} add column ${to} ${raw(column.type)};
create function ${name}() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new.${to} is null or tg_op = 'UPDATE' and new.${to} is not distinct from old.${to} then
    new.${to} := new.${old};
  else
    new.${old} := new.${to};
  end if;
  return new;
end $$;
create trigger ${name.name} before insert or update on ${table} for each row execute function ${name}();`,
    filled,
    ...(column.notNull ? [notNullInSteps(table, to)] : []),
    ...indexes.map((index) => built(known, column, index, to).create),
    sql`-- once no application names ${old} any more:
-- drop trigger ${name.name} on ${table}; drop function ${name}(); alter table ${table} drop column ${old};`,
  ].join("\n");
}
