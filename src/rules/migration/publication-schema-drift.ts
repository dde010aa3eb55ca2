import type { Publication } from "../../catalog/publications.ts";
import type { Severity } from "../../finding.ts";
import type { Step } from "../../migration/step.ts";
import { addedColumnOf, alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { type Name, nameOf } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, placeOf } from "../touched.ts";

interface Drift {
  readonly table: Name;
  /** "column note is added" */
  readonly what: string;
  readonly cost: string;
  readonly severity: Severity;
}

const stops = "replication stops at the first row until the subscriber has it: change the subscriber first";

function driftsOf({ statement }: Step): readonly Drift[] {
  const { tree } = statement;
  if ("RenameStmt" in tree) {
    const { renameType, relation, subname = "", newname = "" } = tree.RenameStmt;
    if (!relation || (renameType !== "OBJECT_COLUMN" && renameType !== "OBJECT_TABLE")) return [];
    const what = renameType === "OBJECT_TABLE" ? `is renamed to ${newname}` : `has ${subname} renamed to ${newname}`;
    return [{ table: nameOfRange(relation), what, cost: stops, severity: "warning" }];
  }
  return alterationsOf(statement).flatMap((alteration): readonly Drift[] => {
    const { table, command } = alteration;
    const added = addedColumnOf(alteration);
    if (added) return [{ table, what: `gets ${added.colname ?? ""}`, cost: stops, severity: "warning" }];
    if (command.subtype === "AT_DropColumn") {
      const cost = "a subscriber that has it NOT NULL without a default refuses every new row: change the subscriber first";
      return [{ table, what: `loses ${command.name ?? ""}`, cost, severity: "info" }];
    }
    if (command.subtype !== "AT_AlterColumnType") return [];
    const cost = "a value that the subscriber's type does not take stops replication: change the subscriber first";
    return [{ table, what: `changes the type of ${command.name ?? ""}`, cost, severity: "info" }];
  });
}

/** A column list publishes what it names and nothing that is added. */
const sends = ({ tables, columnLists = [] }: Publication, oid: number) => tables.includes(oid) && !columnLists.includes(oid);

export default migrationRule({
  id: "migration/publication-schema-drift",
  severity: "warning",

  *check(step) {
    if (step.refused) return;
    for (const { table, what, cost, severity } of driftsOf(step)) {
      const known = effectOn(step, table)?.table;
      const publication = step.found?.publications.find((candidate) => known && sends(candidate, known.oid));
      if (!publication) continue;

      yield {
        message: `${table}, which ${nameOf(undefined, publication.name)} publishes, ${what}: DDL is not replicated, and ${cost}.`,
        span: placeOf(step),
        object: table.toString(),
        severity,
      };
    }
  },
});
