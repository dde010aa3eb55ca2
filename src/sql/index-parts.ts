import type { IndexElem, IndexStmt, Node } from "@pgsql/types";
import { shape } from "./expression.ts";
import { grammar } from "./grammar.ts";
import { namesIn } from "./relations.ts";

/** What an index holds and in which order, each part in a form to compare with that of another index of the same table. */
export interface IndexParts {
  readonly method: string;
  readonly unique: boolean;
  readonly keys: readonly KeyPart[];
  /** As the keys' `what`. */
  readonly include: readonly string[];
  /** The predicate; empty for all rows. */
  readonly where: string;
  /** A unique index takes NULLs for equal. */
  readonly nullsNotDistinct: boolean;
  /** Storage parameters. */
  readonly options: string;
}

export interface KeyPart {
  /** Column or expression, collation and operator class. */
  readonly what: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Of a CREATE INDEX, as the catalog prints it or we write it; undefined where the parser of this version cannot read it. After `loadGrammar()`. */
export function indexParts(definition: string): IndexParts | undefined {
  const statement = statementIn(definition);
  if (!statement) return undefined;
  const { accessMethod = "btree", unique = false, whereClause, nulls_not_distinct = false, options = [] } = statement;
  return {
    method: accessMethod,
    unique,
    keys: elementsOf(statement.indexParams).map(keyPart),
    include: elementsOf(statement.indexIncludingParams).map(whatOf),
    where: whereClause === undefined ? "" : shape(whereClause),
    nullsNotDistinct: nulls_not_distinct,
    options: options.map(shape).sort().join(),
  };
}

/** Of each key, the collation that the index says itself, by its name alone. */
export const keyCollations = (definition: string): readonly (string | undefined)[] =>
  elementsOf(statementIn(definition)?.indexParams).map(({ collation }) => namesIn(collation).at(-1));

function statementIn(definition: string): IndexStmt | undefined {
  try {
    const tree = grammar().parseSync(definition).stmts?.[0]?.stmt;
    return tree && "IndexStmt" in tree ? tree.IndexStmt : undefined;
  } catch {
    return undefined;
  }
}

const elementsOf = (nodes: readonly Node[] = []): readonly IndexElem[] =>
  nodes.flatMap((node) => ("IndexElem" in node ? [node.IndexElem] : []));

/** Nulls are last in ascending order and first in descending order unless told. */
function keyPart(element: IndexElem): KeyPart {
  const descending = element.ordering === "SORTBY_DESC";
  const told = element.nulls_ordering;
  return { what: whatOf(element), descending, nullsFirst: told === "SORTBY_NULLS_FIRST" || (descending && told !== "SORTBY_NULLS_LAST") };
}

/** The catalog qualifies what our own search path does not find. */
const whatOf = ({ name, expr, collation, opclass, opclassopts }: IndexElem): string =>
  shape({ name, expr, collation: namesIn(collation).at(-1), opclass: namesIn(opclass).at(-1), opclassopts });
