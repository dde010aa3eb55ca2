import { type Refused, ToolError } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { spanOf } from "../sql/position.ts";

/** Columns and relations that are not there, and what is plainly wrong in any database (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const always = new Set(["42601", "42701", "42702", "42703", "42803", "42P01", "42P09", "42P10", "22P02"]);

/** The statement would be refused by any server that has these tables. */
export const isWrongAnywhere = ({ code }: Refused) => always.has(code);

export function notPlannable({ message, hint, position }: Refused, { source, start, end }: Statement): ToolError {
  const place = spanOf(source, position === undefined ? start : start + position - 1, end);
  const where = position === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  return new ToolError(
    "not_plannable",
    `Postgres refuses this statement: ${message}${where}.${hint === undefined ? "" : ` ${hint}`} Correct it and ask again.`,
  );
}
