import { alterationsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/generated-expression-rewrite",
  severity: "error",
  postgres: { from: 17 },

  *check(step) {
    if (isSpared(step, ({ rewrites }) => rewrites)) return;
    for (const { table, command, span } of alterationsOf(step.statement)) {
      if (command.subtype !== "AT_SetExpression" || step.isNew(table)) continue;
      const column = step.table(table)?.columns.find(({ name }) => name === command.name);
      if (column?.generated === "virtual") continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `A new expression for ${command.name} computes it for every row: ${name} and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: `${table}.${command.name}`,
        ...known,
      };
    }
  },
});
