import { addedColumnOf, alterationsOf, constraintsOf } from "../../sql/alterations.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

const filling = new Set<string | undefined>(["CONSTR_DEFAULT", "CONSTR_GENERATED", "CONSTR_IDENTITY"]);
const serial = /^(small|big)?serial[248]?$/;

export default migrationRule({
  id: "migration/add-column-not-null-without-default",
  severity: "error",

  *check(step) {
    for (const alteration of alterationsOf(step.statement)) {
      const { table, span } = alteration;
      const column = addedColumnOf(alteration);
      const constraints = constraintsOf(column);
      const isRequired = constraints.some(({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY");
      const isFilled =
        constraints.some(({ contype }) => filling.has(contype)) || serial.test(namesIn(column?.typeName?.names).at(-1) ?? "");
      if (!isRequired || isFilled || step.isNew(table)) continue;

      yield {
        message: `${column?.colname} is NOT NULL and has no default, so Postgres refuses to add it as soon as ${sizedTable(step, table).name} holds a row.`,
        span,
        object: table.toString(),
      };
    }
  },
});
