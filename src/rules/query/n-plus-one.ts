import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { hasAggregate } from "../../sql/aggregates.ts";
import { clausesOf } from "../../sql/clauses.ts";
import { replaceAll } from "../../sql/expression.ts";
import { nameOfItem } from "../../sql/level.ts";
import { type Lookup, lookupsIn } from "../../sql/lookup.ts";
import { batchedBy, ormOf } from "../../sql/orm.ts";
import { parses } from "../../sql/parse.ts";
import type { Query } from "../../sql/query.ts";
import { raw, sql, unquote } from "../../sql/quote.ts";
import { namesIn, placeholdersOf } from "../../sql/relations.ts";
import { uniqueIndexesOf } from "../../sql/unique.ts";
import { queryRule } from "../rule.ts";

/** Fewer may be what a person wanted, unless the statement before lists what they look up. */
const MANY = 3;

const isUnique = ({ item: { table }, column }: Lookup<Table>): boolean =>
  table !== undefined &&
  uniqueIndexesOf(table).some(
    ({ keys: [key = "", ...more], where }) => more.length === 0 && where === undefined && unquote(key) === column,
  );

/** A parameter that says how many rows, or which page, is the same for every value. */
const isOfPage = ({ level: { limit, offset } }: Lookup<Table>) =>
  [limit, offset].filter((node) => node !== undefined && "ParamRef" in node).length;

/** A row of the result is a row for one value, whatever other values are asked for. */
function isByRow({ level: { group, select, targets } }: Lookup<Table>): boolean {
  return group.length === 0 && !select?.distinctClause && !select?.windowClause && !hasAggregate(targets) && !select?.havingClause;
}

function returns({ level, item, column }: Lookup<Table>, query: Query<Table>): boolean {
  return level.targets.some(({ val }) => {
    if (!val || !("ColumnRef" in val)) return false;
    const use = query.columnOf(val.ColumnRef, level);
    const of = namesIn(val.ColumnRef.fields)[0];
    return use ? use.item === item && use.name === column : of === undefined || of === item.name;
  });
}

interface Places {
  readonly left: string;
  /** Of the array of all values. */
  readonly parameter: string;
}

/** `= any` in place of `=`, and the column among the results to tell whose row is whose. */
function byArray(lookup: Lookup<Table>, query: Query<Table>, { left, parameter }: Places): string | undefined {
  const { statement } = query;
  const condition = query.spanOf(lookup.condition);
  const clauses = clausesOf(lookup.level, statement);
  if (!condition || !clauses) return undefined;
  const { targets, tail } = clauses;
  return replaceAll(statement.source, statement, [
    { ...condition, by: `${left} = any (${parameter})` },
    ...(returns(lookup, query) ? [] : [{ start: targets.start, end: targets.start, by: `${left}, ` }]),
    ...(tail ? [{ ...tail, by: "" }] : []),
  ]).trimEnd();
}

/** The statement once for each value, by the server. */
function byLateral({ item, column, value, level }: Lookup<Table>, query: Query<Table>, { parameter }: Places): string | undefined {
  const type = item.table?.columns.find(({ name }) => name === column)?.type;
  const span = query.spanOf(value);
  if (type === undefined || !span || level.items.some(({ name }) => name === "wanted")) return undefined;
  const { statement } = query;
  const each = replaceAll(statement.source, statement, [{ ...span, by: "wanted.key" }]);
  return sql`select wanted.key, found.* from unnest(${raw(parameter)}::${raw(type)}[]) as wanted (key) cross join lateral (${raw(each)}) as found`;
}

function batched(lookup: Lookup<Table>, query: Query<Table>, places: Places): string | undefined {
  const { limit, offset } = lookup.level;
  const isWhole = isByRow(lookup) && ((!limit && !offset) || isUnique(lookup));
  const written = isWhole ? byArray(lookup, query, places) : byLateral(lookup, query, places);
  return written !== undefined && parses(written) ? `${written};` : undefined;
}

function parameterFor(value: Node, { statement }: Query<Table>): string {
  return `$${"ParamRef" in value ? (value.ParamRef.number ?? 1) : Math.max(0, ...placeholdersOf(statement)) + 1}`;
}

export default queryRule({
  id: "query/n-plus-one",
  severity: "warning",

  *check(query) {
    const { repeats, statement, spanOf, textOf } = query;
    if (!repeats?.isFirst || (repeats.count < MANY && !repeats.isListed)) return;
    const lookup = lookupsIn(query).find(({ value }) => repeats.varies(value));
    const span = lookup && spanOf(lookup.condition);
    const name = lookup && spanOf(lookup.left);
    if (!lookup || !span || !name) return;

    const { item, column, level, value } = lookup;
    const places = { left: textOf(name), parameter: parameterFor(value, query) };
    const orm = ormOf(level, statement);
    const inOrm = orm
      ? ` ${batchedBy(orm, { table: item.table?.name ?? item.relation?.name ?? item.name, column, unique: isUnique(lookup) })}`
      : "";
    yield {
      message: `${repeats.count} statements read ${nameOfItem(item)} for one ${column} each, a round trip apiece; one query with ${places.left} = any (${places.parameter}) reads it for all.${inOrm}`,
      span,
      object: nameOfItem(item).toString(),
      evidence: { statements: repeats.count, ...(orm && { orm }) },
      // What else differs is not told by one array.
      fix: repeats.varying - isOfPage(lookup) === 1 ? batched(lookup, query, places) : undefined,
    };
  },
});
