import type { ColumnDef } from "@pgsql/types";
import { addedColumnOf, alterationsOf, constraintsOf } from "../../sql/alterations.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

const serials = new Set(["serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"]);

function countsBy(column: ColumnDef): string | undefined {
  const type = namesIn(column.typeName?.names).at(-1) ?? "";
  if (serials.has(type)) return type;
  return constraintsOf(column).some(({ contype }) => contype === "CONSTR_IDENTITY") ? "an identity" : undefined;
}

export default migrationRule({
  id: "migration/add-column-auto-increment",
  severity: "error",

  *check(step) {
    if (isSpared(step, ({ rewrites }) => rewrites)) return;
    for (const alteration of alterationsOf(step.statement)) {
      const { table, span } = alteration;
      const column = addedColumnOf(alteration);
      const counter = column && countsBy(column);
      if (counter === undefined || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `Adding ${column?.colname} as ${counter} numbers every row: ${name} and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
      };
    }
  },
});
