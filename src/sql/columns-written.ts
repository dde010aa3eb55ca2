import type { ColumnDef, Node } from "@pgsql/types";
import type { Span } from "../finding.ts";
import { type Alteration, addedColumnOf, alterationsOf, nameOfRange } from "./alterations.ts";
import type { Statement } from "./parse.ts";
import { spanOf } from "./position.ts";
import type { Name } from "./quote.ts";
import { endOfName } from "./relations.ts";
import { type TypeShape, typeShape } from "./type-name.ts";

/** A column that a statement makes, or gives another type. */
export interface WrittenColumn {
  readonly table: Name;
  readonly name: string;
  readonly type: TypeShape;
  /** As the grammar has it, the schema first where it is written. */
  readonly definition: ColumnDef;
  /** Of the column's name, or of the command of an ALTER TABLE. */
  readonly span: Span;
}

/** Of CREATE TABLE, ADD COLUMN and ALTER COLUMN TYPE. Temporary tables are left out: nobody keeps anything in them. */
export const columnsWritten = (statement: Statement): readonly WrittenColumn[] => [
  ...ofNewTable(statement),
  ...alterationsOf(statement).flatMap(ofAlteration),
];

function ofNewTable({ tree, source }: Statement): readonly WrittenColumn[] {
  const made = "CreateStmt" in tree ? tree.CreateStmt : undefined;
  if (!made?.relation || made.relation.relpersistence === "t") return [];
  const table = nameOfRange(made.relation);
  return columnsOf(made.tableElts).flatMap((definition) => {
    const { colname: name = "", typeName, location = 0 } = definition;
    if (!typeName) return [];
    return [{ table, name, type: typeShape(typeName), definition, span: spanOf(source, location, endOfName(source, location)) }];
  });
}

const columnsOf = (elements: readonly Node[] = []): readonly ColumnDef[] =>
  elements.flatMap((element) => ("ColumnDef" in element ? [element.ColumnDef] : []));

function ofAlteration(alteration: Alteration): readonly WrittenColumn[] {
  const { table, span, command } = alteration;
  const { subtype, def } = command;
  const retyped = subtype === "AT_AlterColumnType" && def && "ColumnDef" in def ? def.ColumnDef : undefined;
  const definition = addedColumnOf(alteration) ?? retyped;
  const name = definition?.colname ?? command.name;
  if (!definition?.typeName || name === undefined) return [];
  return [{ table, name, type: typeShape(definition.typeName), definition, span }];
}
