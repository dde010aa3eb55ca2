import { downtimeInWords } from "./downtime.ts";
import type { Rollback } from "./rollback.ts";
import type { Step } from "./step.ts";

export interface Item {
  readonly item: string;
  readonly done: true | false | "unknown";
  readonly evidence: string;
}

interface Facts {
  readonly steps: readonly Step[];
  /** The script was run in a twin. */
  readonly rehearsed: boolean;
  readonly rollback: Rollback | undefined;
  /** Of the application, planned before and after. */
  readonly queries: Pick<Item, "done" | "evidence"> | undefined;
}

/** The ten rows of a migration's checklist. A row is done only if it was done here. */
export function checklistOf(facts: Facts): readonly Item[] {
  return [
    item("Before: full backup of the database", "unknown", backup(facts.rollback)),
    applies(facts),
    item(
      "Before: check that the old application still works with the new schema",
      facts.queries?.done ?? "unknown",
      facts.queries?.evidence ?? "findings tell what is dropped or renamed; the application's queries were not planned: pass queries",
    ),
    downtime(facts),
    item("During: run the migration", false, running(facts.steps)),
    integrity(facts),
    item("After: validate indexes and constraints", "unknown", validity(facts.steps)),
    item(
      "After: test the critical queries",
      facts.queries?.done ?? "unknown",
      facts.queries?.evidence ?? "no queries were planned against the new schema",
    ),
    item(
      "After: watch the performance",
      "unknown",
      "only after it has run: take backend-db-mcp snapshot before.json first, then ask find_slow_queries and check_health since before.json",
    ),
    rollbackItem(facts.rollback),
  ];
}

function backup(rollback: Rollback | undefined): string {
  const known = "not seen from here; take one, and know that it can be restored: pg_dump --format=custom --file=before.dump";
  const backups = rollback?.backups ?? [];
  if (backups.length === 0) return known;
  return `${known}; the rollback does not bring back ${backups.map(({ keeps }) => keeps).join(", ")}: what keeps it stands there`;
}

/** By psql, which stops at the first refusal; whoever waits for a lock holds up all who come after. */
function running(steps: readonly Step[]): string {
  const waits = steps.some(({ effects, lockTimeout }) => lockTimeout === undefined && effects?.some(({ lock }) => lock !== undefined));
  const options = waits ? "PGOPTIONS='-c lock_timeout=5s' " : "";
  return `nothing is run on the database from here; with psql: ${options}psql --set=ON_ERROR_STOP=1 --file=FILE`;
}

function applies({ steps, rehearsed }: Facts): Item {
  const name = "Before: test the migration on staging";
  if (!rehearsed) return item(name, "unknown", "not run: there was no schema to run it on");
  const refused = steps.filter((step) => step.refused);
  if (refused.length > 0) return item(name, false, `refused in the twin: ${statements(refused)}`);
  const left = steps.filter((step) => !step.effects);
  if (left.length > 0) return item(name, "unknown", `not rehearsed: ${statements(left)}`);
  return item(name, true, `all ${steps.length} ran in a twin of the schema, without rows`);
}

function downtime({ steps, rehearsed }: Facts): Item {
  const name = "Before: estimate the downtime";
  const left = steps.filter((step) => !step.effects);
  if (!rehearsed || left.length > 0) return item(name, "unknown", rehearsed ? `not rehearsed: ${statements(left)}` : "not rehearsed");
  const { done, evidence } = downtimeInWords(steps);
  return item(name, done, evidence);
}

const writesRows = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "DoStmt", "CallStmt"]);

function integrity({ steps, rehearsed }: Facts): Item {
  const name = "During: verify the integrity of the data";
  if (!rehearsed) return item(name, "unknown", "not rehearsed");
  const conditions = steps.flatMap((step) => step.dependsOnData);
  const failing = conditions.filter(({ verdict }) => verdict === "fails");
  if (failing.length > 0)
    return item(name, false, `${failing.length} of ${conditions.length} conditions on rows failed at the last ANALYZE`);
  if (conditions.some(({ verdict }) => verdict === "unknown")) {
    return item(
      name,
      "unknown",
      `${conditions.length} ${conditions.length === 1 ? "condition" : "conditions"} on rows: run the queries under depends_on_data`,
    );
  }
  const asked = steps.filter((step) => readsUnasked(step));
  if (asked.length > 0) return item(name, "unknown", `what is in the rows decides: ${statements(asked)}`);
  return item(
    name,
    true,
    conditions.length === 0
      ? "no statement depends on what is in the rows"
      : "the conditions on rows held in the sample of the last ANALYZE",
  );
}

/** It was not rehearsed, writes rows, or checks rows of a table that was there, and no condition says what for. */
const readsUnasked = ({ statement, effects, dependsOnData }: Step) =>
  !effects ||
  writesRows.has(statement.kind) ||
  (dependsOnData.length === 0 && effects.some(({ table, scans }) => table !== undefined && scans));

const statements = (steps: readonly Step[]) =>
  `${steps.length === 1 ? "statement" : "statements"} ${steps.map((step) => step.number).join(", ")}`;

const item = (name: string, done: Item["done"], evidence: string): Item => ({ item: name, done, evidence });

/** What a migration leaves to be looked at: builds that may fail halfway, constraints that nobody has checked. */
function validity(steps: readonly Step[]): string {
  const concurrent = steps.filter(({ statement: { tree } }) => "IndexStmt" in tree && tree.IndexStmt.concurrent === true).length;
  const query =
    "select indexrelid::regclass from pg_index where not indisvalid; select conrelid::regclass, conname from pg_constraint where not convalidated;";
  if (concurrent === 0) return `once it has run: ${query}`;
  return `a concurrent build that fails leaves an invalid index: ${query}`;
}

function rollbackItem(rollback: Rollback | undefined): Item {
  const name = "Rollback: a plan that is written and tested";
  if (!rollback) return item(name, "unknown", "not run: there was no schema to run it on");
  if (!rollback.ran) return item(name, false, `not run: ${rollback.refused ?? "none was written"}`);
  if (rollback.refused !== undefined) return item(name, false, `refused: ${rollback.refused}`);
  if (!rollback.identical) return item(name, false, `run in the twin; ${rollback.differences.length} differences`);
  return item(
    name,
    true,
    `run in the twin after the migration: catalog identical${rollback.lossy.length > 0 ? "; it does not restore all rows" : ""}`,
  );
}
