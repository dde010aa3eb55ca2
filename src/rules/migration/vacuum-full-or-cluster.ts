import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { isOn } from "../../sql/options.ts";
import type { Name } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

function rewritten({ statement: { tree } }: Step): { readonly command: string; readonly tables: readonly Name[] } | undefined {
  if ("ClusterStmt" in tree) {
    return { command: "CLUSTER", tables: tree.ClusterStmt.relation ? [nameOfRange(tree.ClusterStmt.relation)] : [] };
  }
  if (!("VacuumStmt" in tree) || !isOn(tree.VacuumStmt.options, "full")) return undefined;
  const named = (tree.VacuumStmt.rels ?? []).flatMap((node) =>
    "VacuumRelation" in node && node.VacuumRelation.relation ? [nameOfRange(node.VacuumRelation.relation)] : [],
  );
  return { command: "VACUUM FULL", tables: named };
}

export default migrationRule({
  id: "migration/vacuum-full-or-cluster",
  severity: "error",

  *check(step) {
    const found = rewritten(step);
    if (!found) return;
    const { command, tables } = found;
    const old = tables.filter((table) => !step.isNew(table));
    if (tables.length > 0 && old.length === 0) return;

    const sizes = old.map((table) => sizedTable(step, table));
    const [only] = sizes.length === 1 ? sizes : [];
    yield {
      message: `${command} writes ${sizes.map(({ name }) => name).join(", ") || "every table"} anew, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
      span: placeOf(step),
      object: old.join(", ") || command,
      ...only?.known,
    };
  },
});
