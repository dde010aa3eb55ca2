import type { Table } from "../catalog/tables.ts";
import type { Step } from "../migration/step.ts";
import { nameOfRange } from "../sql/alterations.ts";
import { type Token, tokensOf } from "../sql/grammar.ts";
import { type Name, quote, raw, sql } from "../sql/quote.ts";
import { relationsOf } from "../sql/relations.ts";
import { isBound } from "./touched.ts";

/** Rows whose locks are held at once. */
const BATCH = 10_000;

interface Assignment {
  /** "a = 1, b = 2", where the table is called `t`. */
  readonly set: string;
  /** Which rows are meant; all of them without it. */
  readonly where?: string | undefined;
}

/**
 * Sets columns by ranges of the primary key, each in a transaction of its own, so it cannot run within one. Undefined where the
 * table has no primary key of one column, or is partitioned: its key alone does not tell a range of one partition.
 */
export function setInBatches(table: Name, known: Table | undefined, { set: assigned, where }: Assignment): string | undefined {
  const key = known?.constraints.find(({ kind }) => kind === "primary key");
  const [name, ...others] = key?.columns ?? [];
  if (known?.kind !== "table" || name === undefined || others.length > 0) return undefined;
  const id = raw(quote(name));
  const set = raw(assigned);
  const meant = raw(where === undefined ? "" : ` and (${where})`);
  return sql`do $batches$
declare
  batch_start ${table}.${id}%type;
  batch_end ${table}.${id}%type;
begin
  select t.${id} into batch_start from ${table} t order by t.${id} limit 1;
  while batch_start is not null loop
    select t.${id} into batch_end from ${table} t where t.${id} >= batch_start order by t.${id} offset ${BATCH} limit 1;
    if batch_end is null then
      update ${table} t set ${set} where t.${id} >= batch_start${meant};
    else
      update ${table} t set ${set} where t.${id} >= batch_start and t.${id} < batch_end${meant};
    end if;
    commit;
    batch_start := batch_end;
  end loop;
end $batches$;`;
}

/** What is not the same in every transaction of the script, and what ends the block. */
const unlike =
  /\b(?:now|current_date|current_time|current_timestamp|localtime|localtimestamp|statement_timestamp|transaction_timestamp)\b|\$batches\$/i;

/** An UPDATE of one table that reads no other, and leaves its key alone. */
export function updateInBatches(step: Step): string | undefined {
  const { statement, table: find } = step;
  const { text, tree } = statement;
  const update = "UpdateStmt" in tree ? tree.UpdateStmt : undefined;
  if (unlike.test(text) || relationsOf(statement).length > 1) return undefined;
  if (isBound(step) || !update?.relation || update.relation.alias || update.relation.inh !== true) return undefined;
  if (update.fromClause || update.withClause || update.returningClause) return undefined;
  const table = nameOfRange(update.relation);
  const known = find(table);
  const key = known?.constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  const targets = (update.targetList ?? []).flatMap((node) => ("ResTarget" in node ? [node.ResTarget.name ?? ""] : []));
  if (key.some((column) => targets.includes(column))) return undefined;
  const { set, where } = clausesOf(text);
  return set === undefined ? undefined : setInBatches(table, known, { set, where });
}

/** What stands behind SET and behind WHERE of a plain UPDATE. */
function clausesOf(text: string): { readonly set: string | undefined; readonly where: string | undefined } {
  let depth = 0;
  const found: Partial<Record<string, Token>> = {};
  for (const token of tokensOf(text)) {
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    const word = token.text.toLowerCase();
    if (depth === 0 && (word === "set" || word === "where")) found[word] ??= token;
  }
  const { set, where } = found;
  return {
    set: set && text.slice(set.end, where?.start).trim(),
    where: where && text.slice(where.end).trim(),
  };
}
