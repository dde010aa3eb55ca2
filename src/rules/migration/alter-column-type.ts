import type { Node } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { type Alteration, alterationsOf } from "../../sql/alterations.ts";
import { namesIn } from "../../sql/relations.ts";
import { keepsRows, shapeOfType, type TypeShape, typeShape, typeText } from "../../sql/type-name.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, isSpared, sizedTable } from "../touched.ts";
import { typeBeside } from "../type-beside.ts";

interface Change {
  readonly column: string;
  readonly from: TypeShape | undefined;
  readonly to: TypeShape;
  /** USING computes something else than the column in its new type. */
  readonly computed: boolean;
  /** USING casts the column. */
  readonly casts: boolean;
  /** COLLATE stands there. */
  readonly collated: boolean;
}

function changeOf(step: Step, { table, command: { subtype, name = "", def } }: Alteration): Change | undefined {
  if (subtype !== "AT_AlterColumnType" || !def || !("ColumnDef" in def) || !def.ColumnDef.typeName) return undefined;
  const column = step.table(table)?.columns.find((known) => known.name === name);
  return {
    column: name,
    from: column && shapeOfType(column.type),
    to: typeShape(def.ColumnDef.typeName),
    computed: !isColumnItself(def.ColumnDef.raw_default, name),
    casts: def.ColumnDef.raw_default !== undefined,
    collated: def.ColumnDef.collClause !== undefined,
  };
}

/** No USING, `using x`, `using x::newtype`. */
function isColumnItself(using: Node | undefined, column: string): boolean {
  if (!using) return true;
  if ("TypeCast" in using) return using.TypeCast.arg !== undefined && isColumnItself(using.TypeCast.arg, column);
  return "ColumnRef" in using && namesIn(using.ColumnRef.fields).at(-1) === column;
}

/** Without the old type: text, varchar and numeric without a limit take over what their narrower kin hold, which is what people change to them. */
const mostlyWidens = ({ name, modifiers, array }: TypeShape) =>
  !array && modifiers.length === 0 && ["text", "character varying", "numeric"].includes(name);

const mayRewrite = ({ from, to, computed }: Change) => computed || !(from ? keepsRows(from, to) : mostlyWidens(to));

/** What ALTER TYPE does to the rows, as far as it was seen. */
function damage(step: Step, { table }: Alteration): string {
  const { rewrites = true, builds = [] } = effectOn(step, table) ?? {};
  const { name } = sizedTable(step, table);
  if (rewrites) return `rewrites all of ${name} and its indexes`;
  return builds.length > 0 ? `rebuilds ${builds.join(", ")} over all of ${name}` : `reads all of ${name} to verify its constraints`;
}

/** Commands that read a table to verify it, whatever its types are. */
const verifying = new Set(["AT_SetNotNull", "AT_AddConstraint", "AT_ValidateConstraint"]);

/** That the table is read may be the work of another command of the statement. */
const mayBeOfOthers = (step: Step, alterations: readonly Alteration[]) =>
  isSpared(step, ({ builds }) => builds.length > 0) && alterations.some(({ command }) => verifying.has(command.subtype ?? ""));

/** Where the rows are seen to be written anew, and it takes longer than a moment. */
function fixOf(step: Step, { table }: Alteration, { column, to, casts, computed, collated }: Change): string | undefined {
  const isSmall = sizedTable(step, table).known.severity === "info";
  if (computed || collated || isSmall || isSpared(step, ({ rewrites }) => rewrites)) return undefined;
  return typeBeside(step, { table, column, type: typeText(to), casts });
}

export default migrationRule({
  id: "migration/alter-column-type",
  severity: "error",

  *check(step) {
    if (step.refused || isSpared(step, ({ rewrites, builds, scans }) => rewrites || builds.length > 0 || scans)) return;
    const alterations = alterationsOf(step.statement);
    const isSeenToBuild = step.effects !== undefined && isSpared(step, ({ rewrites }) => rewrites) && !mayBeOfOthers(step, alterations);
    for (const alteration of alterations) {
      const { table, span } = alteration;
      const change = changeOf(step, alteration);
      if (!change || step.isNew(table) || !(isSeenToBuild || mayRewrite(change))) continue;

      const { column, from, to } = change;
      const types = from ? `from ${typeText(from)} to ${typeText(to)}` : `to ${typeText(to)}`;
      yield {
        message: `Changing ${column} ${types} ${damage(step, alteration)}, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: `${table}.${column}`,
        ...sizedTable(step, table).known,
        fix: fixOf(step, alteration, change),
      };
    }
  },
});
