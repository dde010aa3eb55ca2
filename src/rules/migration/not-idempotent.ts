import type { CreateStmt, Node } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { treesAround } from "../../sql/around.ts";
import { droppedBy } from "../../sql/dropped.ts";
import { nameOf } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

interface Unguarded {
  readonly name: string;
  readonly does: "makes" | "drops";
}

const makes = (name: string | undefined): readonly Unguarded[] => (name === undefined ? [] : [{ name, does: "makes" }]);

/** What stops a second run: it makes what is there by then, or drops what is gone. */
function unguarded({ statement }: Step): readonly Unguarded[] {
  const { tree } = statement;
  if ("DropStmt" in tree)
    return tree.DropStmt.missing_ok ? [] : droppedBy(statement).map((name) => ({ name: name.toString(), does: "drops" }));
  if ("AlterTableStmt" in tree) return alterationsOf(statement).flatMap(({ command }) => byCommand(command));
  return makes(madeBy(tree));
}

function byCommand({ subtype, name, missing_ok, def }: { subtype?: string; name?: string; missing_ok?: boolean; def?: Node }) {
  if (missing_ok) return [];
  if (subtype === "AT_AddColumn") return makes(def && "ColumnDef" in def ? def.ColumnDef.colname : undefined);
  if (subtype === "AT_AddConstraint") return makes(def && "Constraint" in def ? def.Constraint.conname : undefined);
  return (subtype === "AT_DropColumn" || subtype === "AT_DropConstraint") && name !== undefined ? [{ name, does: "drops" as const }] : [];
}

function madeBy(tree: Node): string | undefined {
  if ("CreateStmt" in tree) return isLasting(tree.CreateStmt) ? nameIn(tree.CreateStmt.relation) : undefined;
  if ("IndexStmt" in tree) return unless(tree.IndexStmt.if_not_exists, tree.IndexStmt.idxname);
  if ("CreateSchemaStmt" in tree) return unless(tree.CreateSchemaStmt.if_not_exists, tree.CreateSchemaStmt.schemaname);
  if ("CreateExtensionStmt" in tree) return unless(tree.CreateExtensionStmt.if_not_exists, tree.CreateExtensionStmt.extname);
  if ("CreateSeqStmt" in tree) return unless(tree.CreateSeqStmt.if_not_exists, nameIn(tree.CreateSeqStmt.sequence));
  if ("ViewStmt" in tree) return unless(tree.ViewStmt.replace, nameIn(tree.ViewStmt.view));
  return "CreateTrigStmt" in tree ? unless(tree.CreateTrigStmt.replace, tree.CreateTrigStmt.trigname) : undefined;
}

const unless = (guarded: boolean | undefined, name: string | undefined) => (guarded ? undefined : name);

const isLasting = ({ relation, if_not_exists }: CreateStmt) => !if_not_exists && relation?.relpersistence !== "t";

const nameIn = (range: Parameters<typeof nameOfRange>[0] | undefined) => range && nameOfRange(range).toString();

/** By a statement before it, whether it was there or not. */
const isCleared = (name: string, before: readonly Node[]) =>
  before.some((tree) => {
    if ("DropStmt" in tree) return tree.DropStmt.missing_ok === true && namesOf(tree.DropStmt.objects).includes(name);
    const { cmds = [] } = "AlterTableStmt" in tree ? tree.AlterTableStmt : {};
    return cmds.some((node) => "AlterTableCmd" in node && node.AlterTableCmd.missing_ok && node.AlterTableCmd.name === name);
  });

const namesOf = (objects: readonly Node[] = []) =>
  objects.flatMap((object) => {
    const names = "List" in object ? namesIn(object.List.items) : namesIn([object]);
    return [nameOf(names.at(-2), names.at(-1) ?? "").toString(), names.at(-1) ?? ""];
  });

const isConcurrent = ({ tree }: Step["statement"]) =>
  ("IndexStmt" in tree && tree.IndexStmt.concurrent) || ("DropStmt" in tree && tree.DropStmt.concurrent);

export default migrationRule({
  id: "migration/not-idempotent",
  severity: "info",

  *check(step) {
    if (step.inTransaction && !isConcurrent(step.statement)) return;
    const found = unguarded(step);
    if (found.length === 0) return;
    const { before, after } = treesAround(step.statement);
    const isAtomic = before.length + after.length === 0 && !isConcurrent(step.statement);
    const [first] = found.filter(({ name, does }) => does === "drops" || !isCleared(name, before));
    if (!first || isAtomic) return;

    const why = first.does === "makes" ? `${first.name} is there already` : `${first.name} is gone already`;
    yield {
      message: `${isConcurrent(step.statement) ? "CONCURRENTLY works in no transaction" : "No transaction is open here"}, so what ran before a failure stays, and the next try stops here if ${why}: say IF ${first.does === "makes" ? "NOT " : ""}EXISTS, or drop it first.`,
      span: placeOf(step),
      object: first.name,
    };
  },
});
