import type { Span } from "../finding.ts";
import { addedConstraintsOf, constraintsOf, nameOfRange } from "./alterations.ts";
import type { Statement } from "./parse.ts";
import { spanOf } from "./position.ts";
import type { Name } from "./quote.ts";
import { namesIn } from "./relations.ts";

/** A foreign key that a statement puts on a table, new or old. */
export interface MadeForeignKey {
  readonly table: Name;
  readonly columns: readonly string[];
  readonly parent: Name;
  /** As it is written; undefined: Postgres finds a name. */
  readonly name: string | undefined;
  /** Rows that are there already are looked up at once. */
  readonly verifies: boolean;
  /** Of the command, or of all of CREATE TABLE. */
  readonly span: Span;
}

export function foreignKeysMadeBy(statement: Statement): readonly MadeForeignKey[] {
  const added = addedConstraintsOf(statement).flatMap(({ table, constraint, column, span }) => {
    const { contype, pktable, fk_attrs, conname, skip_validation = false } = constraint;
    if (contype !== "CONSTR_FOREIGN" || !pktable) return [];
    const columns = column?.colname === undefined ? namesIn(fk_attrs) : [column.colname];
    return [{ table, columns, parent: nameOfRange(pktable), name: conname, verifies: !skip_validation && !column, span }];
  });
  return [...added, ...ofNewTable(statement)];
}

function ofNewTable({ tree, source, start, end }: Statement): readonly MadeForeignKey[] {
  if (!("CreateStmt" in tree) || !tree.CreateStmt.relation) return [];
  const { relation, tableElts = [] } = tree.CreateStmt;
  const table = nameOfRange(relation);
  const span = spanOf(source, start, end);
  return tableElts.flatMap((element) => {
    const column = "ColumnDef" in element ? element.ColumnDef : undefined;
    const constraints = "Constraint" in element ? [element.Constraint] : constraintsOf(column);
    return constraints.flatMap(({ contype, pktable, fk_attrs, conname }) => {
      if (contype !== "CONSTR_FOREIGN" || !pktable) return [];
      const columns = column?.colname === undefined ? namesIn(fk_attrs) : [column.colname];
      return [{ table, columns, parent: nameOfRange(pktable), name: conname, verifies: false, span }];
    });
  });
}
