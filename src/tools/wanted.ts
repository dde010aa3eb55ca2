import { type Directory, findFunctions, findRelation, findSequence } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import { nearest, ToolError } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { nameOf } from "../sql/quote.ts";
import { functionsOf, type RelationRef, relationsOf } from "../sql/relations.ts";
import { spanAsWritten } from "../sql/written-text.ts";

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
    const relations = statements.flatMap(namedIn).flatMap((written) => {
      const found = findRelation(directory, written);
      if (!found && !findSequence(directory, written)) throw unknownRelation(written, directory);
      return found ?? [];
    });
    const functions = statements.flatMap(functionsOf).flatMap((written) => findFunctions(directory, written));
    const own = relations.filter((relation) => !relation.system);
    return together([{ relations: own.map(({ oid }) => oid), functions: functions.map(({ oid }) => oid) }]);
  };

/** As many as the guard lets through as well: Postgres plans a join of more for minutes. */
const MOST_RELATIONS = 100;

function namedIn(statement: Statement): readonly RelationRef[] {
  const relations = relationsOf(statement);
  if (relations.length <= MOST_RELATIONS)
    return relations.map((relation) => ({ ...relation, span: spanAsWritten(statement, relation.span) }));
  throw new ToolError(
    "too_large",
    `The statement names ${relations.length} relations, and at most ${MOST_RELATIONS} are planned. Ask about a part of it.`,
  );
}

/** What several statements need together, each thing once. */
export const together = (chosen: readonly Chosen[]): Chosen => ({
  relations: [...new Set(chosen.flatMap((each) => each.relations))],
  functions: [...new Set(chosen.flatMap((each) => each.functions))],
});

function unknownRelation({ schema, name, span }: RelationRef, { relations, settings }: Directory): ToolError {
  const own = relations.filter((relation) => !relation.system);
  const similar = nearest(
    name,
    own.map((relation) => relation.name),
  );
  const where = schema === undefined ? `in the search path (${settings.searchPath.join(", ") || "empty"})` : "there";
  const help = wayToRelation({
    elsewhere: own.filter((relation) => relation.name === name).map((relation) => `${nameOf(relation.schema, relation.name)}`),
    similar: similar.map((close) => `${nameOf(undefined, close)}`),
    known: own.length,
  });
  return new ToolError(
    "unknown_relation",
    `There is no relation ${nameOf(schema, name)} ${where} (line ${span.line}, column ${span.column}). ${help}`,
  );
}

interface Nearby {
  /** Relations of this very name in other schemas. */
  readonly elsewhere: readonly string[];
  readonly similar: readonly string[];
  /** How many relations there are. */
  readonly known: number;
}

/** What to write instead of a name that is not there. */
export function wayToRelation({ elsewhere, similar, known }: Nearby): string {
  if (elsewhere.length > 0) return `It is in another schema: write ${elsewhere.join(" or ")}.`;
  if (similar.length > 0) return `Perhaps you mean ${similar.join(" or ")}.`;
  return `${known} relations are known; check the name, its schema and its case.`;
}
