import type { Step } from "../../migration/step.ts";
import { literal, nameOf } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { walk } from "../../sql/walk.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

/** Values that this transaction added to an enum that was there before it. A type that it made itself may be used at once. */
function addedValues({ before }: Step): readonly { readonly type: string; readonly value: string }[] {
  if (!before.some(({ statement }) => statement.kind === "AlterEnumStmt")) return [];
  const made = before.flatMap(({ statement: { tree } }) =>
    "CreateEnumStmt" in tree ? [namesIn(tree.CreateEnumStmt.typeName).at(-1)] : [],
  );
  return before.flatMap(({ statement: { tree } }) => {
    if (!("AlterEnumStmt" in tree) || tree.AlterEnumStmt.oldVal !== undefined) return [];
    const names = namesIn(tree.AlterEnumStmt.typeName);
    const { newVal: value = "" } = tree.AlterEnumStmt;
    return made.includes(names.at(-1)) ? [] : [{ type: nameOf(names.at(-2), names.at(-1) ?? "").toString(), value }];
  });
}

function constantsOf({ statement: { tree } }: Step): ReadonlySet<string> {
  const texts = [...walk(tree)].flatMap(({ kind, node }) => (kind === "A_Const" && node.sval ? [node.sval.sval ?? ""] : []));
  return new Set(texts);
}

export default migrationRule({
  id: "migration/enum-value-used-in-same-transaction",
  severity: "error",

  *check(step) {
    if (step.effects && !step.refused) return;
    const added = addedValues(step);
    const constants = added.length > 0 ? constantsOf(step) : new Set();
    const used = added.find(({ value }) => constants.has(value));
    if (!used) return;

    yield {
      message: `${literal(used.value)} was added to ${used.type} in this transaction, and Postgres refuses to use it before that is committed: put this statement into a migration of its own.`,
      span: placeOf(step),
      object: used.type,
    };
  },
});
