import type { Publication } from "../../catalog/publications.ts";
import type { Table } from "../../catalog/tables.ts";
import type { Step } from "../../migration/step.ts";
import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { type Name, nameOf, sql } from "../../sql/quote.ts";
import { isIdentified } from "../identity.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const takes = new Set(["AT_DropConstraint", "AT_DropColumn", "AT_ReplicaIdentity"]);

/** Of what the step makes or changes, the table as it was before the script: a new one has no past. */
function changedBy(step: Step): readonly { readonly name: Name; readonly before: Table | undefined }[] {
  const { tree } = step.statement;
  if ("CreateStmt" in tree && tree.CreateStmt.relation && !tree.CreateStmt.partbound && !step.table(nameOfRange(tree.CreateStmt.relation)))
    return [{ name: nameOfRange(tree.CreateStmt.relation), before: undefined }];
  const isTaken = "DropStmt" in tree ? tree.DropStmt.removeType === "OBJECT_INDEX" : alterationsOf(step.statement).some(isTaking);
  return isTaken ? (step.effects ?? []).flatMap(({ relation, table }) => (table ? [{ name: relation, before: table }] : [])) : [];
}

const isTaking = ({ command: { subtype } }: { readonly command: { readonly subtype?: string } }) => takes.has(subtype ?? "");

/** It publishes old versions of the table's rows, which must be told apart. */
const tellsApart = ({ operations, tables, allTables }: Publication, before: Table | undefined) =>
  operations.some((operation) => operation === "update" || operation === "delete") && (before ? tables.includes(before.oid) : allTables);

export default migrationRule({
  id: "migration/replica-identity-missing",
  severity: "error",

  *check(step) {
    for (const { name, before } of changedBy(step)) {
      const publication = step.found?.publications.find((known) => tellsApart(known, before));
      const after = leftTable(step, name);
      if (!publication || after?.persistence !== "permanent" || isIdentified(after) || (before && !isIdentified(before))) continue;

      yield {
        message: `${nameOf(undefined, publication.name)} publishes updates and deletes of ${name}, which ${before ? "loses" : "lacks"} a replica identity here: Postgres refuses every UPDATE and DELETE on it from then on.`,
        span: placeOf(step),
        object: name.toString(),
        fix: sql`alter table ${name} replica identity full;`,
      };
    }
  },
});
