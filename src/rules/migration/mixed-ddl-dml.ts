import type { LockMode, Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import type { Name } from "../../sql/quote.ts";
import { relationsOf } from "../../sql/relations.ts";
import { addsForeignKey, isLedger, lockedAgainstAll } from "../locks.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

const locksRows: ReadonlySet<string> = new Set(["UpdateStmt", "DeleteStmt", "MergeStmt"]);

/** The table of which the step changes or reads rows that others may want, as many as there are. A list of VALUES is none. */
function changedBy(step: Step): Name | undefined {
  const { tree, kind } = step.statement;
  const isMany = locksRows.has(kind) || ("InsertStmt" in tree && isQuery(tree.InsertStmt.selectStmt));
  const [target] = isMany ? relationsOf(step.statement).filter((relation) => relation.target) : [];
  if (!target || isLedger(target)) return undefined;
  const table = nameOfRange({ relname: target.name, ...(target.schema === undefined ? {} : { schemaname: target.schema }) });
  return step.isNew(table) ? undefined : table;
}

const isQuery = (select: object | undefined): boolean =>
  select !== undefined && "SelectStmt" in select && (select.SelectStmt as { fromClause?: unknown }).fromClause !== undefined;

const blocking: ReadonlySet<LockMode | undefined> = new Set<LockMode>(["SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"]);

interface Lock {
  readonly table: Name;
  readonly mode: LockMode;
}

/** The lock of a statement that changes the schema, under which nobody else writes. */
function lockOf(step: Step): Lock | undefined {
  const { tree, kind } = step.statement;
  if (kind === "LockStmt" || locksRows.has(kind) || kind === "InsertStmt") return undefined;
  if (step.effects) {
    const [found] = step.effects.filter(({ lock, table }) => table !== undefined && blocking.has(lock));
    return found?.lock && { table: found.relation, mode: found.lock };
  }
  const [exclusive] = lockedAgainstAll(step);
  if (exclusive) return { table: exclusive, mode: "ACCESS EXCLUSIVE" };
  const weaker = weakerLock(step);
  if (!weaker || ("IndexStmt" in tree && tree.IndexStmt.concurrent) || step.isNew(weaker.table)) return undefined;
  return weaker;
}

function weakerLock({ statement }: Step): Lock | undefined {
  const { tree } = statement;
  if ("IndexStmt" in tree && tree.IndexStmt.relation) return { table: nameOfRange(tree.IndexStmt.relation), mode: "SHARE" };
  if ("CreateTrigStmt" in tree && tree.CreateTrigStmt.relation)
    return { table: nameOfRange(tree.CreateTrigStmt.relation), mode: "SHARE ROW EXCLUSIVE" };
  const isForeignKey = "AlterTableStmt" in tree && tree.AlterTableStmt.relation && addsForeignKey(statement);
  return isForeignKey ? { table: nameOfRange(tree.AlterTableStmt.relation ?? {}), mode: "SHARE ROW EXCLUSIVE" } : undefined;
}

export default migrationRule({
  id: "migration/mixed-ddl-dml",
  severity: "warning",

  *check(step) {
    if (step.before.length === 0) return;
    const message = afterChange(step) ?? afterLock(step);
    if (message !== undefined) yield { message, span: placeOf(step) };
  },
});

interface Deed {
  readonly changed: Name | undefined;
  readonly lock: Lock | undefined;
}

const deeds = new WeakMap<Step, Deed>();

/** Every later step of a transaction asks what those before it did. */
function deedOf(step: Step): Deed {
  const known = deeds.get(step);
  if (known) return known;
  const deed = { changed: changedBy(step), lock: lockOf(step) };
  deeds.set(step, deed);
  return deed;
}

/** Said once, of the first statement that changes the schema. For a lock that the transaction holds already it does not wait. */
function afterChange(step: Step): string | undefined {
  const { lock } = deedOf(step);
  if (!lock) return undefined;
  const at = step.before.findIndex((earlier) => deedOf(earlier).changed !== undefined);
  const changing = step.before[at];
  const table = changing && deedOf(changing).changed;
  if (!changing || !table || step.before.slice(at).some((earlier) => deedOf(earlier).lock !== undefined)) return undefined;
  if (step.before.some((earlier) => holds(deedOf(earlier).lock, lock))) return undefined;
  return `The rows of ${sizedTable(changing, table).name} that statement ${changing.number} changed stay locked while this waits for its ${lock.mode} lock on ${lock.table}, and until the transaction ends: put data and schema into transactions of their own.`;
}

const holds = (held: Lock | undefined, { table, mode }: Lock) =>
  held !== undefined && held.table.name === table.name && (held.mode === "ACCESS EXCLUSIVE" || held.mode === mode);

/** What is done under ACCESS EXCLUSIVE is told by the rule for it. */
function afterLock(step: Step): string | undefined {
  if (deedOf(step).changed === undefined) return undefined;
  const locks = step.before.flatMap((earlier) => deedOf(earlier).lock ?? []);
  const [first] = locks;
  if (!first || locks.some(({ mode }) => mode === "ACCESS EXCLUSIVE")) return undefined;
  return `This changes rows while the transaction holds the ${first.mode} lock on ${first.table}: nobody else can write to ${first.table} until it is done and the transaction ends.`;
}
