import type { CreateStmt, IndexStmt } from "@pgsql/types";
import type { Column } from "../../catalog/columns.ts";
import type { Index } from "../../catalog/indexes.ts";
import type { Span } from "../../finding.ts";
import type { Step } from "../../migration/step.ts";
import { alterationsOf, constraintsOf, nameOfRange } from "../../sql/alterations.ts";
import { columnsWritten, type WrittenColumn } from "../../sql/columns-written.ts";
import { type IndexParts, indexParts } from "../../sql/index-parts.ts";
import { nameOf } from "../../sql/quote.ts";
import { isSameType, shapeOfType, typeText } from "../../sql/type-name.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

interface Mask {
  /** What stands there already. */
  readonly object: string;
  /** In which it differs from what the script wants. */
  readonly differences: readonly string[];
  readonly span: Span;
}

/** Of these at most so many are told. */
const TOLD = 3;

function masksOf(step: Step): readonly Mask[] {
  const { tree } = step.statement;
  if ("CreateStmt" in tree) return tree.CreateStmt.if_not_exists ? maskOfTable(step, tree.CreateStmt) : [];
  if ("IndexStmt" in tree) return tree.IndexStmt.if_not_exists ? maskOfIndex(step, tree.IndexStmt) : [];
  return alterationsOf(step.statement)
    .filter(({ command: { subtype, missing_ok } }) => subtype === "AT_AddColumn" && missing_ok)
    .flatMap((alteration) => columnsWritten(step.statement).filter(({ span }) => span.start === alteration.span.start))
    .flatMap((column) => maskOfColumn(step, column));
}

function maskOfTable(step: Step, { relation }: CreateStmt): readonly Mask[] {
  const table = relation && step.table(nameOfRange(relation));
  if (!table) return [];
  const object = nameOf(table.schema, table.name).toString();
  const span = placeOf(step);
  if (/view/.test(table.kind)) return [{ object, differences: [`it is a ${table.kind}`], span }];
  const differences = columnsWritten(step.statement).flatMap((written) => {
    const column = table.columns.find(({ name }) => name === written.name);
    return column ? differencesOf(written, column) : [`it has no column ${written.name}`];
  });
  return [{ object, differences, span }];
}

function maskOfColumn(step: Step, written: WrittenColumn): readonly Mask[] {
  const column = step.table(written.table)?.columns.find(({ name }) => name === written.name);
  return column ? [{ object: `${written.table}.${written.name}`, differences: differencesOf(written, column), span: written.span }] : [];
}

function differencesOf({ name, type, definition }: WrittenColumn, column: Column): readonly string[] {
  const isReferring = definition.typeName?.pct_type === true || type.name === "bpchar";
  const wantsNotNull = constraintsOf(definition).some(({ contype }) => contype === "CONSTR_NOTNULL");
  return [
    ...(isReferring || isSameType(type, shapeOfType(column.type)) ? [] : [`${name} is ${column.type} and not ${typeText(type)}`]),
    ...(wantsNotNull && !column.notNull ? [`${name} may be NULL`] : []),
  ];
}

function maskOfIndex(step: Step, { relation, idxname }: IndexStmt): readonly Mask[] {
  const index = relation && step.table(nameOfRange(relation))?.indexes.find(({ name }) => name === idxname);
  const wanted = index && indexParts(step.statement.text);
  const there = index && indexParts(index.definition);
  if (!wanted || !there) return [];
  return [
    { object: nameOf(index.schema, index.name).toString(), differences: differencesOfIndex(wanted, there, index), span: placeOf(step) },
  ];
}

/** Expressions are written in many ways, so only their number and place count. */
function differencesOfIndex(wanted: IndexParts, there: IndexParts, { keys, where }: Index): readonly string[] {
  const columns = ({ keys: parts, include }: IndexParts) => JSON.stringify([parts.map(plain), include]);
  return [
    ...(columns(wanted) === columns(there) ? [] : [`it is on ${keys.join(", ")}${there.include.length > 0 ? " with other columns" : ""}`]),
    ...(wanted.unique && !there.unique ? ["it is not unique"] : []),
    ...(!wanted.unique && there.unique ? ["it is unique"] : []),
    ...(wanted.method === there.method ? [] : [`its method is ${there.method}`]),
    ...((wanted.where === "") === (there.where === "")
      ? []
      : [where === undefined ? "it holds all rows" : `it holds only rows where ${where}`]),
  ];
}

function plain({ what, ...order }: IndexParts["keys"][number]): unknown {
  const { name } = JSON.parse(what) as { readonly name?: string };
  return { name, ...order };
}

export default migrationRule({
  id: "migration/idempotent-mask",
  severity: "warning",

  *check(step) {
    if (step.refused) return;
    for (const { object, differences, span } of masksOf(step)) {
      if (differences.length === 0) continue;
      const more = differences.length - TOLD;
      const told = [...differences.slice(0, TOLD), ...(more > 0 ? [`${more} more differ`] : [])];
      yield {
        message: `${object} is there already, so IF NOT EXISTS makes nothing and says nothing, but it is not what this asks for: ${told.join(", ")}.`,
        span,
        object,
      };
    }
  },
});
