import { type Name, raw, sql } from "../sql/quote.ts";

const named = /^add\s+(?:constraint\s+(?:"(?:[^"]|"")+"|[^\s"]+)\s+)?/i;

/**
 * A constraint in two transactions, from the text that adds it at once: the first is short, the second reads the table while others
 * read and write it.
 */
export const inTwoSteps = ({ table, name, text }: { readonly table: Name; readonly name: string; readonly text: string }): string =>
  sql`alter table ${table} add constraint ${name} ${raw(text.replace(named, ""))} not valid;
alter table ${table} validate constraint ${name};`;
