import type { AlterTableCmd, Node } from "@pgsql/types";
import { alterationsOf } from "../../sql/alterations.ts";
import { treesAround } from "../../sql/around.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

interface Altered {
  readonly table: string;
  readonly commands: readonly AlterTableCmd[];
}

function alteredBy(tree: Node | undefined): Altered | undefined {
  if (!tree || !("AlterTableStmt" in tree)) return undefined;
  const { relation, objtype, cmds = [] } = tree.AlterTableStmt;
  if (objtype !== "OBJECT_TABLE") return undefined;
  const table = `${relation?.schemaname ?? ""}.${relation?.relname ?? ""}${relation?.inh ? "" : " only"}`;
  return { table, commands: cmds.flatMap((node) => ("AlterTableCmd" in node ? [node.AlterTableCmd] : [])) };
}

/** They belong into a transaction of their own, or Postgres takes no other command beside them. */
const alone = /^AT_(?:ValidateConstraint|AttachPartition|DetachPartition|DetachPartitionFinalize)$/;

/** Whatever the order of the text, Postgres drops first (`AT_PASS_DROP` in src/backend/commands/tablecmds.c). */
const drops = ({ subtype }: AlterTableCmd) => /^AT_Drop(?:Column|Constraint)$/.test(subtype ?? "");

export default migrationRule({
  id: "migration/multiple-alter-same-table",
  severity: "info",

  *check(step) {
    const [first] = alterationsOf(step.statement);
    const own = first && alteredBy(step.statement.tree);
    const before = own && alteredBy(treesAround(step.statement).before.at(-1));
    if (!own || !before || own.table !== before.table) return;
    if ([...before.commands, ...own.commands].some(({ subtype }) => alone.test(subtype ?? ""))) return;
    if (own.commands.some(drops) && !before.commands.every(drops)) return;

    yield {
      message: `This ALTER TABLE and the one before it wait for the lock on ${first.table} and go through its rows each by itself: as one statement they do so once.`,
      span: placeOf(step),
      object: first.table.toString(),
    };
  },
});
