import type { Catalog } from "../catalog/catalog.ts";
import type { Column } from "../catalog/columns.ts";
import type { Oid } from "../catalog/names.ts";
import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { qualified } from "./definitions.ts";
import { relationsHere } from "./relations.ts";
import type { Session } from "./twin.ts";

/**
 * For a comparison near the end of a histogram the planner looks up the first or last value of a B-tree that leads with
 * the column, and trusts it over the histogram (`get_actual_variable_range` in src/backend/utils/adt/selfuncs.c). So each
 * table gets two rows, of the smallest and of the largest values that ANALYZE saw, most common ones among them. What
 * refuses such rows goes without: then the histogram ends where it ends. Only for planning: a rehearsal wants no rows.
 */
export async function placeEnds(session: Session, { tables, statistics }: Pick<Catalog, "tables" | "statistics">): Promise<void> {
  // A file that tells a size must not be read: its blocks are not there.
  if (session.started.sizes === "files") return;
  const ofTable = byColumn(statistics);
  const here = await relationsHere(session, tables);
  const rows = tables.flatMap((table) => {
    const known = ofTable.get(qualified(table));
    const found = here.get(table.oid);
    const isCounted = table.kind !== "partitioned table" && table.rows !== undefined;
    return known && found && isCounted ? [{ oid: found.oid, ...rowsOf(table, known) }] : [];
  });
  const filled = rows.filter(({ hasEnds }) => hasEnds);
  if (filled.length === 0) return;

  const oids = `{${filled.map(({ oid }) => oid).join(",")}}`;
  const required = await session.read<{ table: Oid; number: number }>(notNull, [oids]);
  const others = (await session.read<{ oid: Oid }>(otherIndexes, [oids])).map(({ oid }) => oid);
  const columns = required.map(({ table, number }) => `(${table}::oid, ${number}::int2)`).join(", ");
  const setRequired = (to: "true" | "false") => [
    ...(columns === ""
      ? []
      : [`update pg_attribute a set attnotnull = ${to} from (values ${columns}) v (t, n) where a.attrelid = v.t and a.attnum = v.n`]),
    `update pg_index set indisready = ${to} where indexrelid = any ('{${others.join(",")}}')`,
  ];
  await session.run([...setRequired("false"), "set local session_replication_role = replica"]);
  const outcomes = await session.run(filled.map(({ all }) => all));
  await session.run(filled.filter(({ leading }, place) => leading && outcomes[place]?.refused).map(({ leading }) => leading));
  await session.run([...setRequired("true"), "set local session_replication_role = origin"]);
}

const notNull = `
  select a.attrelid as "table", a.attnum::pg_catalog.int4 as number
    from pg_catalog.pg_attribute a
   where a.attrelid = any ($1::pg_catalog.text::pg_catalog.oid[]) and a.attnum > 0 and a.attnotnull
   order by 1, 2`;

/** All but those that the planner looks into: an entry would change what it reads of a GIN index, or show it the end of an expression that is none. */
const otherIndexes = `
  select x.indexrelid as oid
    from pg_catalog.pg_index x
    join pg_catalog.pg_class c on c.oid = x.indexrelid
    join pg_catalog.pg_am m on m.oid = c.relam
   where x.indrelid = any ($1::pg_catalog.text::pg_catalog.oid[])
     and x.indisready
     and (m.amname <> 'btree' or x.indkey[0] = 0 or x.indpred is not null)
   order by 1`;

type Known = ReadonlyMap<string, ColumnStatistics["values"]>;

function byColumn(statistics: readonly ColumnStatistics[]): ReadonlyMap<string, Known> {
  const tables = new Map<string, Map<string, ColumnStatistics["values"]>>();
  for (const { schema, relation, column, inherited, values } of statistics) {
    if (inherited || (values.histogram_bounds ?? values.most_common_vals) === undefined) continue;
    const table = qualified({ schema, name: relation });
    tables.set(table, (tables.get(table) ?? new Map()).set(column, values));
  }
  return tables;
}

/** The two rows with every column that has ends, for any index that is tried; and, in case they are refused, with those that are asked for today. */
function rowsOf(table: Table, known: Known) {
  const led = new Set(
    table.indexes.flatMap(({ method, where, keys }) => (method === "btree" && where === undefined ? keys.slice(0, 1) : [])),
  );
  // What an index picks from a document ends elsewhere than the document.
  const columns = table.columns.filter(({ name, type, generated }) => generated === undefined && type !== "jsonb" && known.has(name));
  const hasEnds = columns.some(({ name }) => known.get(name)?.histogram_bounds !== undefined);
  const leading = columns.filter(({ name }) => led.has(quote(name)) || table.partition.bound !== undefined);
  return {
    hasEnds,
    all: insert(table, columns, known),
    leading: leading.length > 0 ? insert(table, leading, known) : "",
  };
}

function insert(table: Table, columns: readonly Column[], known: Known): string {
  const row = (end: End) => `(${columns.map((column) => endOf(column, known.get(column.name) ?? {}, end)).join(", ")})`;
  const names = columns.map(({ name }) => quote(name)).join(", ");
  return `insert into ${qualified(table)} (${names}) overriding system value values ${row("first")}, ${row("last")}`;
}

type End = "first" | "last";

function endOf({ type, collation }: Column, { histogram_bounds, most_common_vals }: ColumnStatistics["values"], end: End): string {
  const bound = histogram_bounds === undefined ? undefined : elementsOf(histogram_bounds).at(end === "first" ? 0 : -1);
  if (bound !== undefined && most_common_vals === undefined) return `${literal(bound)}::${type}`;
  const bounds = bound === undefined ? "" : ` union all select ${literal(bound)}`;
  const order = `${collation === undefined ? "" : ` collate ${collation}`}${end === "first" ? "" : " desc"}`;
  return `(select t::${type} from (select unnest(${literal(most_common_vals ?? "{}")}::text[])${bounds}) as seen (t) order by t::${type}${order} limit 1)`;
}

/** The elements of an array of one dimension as Postgres prints it; an element that is an array is quoted. */
const elementsOf = (array: string): readonly string[] =>
  Array.from(array.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|[^,]+/gs), ([text, quoted]) =>
    quoted === undefined ? text : quoted.replaceAll(/\\(.)/gs, "$1"),
  );
