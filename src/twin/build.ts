import type { Catalog } from "../catalog/catalog.ts";
import type { Index } from "../catalog/indexes.ts";
import type { Oid } from "../catalog/names.ts";
import type { Settings } from "../catalog/settings.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote, unquote } from "../sql/quote.ts";
import {
  constraintDefinitions,
  type Definition,
  indexDefinitions,
  plainTableDefinition,
  qualified,
  schemaDefinitions,
  tableDefinition,
  tablesInOrder,
  typeDefinition,
  viewDefinitions,
} from "./definitions.ts";
import { isShipped } from "./extensions.ts";
import { indexSize, relationSize } from "./sizes.ts";
import { statisticsDefinition } from "./statistics.ts";
import type { Needs, Session } from "./twin.ts";

export const needsOf = ({ settings, extensions }: Pick<Catalog, "settings" | "extensions">): Needs => ({
  sortsByBytes: settings.sortsByBytes,
  extensions: extensions.map((extension) => extension.name).filter(isShipped),
});

/** Makes the twin hold this catalog: schema, sizes, statistics, settings. Tells what it could not copy, one sentence each. */
export async function build(session: Session, catalog: Catalog): Promise<readonly string[]> {
  const limits: string[] = [];
  const create = async (definitions: readonly Definition[]) => {
    const outcomes = await session.run(definitions.map((definition) => definition.sql));
    const refused = definitions.filter((_, position) => outcomes[position]?.refused);
    limits.push(...refused.map(({ what }) => `${what} is not in the twin`));
  };
  const tables = tablesInOrder(catalog.tables);

  await create(schemaDefinitions(catalog));
  await session.run(catalog.extensions.filter(({ name }) => isShipped(name)).map(extensionSql));
  await create(catalog.types.map(typeDefinition));
  await create(catalog.functions.map(({ definition, signature }) => ({ sql: definition, what: `function ${signature}` })));
  limits.push(...(await createTables(session, tables)));
  await create(constraintDefinitions(tables, ["primary key", "unique", "exclude", "check"]));
  await create(indexDefinitions(tables));
  await create(constraintDefinitions(tables, ["foreign key"]));
  await create(viewDefinitions(catalog.tables));
  limits.push(
    ...catalog.tables
      .filter((table) => table.kind === "foreign table")
      .map((table) => `${qualified(table)} is a foreign table, which the twin cannot plan`),
  );

  await copySizes(session, tables, widthsOf(catalog.statistics));
  await create(catalog.statistics.map(statisticsDefinition));
  await session.run(settingsSql(catalog.settings));
  return limits;
}

const extensionSql = ({ name, schema }: Catalog["extensions"][number]) =>
  `create extension if not exists ${quote(name)} schema ${quote(schema)} cascade`;

/** A table that is refused is made again from its bare columns, so that what does not touch the rest can still be planned. */
async function createTables(session: Session, tables: readonly Table[]): Promise<readonly string[]> {
  const limits: string[] = [];
  const outcomes = await session.run(tables.map((table) => tableDefinition(table).sql));
  for (const table of tables.filter((_, position) => outcomes[position]?.refused)) {
    const types = [...new Set(table.columns.map((column) => column.type))];
    const known = await session.run(types.map((type) => `select null::${type}`));
    const isKnown = (type: string) => known[types.indexOf(type)]?.refused === undefined;
    const [plain] = await session.run([plainTableDefinition(table, isKnown).sql]);
    const missing = table.columns.filter((column) => !isKnown(column.type)).map((column) => `${column.name} (${column.type})`);
    limits.push(
      plain?.refused
        ? `table ${qualified(table)} is not in the twin`
        : `table ${qualified(table)} is in the twin only by its columns${missing.length > 0 ? `, as text: ${missing.join(", ")}` : ""}`,
    );
  }
  return limits;
}

interface TwinRelation {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly table: Oid | null;
  readonly parent: string | null;
}

/** An index of a partition may have another name here, where it was made with its parent's: then its parent's name and its table tell. */
const relations = `
  select c.oid as oid, n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name,
         x.indrelid as "table", p.relname::pg_catalog.text as parent
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_index x on x.indexrelid = c.oid
    left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and c.relkind in ('i', 'I')
    left join pg_catalog.pg_class p on p.oid = i.inhparent
   where c.relkind in ('r', 'p', 'm', 'i', 'I')
     and n.nspname !~ '^pg_'
     and n.nspname <> 'information_schema'`;

/** Bytes of the keys of an index, for the height of its tree. */
type KeyWidth = (table: Table, index: Index) => number;

/** Of a key whose width nobody measured. */
const UNKNOWN_WIDTH = 8;

function widthsOf(statistics: Catalog["statistics"]): KeyWidth {
  const widths = new Map(
    statistics.map(({ schema, relation, column, values }) => [`${schema}.${relation}.${column}`, Number(values.avg_width)]),
  );
  return (table, index) =>
    index.keys.reduce((sum, key) => sum + (widths.get(`${table.schema}.${table.name}.${unquote(key)}`) ?? UNKNOWN_WIDTH), 0);
}

/** Expects every relation of these tables to be in place; tells the planner how large the real ones are. */
export async function copySizes(session: Session, tables: readonly Table[], keyWidth: KeyWidth = () => UNKNOWN_WIDTH): Promise<void> {
  const here = await session.read<TwinRelation>(relations);
  const byName = new Map(here.map((relation) => [qualified(relation), relation]));
  const byParent = new Map(
    here.filter(({ parent }) => parent !== null).map((relation) => [`${relation.table} ${relation.parent}`, relation]),
  );
  const indexNames = new Map(tables.flatMap((table) => table.indexes.map((index) => [index.oid, index.name])));

  const sized = tables
    .filter((table) => table.kind !== "partitioned table")
    .flatMap((table) => {
      const twin = byName.get(qualified(table));
      return twin ? [{ table, twin }] : [];
    });
  const indexes = sized.flatMap(({ table, twin }) =>
    table.indexes.flatMap((index) => {
      const parent = index.parent === undefined ? undefined : indexNames.get(index.parent);
      const found = byName.get(qualified(index)) ?? byParent.get(`${twin.oid} ${parent}`);
      if (!found) return [];
      return [indexSize(found.oid, index, { rows: relationSize(twin.oid, table).tuples, keyWidth: keyWidth(table, index) })];
    }),
  );
  const counts = sized.map(({ table: { size }, twin }) => `(${twin.oid}, ${size.pages}, ${size.tuples}, ${size.allVisible})`);
  if (counts.length > 0) {
    await session.run([
      `update pg_catalog.pg_class c set relpages = v.pages, reltuples = v.tuples::real, relallvisible = v.visible
         from (values ${counts.join(", ")}) v (oid, pages, tuples, visible) where c.oid = v.oid::oid`,
    ]);
  }
  await session.size({ relations: sized.map(({ table, twin }) => relationSize(twin.oid, table)), indexes });
}

/** The planner of 18 knows some tricks that older servers do not: the twin of an older server does without. */
const since: readonly (readonly [version: number, setting: string])[] = [
  [160000, "enable_presorted_aggregate"],
  [170000, "enable_group_by_reordering"],
  [180000, "enable_distinct_reordering"],
  [180000, "enable_self_join_elimination"],
];

/** A setting that 18 does not know (one of a vendor's own) is refused, and nothing is lost. */
function settingsSql({ planner, versionNumber }: Settings): readonly string[] {
  const off = since.filter(([version]) => versionNumber < version).map(([, setting]) => `set local ${setting} = off`);
  return [...[...planner].map(([name, value]) => `set local ${quote(name)} = ${literal(value)}`), ...off];
}
