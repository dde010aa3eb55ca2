import type { Table } from "../catalog/tables.ts";
import type { Statement } from "../sql/parse.ts";
import { quote } from "../sql/quote.ts";

/** CREATE INDEX in two halves: the name of the index stands between them (https://www.postgresql.org/docs/current/sql-createindex.html). */
export interface Definition {
  readonly create: "create index" | "create unique index";
  /** From the table on: `public.orders using gin (tags)`. */
  readonly on: string;
}

/** What CREATE INDEX takes, each part as it is written there. */
export interface Parts {
  /** Columns, or expressions in parentheses, each with its collation, operator class and direction. */
  readonly keys: readonly string[];
  /** B-tree unless told. */
  readonly method?: string;
  readonly unique?: "unique" | "unique nulls not distinct";
  readonly include?: readonly string[];
  /** `fillfactor = 70`. */
  readonly options?: readonly string[];
  readonly where?: string;
}

export const definitionOf = ({ schema, name }: Pick<Table, "schema" | "name">, parts: Parts): Definition => ({
  create: parts.unique === undefined ? "create index" : "create unique index",
  on: `${quote(schema)}.${quote(name)} ${clausesOf(parts)}`,
});

/** All that follows the table. */
export function clausesOf({ keys, method, unique, include = [], options = [], where }: Parts): string {
  const clauses = [
    ...(method === undefined ? [] : [`using ${quote(method)}`]),
    `(${keys.join(", ")})`,
    ...(include.length > 0 ? [`include (${include.map(quote).join(", ")})`] : []),
    ...(unique === "unique nulls not distinct" ? ["nulls not distinct"] : []),
    ...(options.length > 0 ? [`with (${options.join(", ")})`] : []),
    ...(where === undefined ? [] : [`where ${where}`]),
  ];
  return clauses.join(" ");
}

/** Of a statement that somebody wrote, its name, CONCURRENTLY, ONLY and TABLESPACE left out: none of them changes a plan, and the twin has no tablespaces. */
export function definitionIn({ tree, source, end }: Statement): Definition | undefined {
  if (!("IndexStmt" in tree)) return undefined;
  const { unique = false, relation, tableSpace } = tree.IndexStmt;
  const on = source.slice(relation?.location ?? 0, end);
  return {
    create: unique ? "create unique index" : "create index",
    on: tableSpace === undefined ? on : on.replace(/\btablespace\s+(?:"(?:[^"]|"")*"|[^\s"]+)/i, ""),
  };
}

export const createSql = ({ create, on }: Definition, name: string): string => `${create} ${quote(name)} on ${on}`;
