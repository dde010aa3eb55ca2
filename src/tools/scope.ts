import { type Directory, findRelation, type WrittenName } from "../catalog/catalog.ts";
import type { Oid, RelationName } from "../catalog/names.ts";
import { nearest, ToolError } from "../error.ts";
import { nameOf } from "../sql/quote.ts";
import { readingsOf } from "../sql/written-name.ts";
import { wayToRelation } from "./wanted.ts";

/** Which part of a schema a question is about; without either it is all of it. */
export interface ScopeInput {
  readonly schemas?: readonly string[] | undefined;
  /** Names as a person writes them, with their schema or without. */
  readonly tables?: readonly string[] | undefined;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

interface Chosen {
  /** What is to be read, as `readSchema` takes it. Of a page only relations, since what else a schema has is on no page. */
  readonly scope: { readonly relations?: readonly Oid[] | undefined; readonly schemas?: readonly string[] | undefined };
  readonly relations: number;
  readonly folded: number;
}

/**
 * By schema and name, whatever order they were asked for in, so that pages follow each other. On pages a partition is left
 * to its parent unless it was named.
 */
export function chosenBy(input: ScopeInput & { readonly page?: Page | undefined }, directory: Directory): Chosen {
  const { page, schemas, tables } = input;
  const within = relationsIn(input, directory);
  const listed = page === undefined || tables !== undefined ? within : within.filter((relation) => !relation.partition);
  const counts = { relations: listed.length, folded: within.length - listed.length };
  if (page === undefined && tables === undefined && schemas === undefined) return { scope: {}, ...counts };
  const shown = page === undefined ? listed : listed.slice(page.offset, page.offset + page.limit);
  const relations = shown.map((relation) => relation.oid);
  return { scope: { relations, schemas: page === undefined && tables === undefined ? schemas : [] }, ...counts };
}

function relationsIn({ schemas, tables }: ScopeInput, directory: Directory): readonly RelationName[] {
  const own = directory.relations.filter((relation) => !relation.system && !relation.extension);
  const unknown = schemas?.find((schema) => !own.some((relation) => relation.schema === schema));
  if (unknown !== undefined) throw unknownSchema(unknown, own);
  if (tables === undefined) return own.filter((relation) => schemas?.includes(relation.schema) ?? true);
  const named = new Set(tables.map((written) => findWritten(written, schemas, directory).oid));
  return directory.relations.filter((relation) => named.has(relation.oid));
}

export function findWritten(written: string, schemas: readonly string[] | undefined, directory: Directory): RelationName {
  const readings = readingsOf(written).flatMap((name) =>
    name.schema === undefined && schemas !== undefined ? schemas.map((schema) => ({ ...name, schema })) : [name],
  );
  const found = readings.map((name) => findRelation(directory, name)).find((relation) => relation !== undefined);
  if (!found) throw unknownTable(written, readings.at(-1) ?? { name: written }, schemas, directory);
  if (found.system) {
    throw new ToolError("invalid_argument", `${written} is Postgres's own, and the same in every database. Name tables of your own.`);
  }
  return found;
}

function unknownSchema(schema: string, own: readonly RelationName[]): ToolError {
  const known = [...new Set(own.map((relation) => relation.schema))];
  const close = nearest(schema, known);
  const help = close.length > 0 ? `Perhaps you mean ${close.join(" or ")}.` : `Schemas with tables in them: ${listed(known)}.`;
  return new ToolError("unknown_relation", `There is no schema ${nameOf(undefined, schema)} with tables in it. ${help}`);
}

function unknownTable(
  written: string,
  { name }: WrittenName,
  schemas: readonly string[] | undefined,
  { relations, settings }: Directory,
): ToolError {
  const own = relations.filter((relation) => !relation.system);
  const full = ({ schema, name }: RelationName) => nameOf(schema, name).toString();
  const elsewhere = own.filter((relation) => relation.name === name).map(full);
  const similar = nearest(
    name,
    own.map((relation) => relation.name),
  ).flatMap((close) => own.filter((relation) => relation.name === close).map(full));
  const help = wayToRelation({ elsewhere: shortened(elsewhere), similar: similar.slice(0, NAMED), known: own.length });
  const where = schemas === undefined ? `in the search path (${settings.searchPath.join(", ") || "empty"})` : `in ${schemas.join(", ")}`;
  const place = written.includes(".") ? "there" : where;
  return new ToolError("unknown_relation", `There is no relation ${written} ${place}. ${help}`);
}

const NAMED = 5;

/** The last of too many names says how many more there are. */
const shortened = (names: readonly string[]) =>
  names.length > NAMED ? [`${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`] : names;

const listed = (names: readonly string[]) => shortened(names).join(" or ");
