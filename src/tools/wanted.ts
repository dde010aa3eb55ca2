import { type Directory, findFunctions, findRelation } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import { nearest, ToolError } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { nameOf } from "../sql/quote.ts";
import { functionsOf, type RelationRef, relationsOf } from "../sql/relations.ts";

/** Which part of a database a question is about. */
export interface Chosen {
  readonly relations: readonly Oid[];
  readonly functions: readonly Oid[];
}

export type Choose = (directory: Directory) => Chosen;

/** The relations and functions that the statements name; a relation that is not there is the caller's to put right. */
export const namedBy =
  (statements: readonly Statement[]): Choose =>
  (directory) => {
    const relations = statements.flatMap(relationsOf).map((written) => {
      const found = findRelation(directory, written);
      if (!found) throw unknownRelation(written, directory);
      return found;
    });
    return {
      relations: unique(relations.filter((relation) => !relation.system).map((relation) => relation.oid)),
      functions: unique(statements.flatMap(functionsOf).flatMap((written) => findFunctions(directory, written).map((found) => found.oid))),
    };
  };

const unique = (oids: readonly Oid[]) => [...new Set(oids)];

function unknownRelation({ schema, name, span }: RelationRef, { relations, settings }: Directory): ToolError {
  const written = nameOf(schema, name);
  const own = relations.filter((relation) => !relation.system);
  const elsewhere = own.filter((relation) => relation.name === name).map((relation) => `${nameOf(relation.schema, relation.name)}`);
  const similar = nearest(
    name,
    own.map((relation) => relation.name),
  ).map((close) => `${nameOf(undefined, close)}`);
  const where = schema === undefined ? `in the search path (${settings.searchPath.join(", ") || "empty"})` : "there";
  const help =
    elsewhere.length > 0
      ? `It is in another schema: write ${elsewhere.join(" or ")}.`
      : similar.length > 0
        ? `Perhaps you mean ${similar.join(" or ")}.`
        : `${own.length} relations are known; check the name, its schema and its case.`;
  return new ToolError("unknown_relation", `There is no relation ${written} ${where} (line ${span.line}, column ${span.column}). ${help}`);
}
