import type { RangeVar } from "@pgsql/types";
import { nameOfRange } from "../sql/alterations.ts";
import { droppedBy } from "../sql/dropped.ts";
import type { Statement } from "../sql/parse.ts";
import { constantIn } from "./constant.ts";
import type { Step } from "./step.ts";

/** What the text of a script alone tells of names at one place: which tables it has made by then. */
export interface Tables extends Pick<Step, "table" | "isNew"> {
  /** The same after this statement. */
  after(statement: Statement): Tables;
}

type Written = Parameters<Step["isNew"]>[0];

export const noTables = (): Tables => tablesOf(new Set(), ["public"]);

function tablesOf(made: ReadonlySet<string>, path: readonly string[]): Tables {
  const keys = ({ schema, name }: Written) => (schema === undefined ? path : [schema]).map((place) => `${place}\n${name}`);
  const isNew = (written: Written) => keys(written).some((key) => made.has(key));
  return {
    table: () => undefined,
    isNew,
    after(statement) {
      const next = new Set(made);
      const forget = (written: Written) => {
        for (const key of keys(written)) next.delete(key);
      };
      for (const { from, to } of movedBy(statement)) {
        if (isNew(from)) next.add(keys(to)[0] ?? "");
        forget(from);
      }
      if (drops(statement)) for (const name of droppedBy(statement)) forget(name);
      for (const name of madeBy(statement)) next.add(keys(name)[0] ?? "");
      return tablesOf(next, pathAfter(statement) ?? path);
    },
  };
}

function madeBy({ tree }: Statement): readonly Written[] {
  const made: (RangeVar | undefined)[] = [];
  if ("CreateStmt" in tree && !tree.CreateStmt.if_not_exists) made.push(tree.CreateStmt.relation);
  if ("CreateForeignTableStmt" in tree) made.push(tree.CreateForeignTableStmt.base?.relation);
  if ("CreateTableAsStmt" in tree && !tree.CreateTableAsStmt.if_not_exists) made.push(tree.CreateTableAsStmt.into?.rel);
  if ("SelectStmt" in tree) made.push(tree.SelectStmt.intoClause?.rel);
  return made.flatMap((range) => (range ? [nameOfRange(range)] : []));
}

const kinds: ReadonlySet<string | undefined> = new Set(["OBJECT_TABLE", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"]);

const drops = ({ tree }: Statement) => "DropStmt" in tree && kinds.has(tree.DropStmt.removeType);

interface Move {
  readonly from: Written;
  readonly to: Written;
}

function movedBy({ tree }: Statement): readonly Move[] {
  if ("RenameStmt" in tree) {
    const { renameType, relation, newname } = tree.RenameStmt;
    if (!kinds.has(renameType) || !relation || newname === undefined) return [];
    const from = nameOfRange(relation);
    return [{ from, to: { schema: from.schema, name: newname } }];
  }
  if (!("AlterObjectSchemaStmt" in tree)) return [];
  const { objectType, relation, newschema } = tree.AlterObjectSchemaStmt;
  if (!kinds.has(objectType) || !relation || newschema === undefined) return [];
  const from = nameOfRange(relation);
  return [{ from, to: { schema: newschema, name: from.name } }];
}

function pathAfter({ tree }: Statement): readonly string[] | undefined {
  if (!("VariableSetStmt" in tree) || tree.VariableSetStmt.name !== "search_path") return undefined;
  const { kind, args = [] } = tree.VariableSetStmt;
  if (kind !== "VAR_SET_VALUE") return ["public"];
  return args.map(constantIn).filter((schema) => typeof schema === "string");
}
