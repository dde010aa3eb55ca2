import type { Refused } from "../error.ts";
import { saysStandIn } from "./function-definitions.ts";

/** Classes in which Postgres speaks of names, grammar and its own limits (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const withoutData = /^(0A|42|53|54|55|57|58)/;

/**
 * What Postgres says no to while it plans. The planner computes with statistics, which hold values of the user's rows, and
 * may call functions of the schema meanwhile. With a place in the statement, the words are about that place; else only
 * what no function said and no value can be in is repeated.
 */
export function withoutValues(refused: Refused, error: unknown): Refused {
  const { where } = error as { readonly where?: string };
  if (refused.position !== undefined || saysStandIn(refused) || (where === undefined && withoutData.test(refused.code))) return refused;
  const cause = where === undefined ? "a value cannot be computed with" : "something it calls fails while it is planned";
  return { code: refused.code, message: `${cause} (SQLSTATE ${refused.code})` };
}
