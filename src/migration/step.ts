import type { Table } from "../catalog/tables.ts";
import type { Refused } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import type { Name } from "../sql/quote.ts";
import type { Body } from "./files/body.ts";
import type { Found } from "./found.ts";
import type { Left } from "./left.ts";
import type { Wait } from "./waits.ts";
import type { Work } from "./work.ts";

/** Lock modes of a relation, the weakest first (https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES). */
export const lockModes = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;
export type LockMode = (typeof lockModes)[number];

/** What Postgres was seen to do to one relation when it ran a statement in the twin. */
export interface Effect {
  /** A table, or what stands in for one: partitioned table, materialized view, view. Indexes are told by their table's `builds`. */
  readonly relation: Name;
  /** The strongest that the statement took, whatever the transaction held before. */
  readonly lock: LockMode | undefined;
  /** Every row is written anew, into another file. */
  readonly rewrites: boolean;
  /** Every row is read, to check it. */
  readonly scans: boolean;
  /** Indexes that are built or rebuilt from all rows. */
  readonly builds: readonly string[];
  /** What each of them takes once it is built; undefined where nobody knows. */
  readonly builtBytes: readonly (number | undefined)[];
  /** It is no longer there afterwards. */
  readonly drops: boolean;
  /** The table as it was before the script; undefined for one that the script itself made. */
  readonly table: Table | undefined;
}

/** What rows may forbid and an empty twin cannot tell. */
export interface DependsOnData {
  /** "no row of orders has a NULL customer_id" */
  readonly condition: string;
  /** A read-only query that returns a row for each thing in the way, or none. */
  readonly check: string;
  /** What statistics say of it, where they decide. */
  readonly verdict: "holds" | "fails" | "unknown";
}

/** One statement of a migration, with what came before it and what it did. */
export interface Step {
  /** From 1. */
  readonly number: number;
  readonly statement: Statement;
  /** Whether a transaction is open when it runs: the script's own, or the runner's. */
  readonly inTransaction: boolean;
  /** That transaction is the runner's, which leaves it out for a file that asks for it. */
  readonly canLeave: boolean;
  /** Steps before it in the same transaction, in order: their locks are still held. */
  readonly before: readonly Step[];
  /** Undefined where it was not rehearsed: no schema, or not something that can be run in a twin. */
  readonly effects: readonly Effect[] | undefined;
  /** What Postgres said no to when it was rehearsed. */
  readonly refused: Refused | undefined;
  /** Bytes that it moves; undefined where it moves no rows of a table that was there, or was not rehearsed. */
  readonly work: Work | undefined;
  readonly dependsOnData: readonly DependsOnData[];
  /** What a DO block or a function holds, if Postgres's own parser has not read it as SQL. */
  readonly body: Body | undefined;
  /** What stood around its tables before the script, and what the whole script leaves. Undefined where it was not rehearsed. */
  readonly found: Found | undefined;
  readonly left: Left | undefined;
  /** On the server, if it were run now. */
  readonly waits: readonly Wait[];
  /** In force when it runs, as the script set them: milliseconds, undefined where the script sets nothing. */
  readonly lockTimeout: number | undefined;
  readonly statementTimeout: number | undefined;
  /** The table that this name means when the step runs, if it is known; one that the script made has no size. */
  table(written: { readonly schema?: string | undefined; readonly name: string }): Table | undefined;
  /** The script itself made it earlier, so nobody waits for it; or it is known to be empty. */
  isNew(written: { readonly schema?: string | undefined; readonly name: string }): boolean;
}
