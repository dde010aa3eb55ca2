import type { Node } from "@pgsql/types";
import type { Statement } from "./parse.ts";
import { type Name, nameOf } from "./quote.ts";
import { namesIn } from "./relations.ts";

/** What a DROP names: relations, types, schemas, functions. A trigger or policy is told by its table. */
export function droppedBy({ tree }: Statement): readonly Name[] {
  if (!("DropStmt" in tree)) return [];
  const { objects = [], removeType = "OBJECT_TABLE" } = tree.DropStmt;
  return objects.flatMap((object) => {
    const names = partsOf(object);
    const named = onTables.has(removeType) ? names.slice(0, -1) : names;
    const name = named.at(-1);
    return name === undefined ? [] : [nameOf(named.at(-2), name)];
  });
}

const onTables = new Set<string>(["OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"]);

function partsOf(object: Node): readonly string[] {
  if ("List" in object) return namesIn(object.List.items);
  if ("TypeName" in object) return namesIn(object.TypeName.names);
  if ("ObjectWithArgs" in object) return namesIn(object.ObjectWithArgs.objname);
  return namesIn([object]);
}
