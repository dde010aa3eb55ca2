import type { Health } from "../catalog/health.ts";
import type { PoolerSign } from "../catalog/poolers.ts";
import type { Schema } from "../catalog/schema.ts";
import type { Standby } from "../catalog/standbys.ts";
import type { Table } from "../catalog/tables.ts";
import type { Coverage } from "./coverage.ts";

/** Everything that the levels are judged by. */
export interface Evidence {
  readonly schema: Schema;
  /** What people keep their data in: no partitions, no platform's own tables, no list of migrations. */
  readonly tables: readonly Table[];
  /** `schema.table` of the tables that list the migrations that were run. */
  readonly migrations: readonly string[];
  /** Tables with repeated columns, lists in a column, or names of attributes as values. */
  readonly denormalised: readonly string[];
  readonly health: Health;
  readonly standbys: readonly Standby[];
  /** Undefined in a snapshot, which keeps nothing of one moment. */
  readonly poolers: readonly PoolerSign[] | undefined;
  readonly statements: Statements;
}

/** What pg_stat_statements has, or why there is nothing. */
export type Statements =
  | { readonly state: "ready"; readonly calls: number; readonly counted: readonly Timed[]; readonly coverage: Coverage }
  | { readonly state: Missing; readonly why: string };

type Missing = "not installed" | "not loaded" | "not readable" | "left out";

/** In half a sentence; `why` says what to do about it, once. */
export const withoutStatements: Readonly<Record<Missing, string>> = {
  "not installed": "pg_stat_statements is not installed",
  "not loaded": "pg_stat_statements is not loaded",
  "not readable": "this role may not read pg_stat_statements",
  "left out": "the snapshot was written without the workload",
};

interface Timed {
  /** Milliseconds. */
  readonly meanTime: number;
  readonly calls: number;
  /** Rows are skipped, or cut off. */
  readonly pages: "by offset" | "by limit" | undefined;
}
