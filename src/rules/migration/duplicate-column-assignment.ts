import type { Node } from "@pgsql/types";
import { spanOf } from "../../sql/position.ts";
import { endOfName } from "../../sql/relations.ts";
import { walk } from "../../sql/walk.ts";
import { migrationRule } from "../rule.ts";

/** What one list of columns assigns to; an element of an array or a field of a row may come more than once. */
const columnsIn = (targets: readonly Node[] = []) =>
  targets.flatMap((node) => ("ResTarget" in node && node.ResTarget.name && !node.ResTarget.indirection ? [node.ResTarget] : []));

function* listsIn(tree: Node): Generator<ReturnType<typeof columnsIn>> {
  for (const { kind, node } of walk(tree)) {
    if (kind === "UpdateStmt" || kind === "OnConflictClause") yield columnsIn(node.targetList);
    if (kind === "InsertStmt") yield columnsIn(node.cols);
  }
}

export default migrationRule({
  id: "migration/duplicate-column-assignment",
  severity: "error",

  *check({ statement: { tree, source } }) {
    for (const columns of listsIn(tree)) {
      const twice = columns.find(({ name }, at) => columns.findIndex((other) => other.name === name) < at);
      if (!twice) continue;
      const { name, location = 0 } = twice;
      yield {
        message: `${name} is assigned twice, so Postgres stops the migration here with an error.`,
        span: spanOf(source, location, endOfName(source, location)),
        object: name,
      };
    }
  },
});
