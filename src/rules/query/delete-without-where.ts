import { nameOfItem, sizedNameOf } from "../../sql/level.ts";
import { queryRule } from "../rule.ts";

export default queryRule({
  id: "query/delete-without-where",
  severity: "error",

  *check({ statement, levels: [level], spanOf }) {
    if (statement.kind !== "DeleteStmt" || !level || level.where.length > 0) return;
    const [target] = level.items;
    if (!target || level.items.length > 1) return;
    const rows = target.table?.rows;
    yield {
      message: `DELETE without WHERE removes every row of ${sizedNameOf(target)} and keeps them locked until the transaction ends.`,
      span: spanOf(target.node),
      object: nameOfItem(target).toString(),
      ...(rows === undefined ? {} : { evidence: { rows } }),
    };
  },
});
