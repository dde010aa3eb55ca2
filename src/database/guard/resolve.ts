import { ToolError } from "../../error.ts";
import { nameOf, quote } from "../../sql/quote.ts";
import type { Database } from "../database.ts";
import { readByType } from "./by-type.ts";
import { type FunctionFacts, isBuiltIn, takes } from "./functions.ts";
import { type Meanings, readMeanings } from "./meanings.ts";
import { type Call, type ColumnSource, type Names, namesOf, type WrittenName } from "./names.ts";
import { FIRST_NORMAL_OID } from "./node-tree.ts";
import { admittedNodes } from "./nodes.ts";
import { refused } from "./refused.ts";
import { type Body, type Search, startSearch } from "./search.ts";
import { refusedFunction, type Source, theStatement } from "./source.ts";
import { type Admitted, admit, type Mode } from "./statement.ts";

export interface Surroundings {
  readonly mode: Mode;
  /** `current_schemas(true)` under the search_path that the statement will be read by. */
  readonly schemas: readonly string[];
  /** Functions that the operator vouches for, `name` or `schema.name`. */
  readonly trusted: readonly string[];
  readonly versionNumber: number;
}

/** Something to read names from: the statement, or the body of a function that it calls. */
interface Text {
  readonly names: Names;
  readonly source: Source;
  /** Where names without a schema are looked for. */
  readonly schemas: readonly string[];
}

/**
 * The third and fourth layers: whatever the statement can make the server run, when it is planned as when it runs, is
 * known to only read. Throws `refused` with the first that is not.
 */
export async function resolve(reads: Database, admitted: Admitted, surroundings: Surroundings): Promise<void> {
  const { mode, schemas, trusted, versionNumber } = surroundings;
  const byType = await readByType(reads);
  const names = namesOf(admitted.tree, versionNumber);
  const search = startSearch(reads, { mode, schemas, trusted, writes: names.writes, byType });
  let texts: readonly Text[] = [{ names, schemas, source: theStatement }];
  while (texts.length > 0) {
    const meanings = await readMeanings(reads, wanted(texts));
    search.remember(meanings.functions);
    for (const text of texts) meet(text, meanings, search);
    const bodies = [...(await search.follow())];
    for (const text of texts) meetAttributes(text, meanings, search);
    bodies.push(...(await search.follow()));
    texts = await Promise.all(bodies.map((body) => readBody(body, surroundings)));
  }
  search.refuseLarge();
}

async function readBody({ facts, text, source }: Body, { schemas, versionNumber }: Surroundings): Promise<Text> {
  try {
    const { tree } = await admit(text, "explain", admittedNodes.analyze);
    return { names: namesOf(tree, versionNumber), schemas, source };
  } catch (error) {
    if (error instanceof ToolError)
      throw refusedFunction(facts, "has a body that is not one SELECT that only reads", { ...source, what: undefined });
    throw error;
  }
}

function wanted(texts: readonly Text[]) {
  const all = (pick: (names: Names) => readonly WrittenName[]) => texts.flatMap(({ names }) => pick(names));
  const functions = all(({ calls, samplings }) => [...calls, ...samplings]);
  const types = all((names) => names.types);
  const relations = all((names) => names.relations);
  const operators = all((names) => names.operators);
  const schemas = [...functions, ...types, ...relations, ...operators].flatMap(({ schema }) => schema ?? []);
  const attributes = texts.flatMap(({ names }) => names.attributes.map(({ name }) => name));
  return {
    functions: unique([...functions.map(({ name }) => name), ...attributes]),
    types: unique(types.map(({ name }) => name)),
    relations: unique(relations.map(({ name }) => name)),
    operators: unique(operators.map(({ name }) => name)),
    schemas: unique([...texts.flatMap((text) => text.schemas), ...schemas]),
  };
}

const unique = (names: readonly string[]) => [...new Set(names)];

function meet(text: Text, meanings: Meanings, search: Search): void {
  const { names, source } = text;
  for (const name of names.operators) for (const operator of inSight(meanings.operators, name, text)) search.operator(operator, name);
  for (const name of names.types) {
    for (const { oid, element, base } of inSight(meanings.types, name, text)) {
      if (oid >= FIRST_NORMAL_OID) search.type(oid, source);
      search.named([oid, element, base]);
    }
  }
  for (const name of names.relations) meetRelation(name, text, meanings, search);
  for (const call of names.calls) meetCall(call, text, meanings, search);
  for (const name of names.samplings) meetSampling(name, text, meanings, search);
}

function meetRelation(name: WrittenName, text: Text, meanings: Meanings, search: Search): void {
  const found = inSight(meanings.relations, name, text);
  if (found.length === 0 && !(name.schema === undefined && text.names.queries.has(name.name)))
    throw refused(
      "relations",
      `there is no relation ${print(name)}${looked(name, text)}`,
      "Correct the name, or write its schema before it.",
    );
  for (const { oid } of found) search.relation(oid, text.source);
}

function meetCall(call: Call, text: Text, meanings: Meanings, search: Search): void {
  const found = callable(call, text, meanings).filter((facts) => takes(facts, call.given));
  const isCast = call.given === 1 && inSight(meanings.types, call, text).length > 0;
  if (found.length === 0 && !isCast && !call.syntax) {
    const reason = `there is no function ${print(call)}${call.given === undefined ? "" : ` for ${call.given} arguments`}${looked(call, text)}`;
    throw refused("functions", reason, "Correct the call, or write the function's schema before it.");
  }
  for (const facts of found) search.call(facts, text.source);
}

/** The handler of a sampling method takes an argument that only compiled functions take. */
function meetSampling(name: WrittenName, text: Text, meanings: Meanings, search: Search): void {
  for (const facts of callable(name, text, meanings))
    if (!isBuiltIn(facts) && /^(?:c|internal)$/.test(facts.language)) search.call(facts, { ...text.source, place: "support" });
}

/** An attribute that is certainly a column calls nothing. Any other can be a call of whatever takes one argument. */
function meetAttributes(text: Text, meanings: Meanings, search: Search): void {
  for (const { name, of } of text.names.attributes) {
    const sources = of === undefined ? undefined : text.names.aliases.get(of);
    const isColumn = sources?.every((source) => hasColumn(source, name, text, meanings, search)) ?? false;
    if (isColumn) continue;
    for (const facts of callable({ schema: undefined, name }, text, meanings)) if (takes(facts, 1)) search.call(facts, text.source);
  }
}

function hasColumn(source: ColumnSource, column: string, text: Text, meanings: Meanings, search: Search): boolean {
  if (!("name" in source)) return source.has(column);
  const queries = source.schema === undefined ? text.names.queries.get(source.name) : undefined;
  if (queries) return queries.every((query) => !("name" in query) && query.has(column));
  const found = inSight(meanings.relations, source, text);
  return found.length > 0 && found.every(({ oid }) => search.hasColumn(oid, column));
}

/** Functions are never looked for in the schema of temporary objects, unless it is named. */
function callable(name: WrittenName, text: Text, meanings: Meanings): readonly FunctionFacts[] {
  const schemas = text.schemas.filter((schema) => !schema.startsWith("pg_temp"));
  return inSight(meanings.functions, name, { schemas });
}

/** Those that the name can mean: in the schema that is written, or in any of the path. */
function inSight<Found extends WrittenName>(all: readonly Found[], { schema, name }: WrittenName, { schemas }: Pick<Text, "schemas">) {
  const temporary = schemas.find((one) => one.startsWith("pg_temp_"));
  const written = schema === "pg_temp" ? temporary : schema;
  return all.filter(
    (found) => found.name === name && (schema === undefined ? schemas.includes(found.schema ?? "") : found.schema === written),
  );
}

const print = ({ schema, name }: WrittenName) => nameOf(schema, name).toString();

const looked = ({ schema }: WrittenName, { schemas }: Text) => (schema === undefined ? ` in ${schemas.map(quote).join(", ")}` : "");
