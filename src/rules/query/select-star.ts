import type { Node } from "@pgsql/types";
import type { Column } from "../../catalog/columns.ts";
import type { Table } from "../../catalog/tables.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { quote } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { tellsApart } from "../../sql/unique.ts";
import { type Problem, queryRule } from "../rule.ts";

/** Statements whose rows somebody reads, or that name columns by their place. Views, copies and exports take all columns on purpose. */
const read = new Set(["SelectStmt", "ExplainStmt", "PrepareStmt", "DeclareCursorStmt", "InsertStmt"]);

interface Star {
  readonly node: Node;
  readonly level: Level<Table>;
  /** Whose columns it stands for. */
  readonly relations: readonly Item<Table>[];
}

/** Stars by which columns of a table get into the result, also through subqueries that pass all of theirs on. */
function* starsIn(level: Level<Table>, seen = new Set<Level<Table>>()): Generator<Star> {
  if (seen.has(level)) return;
  seen.add(level);
  for (const branch of level.branches) yield* starsIn(branch, seen);
  for (const node of level.kind === "select" && !level.select?.intoClause ? level.targets.flatMap(({ val }) => val ?? []) : []) {
    const items = starredBy(node, level);
    const relations = items.filter((item) => item.kind === "relation" && !isOfSystem(item));
    if (relations.length > 0) yield { node, level, relations };
    for (const { body } of items) if (body) yield* starsIn(body, seen);
  }
}

function starredBy(node: Node, { items }: Level<Table>): readonly Item<Table>[] {
  const fields = "ColumnRef" in node ? (node.ColumnRef.fields ?? []) : [];
  if (!fields.some((field) => "A_Star" in field)) return [];
  const of = namesIn(fields).at(-1);
  return items.filter(({ name }) => of === undefined || name === of);
}

const isOfSystem = ({ relation, table }: Item<Table>) =>
  /^(?:pg_|information_schema)/.test(table?.schema ?? relation?.schema ?? relation?.name ?? "");

const documents = /^(?:jsonb?|bytea|xml|tsvector)$|\b(?:vector|halfvec|sparsevec|geometry|geography|hstore)\b/;
const unbounded = /^(?:text|character varying)$|\[\]$/;

/** Columns whose values may be too long for their row. Texts seldom are, so they count only where some value is. */
const longColumns = ({ columns, toastBytes }: Table): readonly Column[] =>
  columns.filter(
    ({ length, storage, type }) =>
      length === -1 && storage !== "plain" && (documents.test(type) || (toastBytes > 0 && unbounded.test(type))),
  );

/** Long values are most of what is stored. */
const isMostlyLong = ({ table }: Item<Table>) => table?.bytes !== undefined && table.toastBytes > table.bytes;

const listed = new Intl.ListFormat("en");

function messageOf({ level, relations }: Star): string {
  const names = listed.format(relations.map((item) => nameOfItem(item).toString()));
  if (level.place === "insert")
    return `INSERT fills columns by their place, so SELECT * from ${names} fails or fills other columns once a column is added.`;
  const long = relations.flatMap(({ table }) => (table ? longColumns(table) : [])).map(({ name }) => quote(name));
  if (long.length > 0)
    return `SELECT * fetches every column of ${names}, also ${listed.format(long)}, whose long values Postgres keeps outside the row and reads on their own.`;
  return `SELECT * fetches every column of ${names}, needed or not: no index alone can answer it, and a column that is added or dropped changes the result.`;
}

/** The columns by name. What to leave out of them only the caller knows. */
function named({ node, level, relations }: Star, query: Query<Table>): string | undefined {
  const span = query.spanOf(node);
  const isWhole = starredBy(node, level).length === relations.length && relations.every(({ renamed }) => renamed.length === 0);
  const isMerged = level.joins.some(({ natural, using }) => natural || using.length > 0);
  const columns = relations.map(({ table, name }) =>
    table?.columns.map((column) => (level.items.length > 1 ? `${quote(name)}.` : "") + quote(column.name)),
  );
  if (!span || !isWhole || isMerged || columns.includes(undefined)) return undefined;
  return query.replacing(span, columns.flatMap((list) => list ?? []).join(", "));
}

function problemOf(star: Star, query: Query<Table>): Problem {
  const { relations, level, node } = star;
  const heavy = relations.find(isMostlyLong);
  const isGrave = heavy !== undefined && !tellsApart([], level, query);
  const isLong = relations.some(({ table }) => table !== undefined && longColumns(table).length > 0);
  return {
    message: messageOf(star),
    span: query.spanOf(node),
    object: relations[0] && nameOfItem(relations[0]).toString(),
    severity: isGrave ? "warning" : "info",
    ...(isGrave && heavy.table ? { evidence: { toastBytes: heavy.table.toastBytes } } : {}),
    fix: isLong ? undefined : named(star, query),
  };
}

export default queryRule({
  id: "query/select-star",
  severity: "info",

  *check(query) {
    if (!read.has(query.statement.kind)) return;
    for (const level of query.levels.filter(({ place }) => place === "top" || place === "insert")) {
      for (const star of starsIn(level)) yield problemOf(star, query);
    }
  },
});
