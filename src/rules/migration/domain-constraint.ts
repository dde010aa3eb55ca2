import type { Constraint, Node } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { nameOf } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const checking: ReadonlySet<string | undefined> = new Set(["CONSTR_CHECK", "CONSTR_NOTNULL"]);
const isChecking = ({ contype, skip_validation }: Constraint) => checking.has(contype) && skip_validation !== true;
const constraintsIn = (nodes: readonly Node[] = []) => nodes.flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));

/** Of ALTER DOMAIN, as src/include/nodes/parsenodes.h has them. */
const ADD_CONSTRAINT = "C";
const SET_NOT_NULL = "O";

interface Found {
  readonly names: readonly string[];
  readonly isThere: boolean;
}

function constrained({ statement: { tree } }: Step): Found | undefined {
  if ("CreateDomainStmt" in tree) {
    const { domainname, constraints } = tree.CreateDomainStmt;
    return constraintsIn(constraints).some(isChecking) ? { names: namesIn(domainname), isThere: false } : undefined;
  }
  if (!("AlterDomainStmt" in tree)) return undefined;
  const { subtype, def, typeName } = tree.AlterDomainStmt;
  const isNew = subtype === SET_NOT_NULL || (subtype === ADD_CONSTRAINT && def && constraintsIn([def]).some(isChecking));
  return isNew ? { names: namesIn(typeName), isThere: true } : undefined;
}

export default migrationRule({
  id: "migration/domain-constraint",
  severity: "info",

  *check(step) {
    const found = constrained(step);
    if (!found) return;
    const domain = nameOf(found.names.at(-2), found.names.at(-1) ?? "").toString();

    yield {
      message: found.isThere
        ? `This reads every table with a column of ${domain}, under a SHARE lock that blocks every write to it.`
        : `Whatever is to be checked otherwise later is changed for all columns of ${domain} at once: Postgres then reads every table that has one, under a SHARE lock that blocks writes.`,
      span: placeOf(step),
      object: domain,
    };
  },
});
