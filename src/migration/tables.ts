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

/** Names that are made and forgotten, in the order of the script. States share it: each is what stands before one of its places. */
interface Names {
  readonly changes: { readonly key: string; readonly isMade: boolean }[];
  /** Places of a name's changes, the first first. */
  readonly places: Map<string, number[]>;
}

export const noTables = (): Tables => tablesOf({ changes: [], places: new Map() }, 0, ["public"]);

function isMade({ changes, places }: Names, end: number, key: string): boolean {
  const place = places.get(key)?.findLast((at) => at < end);
  return place !== undefined && changes[place]?.isMade === true;
}

function change({ changes, places }: Names, key: string, made: boolean): void {
  const place = changes.push({ key, isMade: made }) - 1;
  const known = places.get(key);
  if (known) known.push(place);
  else places.set(key, [place]);
}

function forget(names: Names, keys: readonly string[]): void {
  for (const key of keys) if (isMade(names, names.changes.length, key)) change(names, key, false);
}

/** What came after this place was rolled back. */
function goBack(names: Names, end: number): void {
  for (const key of new Set(names.changes.slice(end).map((each) => each.key))) change(names, key, isMade(names, end, key));
}

function tablesOf(names: Names, end: number, path: readonly string[]): Tables {
  const keys = ({ schema, name }: Written) => (schema === undefined ? path : [schema]).map((place) => `${place}\n${name}`);
  const isNew = (written: Written) => keys(written).some((key) => isMade(names, end, key));
  const makeNew = (written: Written) => change(names, keys(written)[0] ?? "", true);
  return {
    table: () => undefined,
    isNew,
    after(statement) {
      if (names.changes.length > end) goBack(names, end);
      for (const { from, to } of movedBy(statement)) {
        const wasNew = isNew(from);
        forget(names, keys(from));
        if (wasNew) makeNew(to);
      }
      const dropped = drops(statement) ? droppedBy(statement) : [];
      for (const name of dropped) forget(names, keys(name));
      for (const name of madeBy(statement)) makeNew(name);
      return tablesOf(names, names.changes.length, pathAfter(statement) ?? path);
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
