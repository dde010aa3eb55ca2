import type { Table } from "../catalog/tables.ts";
import type { Statement } from "../sql/parse.ts";
import { type Definition, definitionIn, definitionOf, type Parts } from "./definition.ts";
import { ascending, type Key, keySql, keysSql } from "./key.ts";
import { directionOf } from "./sorted-by.ts";

/** An index that may be worth having. */
export interface Candidate {
  readonly table: Table;
  /** "btree", "gin", "gist", "brin", "hash", "hnsw"… */
  readonly method: string;
  readonly keys: readonly Key[];
  /** Columns that it carries along for index-only scans. */
  readonly include: readonly string[];
  /** The predicate of a partial index, over bare column names. */
  readonly where: string | undefined;
  readonly unique: boolean;
  /** Storage parameters: `fillfactor = 70`. */
  readonly options: readonly string[];
  /** The extension that its operator class comes from, where that is not installed and has to be created first. */
  readonly extension?: string;
  /** What to know of it before it is made, one sentence each. */
  readonly notes: readonly string[];
  /** Of a CREATE INDEX that a caller wrote, which may say more than the fields above. */
  readonly definition?: Definition;
}

/** A B-tree over all rows, unless `parts` say otherwise. */
export const candidateOf = (table: Table, keys: readonly Key[], parts: Partial<Omit<Candidate, "table" | "keys">> = {}): Candidate => ({
  table,
  method: "btree",
  keys,
  include: [],
  where: undefined,
  unique: false,
  options: [],
  notes: [],
  ...parts,
});

export const definitionFor = (candidate: Candidate): Definition =>
  candidate.definition ?? definitionOf(candidate.table, partsOf(candidate));

/** Of one that no caller wrote. */
export const partsOf = ({ keys, include, options, method, unique, where }: Candidate): Parts => ({
  keys: keys.map(keySql),
  include,
  options,
  ...(method !== "btree" && { method }),
  ...(unique && { unique: "unique" }),
  ...(where !== undefined && { where }),
});

/** What follows the table's name in CREATE INDEX, and tells two candidates of one table apart: `using gin (tags) where active`. */
export function shapeOf({ method, keys, include, where, unique, options, definition }: Candidate): string {
  if (definition) return definition.on;
  return [
    ...(unique ? ["unique"] : []),
    ...(method === "btree" ? [] : [`using ${method}`]),
    `(${keysSql(keys)})`,
    ...(include.length > 0 ? [`include (${include.join(", ")})`] : []),
    ...(options.length > 0 ? [`with (${options.join(", ")})`] : []),
    ...(where === undefined ? [] : [`where ${where}`]),
  ].join(" ");
}

interface Written {
  readonly schema: string | undefined;
  readonly name: string;
}

/** The index that a CREATE INDEX statement makes; undefined where it is none, or its table is not known. */
export function candidateIn(statement: Statement, find: (written: Written) => Table | undefined): Candidate | undefined {
  const definition = definitionIn(statement);
  if (!definition || !("IndexStmt" in statement.tree)) return undefined;
  const {
    relation: { schemaname, relname = "" } = {},
    accessMethod = "btree",
    indexParams = [],
    unique = false,
  } = statement.tree.IndexStmt;
  const table = find({ schema: schemaname, name: relname });
  if (!table) return undefined;
  const keys = indexParams.map((element): Key | undefined => {
    if (!("IndexElem" in element) || element.IndexElem.name === undefined) return undefined;
    const { name, ordering, nulls_ordering } = element.IndexElem;
    return { ...ascending(name), ...directionOf(ordering, nulls_ordering) };
  });
  const plain = keys.slice(0, [...keys, undefined].indexOf(undefined));
  return candidateOf(
    table,
    plain.flatMap((key) => key ?? []),
    { method: accessMethod, unique, definition },
  );
}
