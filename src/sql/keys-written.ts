import type { Constraint, CreateStmt, IndexStmt, Node } from "@pgsql/types";
import { constraintsOf } from "./alterations.ts";
import { treesAround } from "./around.ts";
import type { Statement } from "./parse.ts";
import { sql } from "./quote.ts";
import { namesIn } from "./relations.ts";

/** An index as far as a script says what it is. Keys and predicate as the catalog prints them, where they are plain. */
export interface WrittenIndex {
  readonly keys: readonly string[];
  readonly method: string;
  readonly where: string | undefined;
  readonly valid: boolean;
}

/**
 * All indexes that a table has at the end of the script whose statement makes it. Undefined where the text does not tell: it takes
 * something over from another table, loses something again, or a body may do either.
 */
export function indexesWritten(statement: Statement): readonly WrittenIndex[] | undefined {
  const made = "CreateStmt" in statement.tree ? statement.tree.CreateStmt : undefined;
  if (!made?.relation?.relname || takesOver(made)) return undefined;
  const table = made.relation.relname;
  const indexes: WrittenIndex[] = [...ofTable(made)];
  for (const tree of treesAround(statement).after) {
    const more = ofTree(tree, table);
    if (!more) return undefined;
    indexes.push(...more);
  }
  return indexes;
}

const takesOver = ({ inhRelations, partbound, ofTypename, tableElts = [], if_not_exists }: CreateStmt) =>
  Boolean(inhRelations || partbound || ofTypename || if_not_exists) || tableElts.some((element) => "TableLikeClause" in element);

const ofTable = ({ tableElts = [] }: CreateStmt) =>
  tableElts.flatMap((element) => {
    if ("Constraint" in element) return ofConstraint(element.Constraint);
    const column = "ColumnDef" in element ? element.ColumnDef : undefined;
    return constraintsOf(column).flatMap((constraint) =>
      ofConstraint({ ...constraint, keys: [{ String: { sval: column?.colname ?? "" } }] }),
    );
  });

const unique: ReadonlySet<string | undefined> = new Set(["CONSTR_PRIMARY", "CONSTR_UNIQUE"]);

const ofConstraint = ({ contype, keys }: Constraint): readonly WrittenIndex[] =>
  unique.has(contype) ? [{ keys: namesIn(keys).map((key) => sql`${key}`), method: "btree", where: undefined, valid: true }] : [];

/** Undefined: nobody can tell what is left then. */
function ofTree(tree: Node, table: string): readonly WrittenIndex[] | undefined {
  if ("DoStmt" in tree || "DropStmt" in tree || "RenameStmt" in tree) return undefined;
  if ("IndexStmt" in tree) return tree.IndexStmt.relation?.relname === table ? [ofIndex(tree.IndexStmt)] : [];
  if (!("AlterTableStmt" in tree) || tree.AlterTableStmt.relation?.relname !== table) return [];
  const commands = (tree.AlterTableStmt.cmds ?? []).flatMap((node) => ("AlterTableCmd" in node ? [node.AlterTableCmd] : []));
  if (commands.some(({ subtype = "AT_AddColumn" }) => subtype.startsWith("AT_Drop") || subtype === "AT_AttachPartition")) return undefined;
  return commands.flatMap(({ def }) => (def && "Constraint" in def ? ofConstraint(def.Constraint) : []));
}

const ofIndex = ({ indexParams = [], accessMethod: method = "btree", whereClause }: IndexStmt): WrittenIndex => ({
  keys: indexParams.map((param) => ("IndexElem" in param && param.IndexElem.name !== undefined ? sql`${param.IndexElem.name}` : "")),
  method,
  where: whereClause && predicate(whereClause),
  valid: true,
});

/** `customer_id IS NOT NULL`; anything else is one that may leave rows out. */
function predicate(node: Node): string {
  const column = "NullTest" in node && node.NullTest.nulltesttype === "IS_NOT_NULL" ? node.NullTest.arg : undefined;
  const name = column && "ColumnRef" in column ? namesIn(column.ColumnRef.fields).at(-1) : undefined;
  return name === undefined ? "" : sql`${name} IS NOT NULL`;
}
