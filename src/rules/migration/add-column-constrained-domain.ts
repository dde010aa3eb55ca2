import type { ColumnDef } from "@pgsql/types";
import { addedColumnOf, alterationsOf, constraintsOf } from "../../sql/alterations.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

const filling = new Set<string | undefined>(["CONSTR_DEFAULT", "CONSTR_GENERATED", "CONSTR_IDENTITY"]);
const serial = /^(small|big)?serial[248]?$/;

/** The name of a type that Postgres did not come with, of a column that nothing else fills. */
function ownType(column: ColumnDef | undefined): string | undefined {
  const names = namesIn(column?.typeName?.names);
  const name = names.at(-1) ?? "";
  const isFilled = constraintsOf(column).some(({ contype }) => filling.has(contype)) || serial.test(name);
  return names.at(0) === "pg_catalog" || isFilled ? undefined : name;
}

export default migrationRule({
  id: "migration/add-column-constrained-domain",
  severity: "error",

  *check(step) {
    if (step.effects === undefined || isSpared(step, ({ rewrites }) => rewrites)) return;
    const [alteration, ...others] = alterationsOf(step.statement);
    const column = alteration && addedColumnOf(alteration);
    const domain = ownType(column);
    if (!alteration || others.length > 0 || !column || !domain || step.isNew(alteration.table)) return;

    const { table, span } = alteration;
    const { name, known } = sizedTable(step, table);
    yield {
      message: `${domain} is a domain with a constraint, so adding ${column.colname} checks it for every row: ${name} and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
      span,
      object: `${table}.${column.colname}`,
      ...known,
    };
  },
});
