import type { Table } from "../catalog/tables.ts";
import { lookupsIn } from "../sql/lookup.ts";
import { batchedBy, type Orm, ormOf } from "../sql/orm.ts";
import { readQuery } from "../sql/query.ts";
import { nameOf, unquote } from "../sql/quote.ts";
import { type RelationRef, relationsOf } from "../sql/relations.ts";
import { uniqueIndexesOf } from "../sql/unique.ts";
import type { Counted } from "./counted.ts";

/** A statement that finds a few rows by one key, and is sent very often. */
export interface Suspect {
  readonly statement: Counted;
  readonly table: string;
  readonly column: string;
  /** The statement whose rows it is sent for, going by foreign keys and counts. */
  readonly list: Counted | undefined;
  readonly orm: Orm | undefined;
  /** What to write in its place. */
  readonly instead: string;
}

type Find = (relation: RelationRef) => Table | undefined;

interface KeyLookup {
  readonly statement: Counted;
  readonly table: Table;
  readonly column: string;
  readonly unique: boolean;
  readonly orm: Orm | undefined;
}

/** Rows of a call; one that finds more is a list itself. */
const FEW = 20;
/** Calls beside a list whose rows they match, and without one. */
const CALLS = 100;
const CALLS_ALONE = 1_000;
/** Of all calls, without such a list. */
const SHARE_ALONE = 0.2;
/** Calls for each row of the list: fewer where a key is NULL or already known, hardly ever more. */
const [LEAST, MOST] = [0.5, 1.1];
const ROWS_OF_LIST = 2;

/** The surest first: those with a list, then by calls. */
export function suspectsIn(statements: readonly Counted[], find: Find): readonly Suspect[] {
  const sent = statements.filter(({ topLevel }) => topLevel);
  const calls = sent.reduce((sum, each) => sum + each.calls, 0);
  const lookups = sent.flatMap((statement) => keyLookupOf(statement, find) ?? []);
  const lists = sent.filter(isList);
  const suspects = lookups.flatMap((lookup): readonly Suspect[] => {
    const { statement, table, column, unique, orm } = lookup;
    const list = statement.calls < CALLS ? undefined : listFor(lookup, lists, find);
    const isLoud = statement.calls >= CALLS_ALONE && statement.calls >= SHARE_ALONE * calls;
    if (!list && !isLoud) return [];
    const inOrm = orm && batchedBy(orm, { table: table.name, column, unique });
    const instead = inOrm ?? `One query with ${nameOf(undefined, column)} = any ($1) reads the rows for a whole list of keys.`;
    return [{ statement, table: `${nameOf(table.schema, table.name)}`, column, list, orm, instead }];
  });
  return suspects.sort((one, other) => Number(!one.list) - Number(!other.list) || other.statement.calls - one.statement.calls);
}

const rowsPerCall = ({ rows, calls }: Counted) => rows / Math.max(calls, 1);

const isList = (counted: Counted) => counted.statement.kind === "SelectStmt" && rowsPerCall(counted) >= ROWS_OF_LIST;

function keyLookupOf(counted: Counted, find: Find): KeyLookup | undefined {
  if (rowsPerCall(counted) > FEW) return undefined;
  const query = readQuery(counted.statement, find);
  const [level, ...more] = query.levels;
  if (!level || more.length > 0 || level.items.length !== 1) return undefined;
  const byKey = lookupsIn(query).filter(({ value }) => "ParamRef" in value);
  const found = byKey.find(({ item: { table }, column }) => table && isKey(table, column));
  const table = found?.item.table;
  if (!found || !table) return undefined;
  return { statement: counted, table, column: found.column, unique: isUnique(table, found.column), orm: ormOf(level, counted.statement) };
}

const isUnique = (table: Table, column: string) =>
  uniqueIndexesOf(table).some(
    ({ keys: [key = "", ...more], where }) => more.length === 0 && where === undefined && unquote(key) === column,
  );

/** What a list can hand over: the key of the table, or what a foreign key of it holds. */
const isKey = (table: Table, column: string) =>
  isUnique(table, column) || table.constraints.some(({ kind, columns }) => kind === "foreign key" && columns.includes(column));

/** The one whose rows come nearest to the calls. */
function listFor({ statement, table, column }: KeyLookup, lists: readonly Counted[], find: Find): Counted | undefined {
  const distance = ({ rows }: Counted) => Math.abs(1 - statement.calls / rows);
  return lists
    .filter((list) => list !== statement && matches(statement.calls / list.rows) && handsOver(list, { table, column }, find))
    .sort((one, other) => distance(one) - distance(other))[0];
}

const matches = (ratio: number) => ratio >= LEAST && ratio <= MOST;

/** It reads the table that the key is of, or one that refers to it. */
function handsOver({ statement }: Counted, { table, column }: Pick<KeyLookup, "table" | "column">, find: Find): boolean {
  const read = relationsOf(statement).flatMap((relation) => find(relation) ?? []);
  const parents = table.constraints.flatMap(({ kind, columns, references }) =>
    kind === "foreign key" && columns.includes(column) ? [references] : [],
  );
  return read.some(
    ({ oid, constraints }) =>
      parents.includes(oid) ||
      constraints.some(({ references, foreignKey }) => references === table.oid && foreignKey?.referencedColumns.includes(column) === true),
  );
}
