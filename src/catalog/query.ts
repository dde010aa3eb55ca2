import type { Oid } from "./names.ts";

type Lists = readonly (readonly Oid[])[];

/**
 * One statement that a user's database sees: fixed text, lists of oids as values. `queries.ts` lists all of them. A snapshot
 * keeps the rows that each has for everything there is, so a query says here which of them answer for less.
 */
export interface CatalogQuery {
  readonly name: string;
  readonly sql: string;
  /** Takes one list; this column of a row tells which of it the row is about. */
  readonly about?: string;
  /** What that list holds: relations, where nothing is said. Those come in pages, so rows are ordered by `about` first. */
  readonly of?: "relations and indexes" | "schemas";
  /** Takes several lists: these, where all is asked for. */
  values?(all: Everything): Lists;
  /** The rows of that query, which takes no values, say more than those of this one. */
  readonly from?: CatalogQuery;
  /** What would have been read with these lists. */
  answer?(rows: readonly unknown[], ...lists: Lists): readonly unknown[];
  /** The first `server_version_num` that it is for, and the first that it is no longer for. Variants of one query share its name. */
  readonly since?: number;
  readonly before?: number;
  /** Its one row says whether this role may run this at all (`allowed`). */
  readonly allowed?: CatalogQuery;
  /** What is so at this moment only: a snapshot keeps nothing of it, and has no rows. */
  readonly live?: true;
  /** Without what stands in the user's own rows. */
  withoutValues?(row: unknown): unknown;
}

/** What a database has, none of it Postgres's own. In order. */
export interface Everything {
  /** What a query can read. */
  readonly relations: readonly Oid[];
  readonly indexes: readonly Oid[];
  readonly sequences: readonly Oid[];
  readonly schemas: readonly Oid[];
  readonly functions: readonly Oid[];
}

interface Told<Row, Kept> extends Omit<CatalogQuery, "about" | "answer" | "withoutValues"> {
  readonly about?: keyof Row & string;
  answer?(rows: readonly Kept[], ...lists: Lists): readonly unknown[];
  withoutValues?(row: Row): Row;
}

/**
 * Marked, so that a server's log and `pg_stat_statements` say whose it is: behind the first word, because 18 leaves out
 * what stands before it. `Kept`: a row of `from`.
 */
export const catalogQuery = <Row, Kept = Row>(told: Told<Row, Kept>): CatalogQuery => ({
  ...(told as CatalogQuery),
  sql: told.sql.trim().replace(/^\w+/, (first) => `${first} /* backend-db-mcp: ${told.name} */`),
});

/**
 * `value::text`, null for null, of a type whose text is never empty. A cast that somebody made between two types of
 * Postgres's own, as the old `(integer as text)`, would run in the place of `::text` where Postgres has none itself.
 */
export const printed = (value: string) => `nullif(pg_catalog.concat(${value}), '')`;

/** `text::type` without a cast, by the function that reads what `type` is written as. */
export const parsed = (type: "bool" | "int4" | "float8", text: string) => `pg_catalog.${type}in(pg_catalog.textout(${text}))`;

/** Also those that begin our transactions, and what Postgres sends itself to print a view (src/backend/utils/adt/ruleutils.c). */
export const isOurs = (text: string): boolean =>
  /^\s*\w+ \/\* backend-db-mcp/.test(text) || text.startsWith("SELECT * FROM pg_catalog.pg_rewrite WHERE ");
