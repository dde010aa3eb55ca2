import type { Table } from "../../catalog/tables.ts";
import { type Arm, type Choice, choicesIn } from "../../sql/arms.ts";
import { isKey } from "../../sql/expression.ts";
import { indexName } from "../../sql/index-name.ts";
import { type Item, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { nameOf, quote, sql } from "../../sql/quote.ts";
import type { Use } from "../../sql/scope.ts";
import { type Problem, queryRule } from "../rule.ts";

/** Rows. A scan of fewer costs little. */
const SMALL = 1000;

const rowsOf = ({ table }: Item<Table>) => table?.rows ?? SMALL;

/** An item of which a scan hurts, if no other condition has found its rows. */
const isOpen = (item: Item<Table>, { level }: Choice<Table>, query: Query<Table>) =>
  item.kind === "relation" &&
  item.table?.kind !== "view" &&
  item.table?.kind !== "foreign table" &&
  rowsOf(item) >= SMALL &&
  !query.isNarrowed(item, level);

const isServed = ({ name, table }: Use<Table>) =>
  table?.indexes.some(
    ({ keys: [key], valid, where }) =>
      valid && where === undefined && key !== undefined && isKey({ ColumnRef: { fields: [{ String: { sval: name } }] } }, key),
  ) ?? false;

const nameOfColumn = ({ item, name }: Use<Table>) => `${nameOfItem(item)}.${name}`;

const UNION = "Write one query for each side and put them together with UNION.";

type Told = Omit<Problem, "span">;

/** Sides that are about columns of one table: a bitmap of each index, put together, if each side has one. */
function ofOneTable({ arms }: Choice<Table>): Told | undefined {
  const [first] = arms;
  const isSame = first?.equal.some(({ name }) => arms.every(({ equal }) => equal.some((other) => other.name === name)));
  if (!first || isSame || arms.some(({ equal }) => equal.length === 0)) return undefined;
  const idle = arms.filter(({ equal }) => !equal.some(isServed)).flatMap(({ equal }) => equal.slice(0, 1));
  const [column] = idle;
  const served = arms.flatMap(({ equal }) => equal.filter(isServed))[0];
  if (!column) return undefined;
  const object = nameOfColumn(column);
  const scan = `Postgres reads every row of ${sizedNameOf(column.item)}`;
  const names = [...new Set(idle.map(nameOfColumn))].join(" and ");
  if (!column.table) return { message: `Unless each side of this OR has an index of its own, ${scan}.`, object, severity: "info" };
  if (!served) return { message: `Neither side of this OR has an index, and it takes one for each: ${scan}.`, object, severity: "info" };
  return {
    message: `The index on ${nameOfColumn(served)} is of no use here, because the other side of OR has none on ${names}: ${scan}.`,
    object,
    ...(new Set(idle.map(({ name }) => name)).size === 1 ? indexOn(column) : {}),
  };
}

function indexOn({ table, name }: Use<Table>): Pick<Problem, "fix" | "undo"> {
  if (table?.kind !== "table") return {};
  const index = indexName({ table: table.name, keys: [quote(name)], taken: table.indexes.map((each) => each.name) });
  return {
    fix: sql`create index concurrently ${index} on ${nameOf(table.schema, table.name)} (${name});`,
    undo: sql`drop index concurrently ${nameOf(table.schema, index)};`,
  };
}

/** A column on one side, a subquery on the other: the planner joins with a subquery only where AND leads to it. */
function besideSubquery({ arms, items }: Choice<Table>): Told | undefined {
  const [item] = items;
  const isOf = ({ equal, subquery, items: own }: Arm<Table>) => (subquery || equal.length > 0) && own.size === 1;
  if (!item || !arms.every(isOf) || !arms.some(({ equal }) => equal.length > 0)) return undefined;
  const columns = arms.flatMap(({ equal, subquery }) => [...equal, ...(subquery?.testexpr ? [subquery.testexpr] : [])]);
  const isWorth = !item.table || columns.some(isServed);
  return {
    message: `Beside a subquery, OR keeps every index of ${sizedNameOf(item)} from finding the rows, and Postgres tests one after the other. ${UNION}`,
    object: nameOfItem(item).toString(),
    ...(isWorth ? {} : { severity: "info" as const }),
  };
}

/** Sides that are about different tables can be tested only on rows that are joined already. */
function afterJoin({ arms, items }: Choice<Table>): Told | undefined {
  // Postgres takes out of the OR what all sides say of one table (`extract_restriction_or_clauses` in src/backend/optimizer/util/orclauses.c).
  const isExtracted = items.some((item) => arms.every(({ equal }) => equal.some((use) => use.item === item)));
  const columns = arms.map(({ equal, items: own }) => (own.size === 1 ? equal[0] : undefined));
  const [first] = columns;
  if (isExtracted || !first || columns.includes(undefined)) return undefined;
  const names = [...new Set(columns.flatMap((use) => (use ? [nameOfColumn(use)] : [])))].join(" or ");
  return {
    message: `${names} is asked for after the join, so no index finds the rows and Postgres joins all of ${items.map((item) => sizedNameOf(item)).join(" and ")} first. ${UNION}`,
    object: nameOfColumn(first),
  };
}

/** A join by one of several equalities: each pair is compared, unless indexes on one table serve every side. */
function joinedByEither({ arms, items, isOuter }: Choice<Table>): Told | undefined {
  const [one, other, ...more] = items;
  if (!one || !other || more.length > 0 || arms.some(({ joined }) => joined.length === 0)) return undefined;
  // What all sides say alike is a join condition of its own.
  const [first] = arms;
  const pair = (uses: readonly Use<Table>[]) => uses.map(nameOfColumn).sort().join(" = ");
  if (first?.joined.some((uses) => arms.every(({ joined }) => joined.some((others) => pair(others) === pair(uses))))) return undefined;
  const isInner = (item: Item<Table>) =>
    arms.every(({ joined }) => joined.some((uses) => uses.some((use) => use.item === item && isServed(use))));
  if (isInner(one) || isInner(other) || rowsOf(one) * rowsOf(other) < SMALL ** 2) return undefined;
  return {
    message: `A join by either of two conditions can be neither hashed nor merged, so Postgres compares each row of ${sizedNameOf(one)} with each of ${sizedNameOf(other)}. ${isOuter ? "Join twice, once by each condition." : UNION}`,
    object: nameOfItem(one).toString(),
  };
}

function problemWith(choice: Choice<Table>, query: Query<Table>): Told | undefined {
  const { items, arms, level, isOuter } = choice;
  if (!items.some((item) => isOpen(item, choice, query))) return undefined;
  if (items.length > 1) {
    const hasNarrow = items.some((item) => query.isNarrowed(item, level));
    return hasNarrow ? undefined : (joinedByEither(choice) ?? (isOuter ? undefined : afterJoin(choice)));
  }
  if (isOuter) return undefined;
  return arms.some(({ subquery }) => subquery) ? besideSubquery(choice) : ofOneTable(choice);
}

export default queryRule({
  id: "query/or-across-columns",
  severity: "warning",

  *check(query) {
    for (const choice of choicesIn(query)) {
      const problem = problemWith(choice, query);
      if (problem) yield { ...problem, span: query.spanOf(choice.node) };
    }
  },
});
