import type { Refused } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { type RelationRef, relationsOf } from "../sql/relations.ts";

/** RAISE, and what PL/pgSQL says of rows that it does not find (https://www.postgresql.org/docs/current/errcodes-appendix.html, class P0). */
const raised = new Set(["P0001", "P0002", "P0003", "P0004"]);
const FOREIGN_KEY = "23503";
const UNIQUE = "23505";
/** Classes of errors in values: cardinality, data, integrity. */
const ofValues = /^2[123]/;

/**
 * Whether Postgres may well take what was refused where there are rows: the twin has none but those that the script wrote.
 * `isThere`: a table of before the script, which may have some.
 */
export function rowsDecide(statement: Statement, { code }: Refused, isThere: (written: RelationRef) => boolean): boolean {
  if (raised.has(code) || code === FOREIGN_KEY) return true;
  if (!ofValues.test(code) || code === UNIQUE) return false;
  if (statement.kind === "DoStmt" || statement.kind === "CallStmt") return true;
  return relationsOf(statement).some((relation) => !relation.target && isThere(relation));
}
