import { type Refused, ToolError } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { spanOf } from "../sql/position.ts";
import { asWritten, spanAsWritten } from "../sql/written-text.ts";

/** Columns and relations that are not there, and what is plainly wrong in any database (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const always = new Set(["42601", "42701", "42702", "42703", "42803", "42P01", "42P09", "42P10", "22P02"]);

/** The statement would be refused by any server that has these tables. */
export const isWrongAnywhere = ({ code }: Refused) => always.has(code);

export function notPlannable({ message, hint, position }: Refused, statement: Statement): ToolError {
  const { source, start, end } = statement;
  const place = spanAsWritten(statement, spanOf(source, position === undefined ? start : start + position - 1, end));
  const where = position === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  return new ToolError(
    "not_plannable",
    `Postgres refuses this statement: ${inCallersWords(message, statement)}${where}.${hint === undefined ? "" : ` ${hint}`} Correct it and ask again.`,
  );
}

/** Postgres knows the type of a parameter by what it is compared with, and a driver that sends it along does not tell us. */
export function inCallersWords(message: string, { written }: Statement): string {
  const told = written ? asWritten(message, written) : message;
  const name = /^could not determine data type of parameter (.+)$/.exec(told)?.[1];
  return name === undefined ? told : `${told}: write its type behind it, as in ${name}::int`;
}
