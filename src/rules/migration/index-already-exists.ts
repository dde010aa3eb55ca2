import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import type { Step } from "../../migration/step.ts";
import { addedConstraintsOf, alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { indexShape } from "../../sql/index-shape.ts";
import { type Name, nameOf, sql } from "../../sql/quote.ts";
import { covers, isOptional } from "../covers.ts";
import { leftTable } from "../left.ts";
import { migrationRule, type Problem } from "../rule.ts";
import { effectOn, placeOf } from "../touched.ts";

/** The table on which a step makes indexes, and which of its indexes these are as far as the script leaves them. */
function indexesMadeBy(step: Step): { readonly table: Table; readonly made: readonly Index[] } | undefined {
  const { tree } = step.statement;
  if ("IndexStmt" in tree && tree.IndexStmt.relation) {
    const name = nameOfRange(tree.IndexStmt.relation);
    return among(leftTable(step, name), [tree.IndexStmt.idxname ?? effectOn(step, name)?.builds[0] ?? ""], indexesBefore(step, name));
  }
  const [altered] = alterationsOf(step.statement);
  const isKey = addedConstraintsOf(step.statement).some(({ constraint: { contype, indexname } }) => isUnique(contype) && !indexname);
  return altered && isKey ? among(leftTable(step, altered.table), effectOn(step, altered.table)?.builds ?? [], new Set()) : undefined;
}

const isUnique = (contype: string | undefined) => contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY";

/** IF NOT EXISTS makes nothing of a name that is taken. */
const indexesBefore = (step: Step, table: Name) => new Set((step.table(table)?.indexes ?? []).map(({ name }) => name));

const among = (table: Table | undefined, names: readonly string[], before: ReadonlySet<string>) =>
  table && { table, made: table.indexes.filter(({ name }) => names.includes(name) && !before.has(name)) };

/** One that was there first and holds the same entries; a unique one serves whatever a plain one does. */
function isSame(index: Index, other: Index): boolean {
  const [own, there] = [indexShape(index.definition), indexShape(other.definition)];
  if (!own || !there || other.oid >= index.oid || !other.valid || (own.unique && !there.unique)) return false;
  return JSON.stringify({ ...own, unique: true }) === JSON.stringify({ ...there, unique: true });
}

function problemOf(index: Index, table: Table): Omit<Problem, "span"> | undefined {
  const [on, own] = [nameOf(table.schema, table.name), nameOf(undefined, index.name)];
  const object = `${on}.${own}`;
  const same = table.indexes.find((other) => isSame(index, other));
  if (same) {
    return {
      message: `${own} on ${on} holds exactly what ${nameOf(undefined, same.name)} holds already, so every write pays for both and no query gains.`,
      object,
    };
  }
  const longer = isOptional(index) ? table.indexes.find((other) => other.oid < index.oid && covers(other, index)) : undefined;
  if (longer) {
    return {
      message: `${own} on ${on} is the start of ${nameOf(undefined, longer.name)}, which serves the same conditions already.`,
      object,
    };
  }
  const shorter = table.indexes.find((other) => isOptional(other) && other.oid < index.oid && covers(index, other));
  return (
    shorter && {
      message: `${own} on ${on} serves every condition that ${nameOf(undefined, shorter.name)} serves, which is one index too many from then on.`,
      object,
      severity: "info",
      ...(table.kind === "table" && { fix: sql`drop index concurrently ${nameOf(shorter.schema, shorter.name)};` }),
    }
  );
}

export default migrationRule({
  id: "migration/index-already-exists",
  severity: "warning",

  *check(step) {
    const found = indexesMadeBy(step);
    for (const index of found?.made ?? []) {
      const problem = found && problemOf(index, found.table);
      if (problem) yield { ...problem, span: placeOf(step) };
    }
  },
});
