/** Where a fix stands: in the place of the statement, or before or after the script. */
export interface Place {
  readonly stands: "instead" | "first" | "last";
  /** It leaves something else behind than the statement does, and that is told. */
  readonly mends: boolean;
}

const instead: Place = { stands: "instead", mends: false };
const mending: Place = { stands: "instead", mends: true };
const last: Place = { stands: "last", mends: true };

/** Of rules whose fix does not end where the statement ends. */
const places: Readonly<Record<string, Place>> = {
  "migration/concurrent-index-if-not-exists-invalid": { stands: "first", mends: true },
  // Leaves the partition constraint as a CHECK (https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION).
  "migration/detach-partition-not-concurrent": mending,
  "migration/foreign-key-unindexed": last,
  "migration/function-replace-dependency": last,
  "migration/grants-lost": last,
  "migration/index-already-exists": last,
  "migration/rename-as-drop-add": mending,
  "migration/rename-column": mending,
  "migration/rename-table": mending,
  "migration/replica-identity-missing": last,
  "migration/rls-not-enabled-new-table": mending,
  "migration/sequence-type-mismatch": last,
  "migration/unvalidated-constraint-left": mending,
};

export const placeOfFix = (rule: string): Place => places[rule] ?? instead;
