import type { Catalog } from "../catalog/catalog.ts";
import type { Column } from "../catalog/columns.ts";
import type { Constraint, ConstraintKind } from "../catalog/constraints.ts";
import type { Index } from "../catalog/indexes.ts";
import type { Oid } from "../catalog/names.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { withoutModifiers } from "./type-definitions.ts";

/** One CREATE statement, and what is missing from the twin without it. */
export interface Definition {
  readonly sql: string;
  readonly what: string;
  /** The table that it is a part of. */
  readonly table?: Oid;
}

/** What the twin could not copy, and the table it is of where it is of one. */
export interface Limit {
  readonly text: string;
  readonly table: Oid | undefined;
}

export const qualified = ({ schema, name }: { schema: string; name: string }) => `${quote(schema)}.${quote(name)}`;

export function schemaDefinitions(catalog: Catalog): readonly Definition[] {
  const { tables, functions, extensions, settings, types, baseTypes, collations, aggregates, operators } = catalog;
  const schemas = [...tables, ...functions, ...extensions].map(({ schema }) => schema);
  const named = [...types, ...baseTypes, ...collations, ...operators].map(({ name }) => name);
  const ofNames = [...named, ...aggregates.map(({ signature }) => signature)].map((name) => name.slice(0, schemaLength(name)));
  const own = [...[...schemas, ...settings.searchPath].map(quote), ...ofNames].filter((schema) => schema !== "pg_catalog");
  return [...new Set(own)].map((schema) => ({ sql: `create schema if not exists ${schema}`, what: `schema ${schema}` }));
}

/** `format('%I.%I')` quotes a schema with a dot in its name, so the first bare dot ends it. */
function schemaLength(name: string): number {
  if (!name.startsWith('"')) return name.indexOf(".");
  return /^"(?:[^"]|"")*"/.exec(name)?.[0].length ?? 0;
}

/** Parents come before what is made from them. */
export function tablesInOrder(tables: readonly Table[]): readonly Table[] {
  const known = new Map(tables.map((table) => [table.oid, table]));
  const depth = (table: Table): number =>
    Math.max(0, ...table.parents.map((parent) => known.get(parent.oid)).map((parent) => (parent ? 1 + depth(parent) : 0)));
  return tables
    .filter((table) => table.kind !== "view")
    .map((table) => ({ table, depth: depth(table) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ table }) => table);
}

/** A foreign-data wrapper that cannot plan: what reads such a table is refused, and what does not is planned as ever. */
const SERVER = '"not modelled by the twin"';

export const foreignServer: readonly string[] = [
  `create foreign data wrapper ${SERVER}`,
  `create server ${SERVER} foreign data wrapper ${SERVER}`,
];

/** What of a table may be left out, where the twin cannot have it. */
export interface Shape {
  readonly table: Table;
  /** Of a partition: its columns stand in another order than its parent's. */
  readonly parent: Table | undefined;
  readonly standIns: ReadonlySet<string>;
  readonly plain?: true | undefined;
}

export function tableDefinition({ table, parent, standIns, plain }: Shape): Definition {
  const foreign = table.kind === "foreign table";
  const key = table.partition.key === undefined ? "" : ` partition by ${table.partition.key}`;
  const after = key + (foreign ? ` server ${SERVER}` : storage(table));
  const what = `table ${qualified(table)}`;
  const sort = foreign ? "foreign " : table.kind === "table" && table.persistence === "unlogged" ? "unlogged " : "";
  const create = `create ${sort}table ${qualified(table)}`;
  const columns = (chosen: readonly Column[]) =>
    `(${chosen.map((column) => columnDefinition(column, { table, standIns, plain })).join(", ")})`;
  const [of] = table.parents;
  const { bound } = table.partition;
  if (bound !== undefined && of && parent && !sameOrder(table, parent)) {
    const attach = `alter table ${qualified(of)} attach partition ${qualified(table)} ${bound}`;
    return { sql: `${create} ${columns(table.columns)}${after}; ${attach}`, what, table: table.oid };
  }
  if (bound !== undefined && of) return { sql: `${create} partition of ${qualified(of)} ${bound}${after}`, what, table: table.oid };
  const inherits = table.parents.length > 0 ? ` inherits (${table.parents.map(qualified).join(", ")})` : "";
  const own = table.columns.filter((column) => column.local || table.parents.length === 0);
  return { sql: `${create} ${columns(own)}${inherits}${after}`, what, table: table.oid };
}

const sameOrder = (table: Table, parent: Table) => table.columns.every(({ name }, place) => parent.columns[place]?.name === name);

/** Some change plans (`parallel_workers`), some sizes to come (`fillfactor`); a partitioned table has none. */
function storage({ kind, options }: Table): string {
  if (kind === "partitioned table" || options.length === 0) return "";
  return ` with (${options.map(option).join(", ")})`;
}

/** "fillfactor=70" as the catalog has it. */
function option(written: string): string {
  const end = written.indexOf("=");
  return `${written.slice(0, end)} = ${literal(written.slice(end + 1))}`;
}

function columnDefinition(column: Column, { table, standIns, plain }: Pick<Shape, "table" | "standIns" | "plain">): string {
  const { name, type, collation, generated, expression, notNull, notNullValid, identity } = column;
  const parts = [quote(name), withoutModifiers(type, standIns)];
  if (collation !== undefined && !plain) parts.push(`collate ${collation}`);
  if (generated !== undefined && !plain) parts.push(`generated always as (${expression}) ${generated}`);
  if (identity !== undefined && table.partition.bound === undefined) parts.push(`generated ${identity} as identity`);
  if (notNull && notNullValid) parts.push("not null");
  return parts.join(" ");
}

/** What a table cannot say when it is made: NOT NULL of a column that its parent lets be null, and NOT NULL that old rows may break. */
export function notNullDefinitions(tables: readonly Table[]): readonly Definition[] {
  const known = new Map(tables.map((table) => [table.oid, table]));
  return tables.flatMap((table) => {
    const free = new Set(
      table.parents.flatMap(({ oid }) => (known.get(oid)?.columns ?? []).filter(({ notNull }) => !notNull).map(({ name }) => name)),
    );
    const changes = table.columns
      .filter(({ notNull, name, notNullValid }) => notNull && (free.has(name) || !notNullValid))
      .map(({ name, notNullValid }) =>
        notNullValid ? `alter column ${quote(name)} set not null` : `add not null ${quote(name)} not valid`,
      );
    return alter(table, changes, "NOT NULL");
  });
}

/** An INSERT pays for them. Sequences that they take numbers from are made first. */
export function defaultDefinitions(tables: readonly Table[]): readonly Definition[] {
  const filled = tables.filter(({ kind }) => kind === "table" || kind === "partitioned table");
  const sequences = filled.flatMap(({ columns }) =>
    columns.flatMap((column) =>
      Array.from((column.default ?? "").matchAll(/nextval\('((?:[^']|'')+)'::regclass/g), ([, name = ""]) => name.replaceAll("''", "'")),
    ),
  );
  return [
    ...[...new Set(sequences)].map((name) => ({ sql: `create sequence if not exists ${name}`, what: `sequence ${name}` })),
    ...filled.flatMap((table) =>
      alter(
        table,
        table.columns.flatMap((column) =>
          column.default === undefined ? [] : [`alter column ${quote(column.name)} set default ${column.default}`],
        ),
        "defaults",
      ),
    ),
  ];
}

const alter = (table: Table, changes: readonly string[], what: string): readonly Definition[] =>
  changes.length === 0
    ? []
    : [{ sql: `alter table only ${qualified(table)} ${changes.join(", ")}`, what: `${what} of ${qualified(table)}`, table: table.oid }];

/** Keys before foreign keys, which need them; only foreign keys between two tables that are both here can change a plan. */
export function constraintDefinitions(tables: readonly Table[], kinds: readonly ConstraintKind[]): readonly Definition[] {
  const here = new Set(tables.map((table) => table.oid));
  return tables.flatMap((table) =>
    table.constraints
      .filter((constraint) => kinds.includes(constraint.kind) && !constraint.inherited && isComplete(constraint, here))
      .map(({ name, definition }) => ({
        sql: `alter table ${qualified(table)} add constraint ${quote(name)} ${definition}`,
        what: `constraint ${quote(name)} of ${qualified(table)}`,
        table: table.oid,
      })),
  );
}

const isComplete = ({ references }: Constraint, here: ReadonlySet<Oid>) => references === undefined || here.has(references);

/**
 * Constraints make their own indexes, and a partitioned table's index makes those of its partitions. An invalid one serves
 * no query. The indexes of partitions come first: those that are made with their parents' then take other names.
 */
export function indexDefinitions(tables: readonly Table[]): readonly Definition[] {
  const indexes = new Map(tables.flatMap((table) => table.indexes.map((index) => [index.oid, index])));
  const comesAlong = ({ parent }: Index): boolean => indexes.get(parent ?? 0)?.valid ?? false;
  return tables.toReversed().flatMap((table) =>
    table.indexes
      .filter((index) => !index.constraint && index.valid && !comesAlong(index))
      .map(({ name, definition }) => ({
        sql: definition.replace(onOnly, "$1"),
        what: `index ${quote(name)} of ${qualified(table)}`,
        table: table.oid,
      })),
  );
}

const onOnly = /^(CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")*"|\S+) ON )ONLY /;

/** Views that read other views come after them, since they were made after them. */
export const viewDefinitions = (tables: readonly Table[]): readonly Definition[] =>
  tables
    .filter((table) => table.kind === "view")
    .map((view) => ({
      sql: `create view ${qualified(view)}${storage(view)} as ${view.definition}`,
      what: `view ${qualified(view)}`,
      table: view.oid,
    }));

/** After the views that they are of. A trigger stands in for a row of a view, so a statement that writes to it is planned only with it. */
export function rewriteDefinitions({ tables, rewrites }: Pick<Catalog, "tables" | "rewrites">): readonly Definition[] {
  const known = new Map(tables.map((table) => [table.oid, table]));
  return rewrites.flatMap(({ table: oid, kind, name, definition }) => {
    const table = known.get(oid);
    return table ? [{ sql: definition, what: `${kind} ${quote(name)} of ${qualified(table)}`, table: oid }] : [];
  });
}
