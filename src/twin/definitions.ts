import type { Catalog } from "../catalog/catalog.ts";
import type { Column } from "../catalog/columns.ts";
import type { Constraint, ConstraintKind } from "../catalog/constraints.ts";
import type { Oid } from "../catalog/names.ts";
import type { Table } from "../catalog/tables.ts";
import type { UserType } from "../catalog/user-types.ts";
import { literal, quote } from "../sql/quote.ts";

/** One CREATE statement, and what is missing from the twin without it. */
export interface Definition {
  readonly sql: string;
  readonly what: string;
}

export const qualified = ({ schema, name }: { schema: string; name: string }) => `${quote(schema)}.${quote(name)}`;

export function schemaDefinitions({ tables, types, extensions, settings }: Catalog): readonly Definition[] {
  const schemas = new Set([
    ...tables.map((table) => table.schema),
    ...extensions.map((extension) => extension.schema),
    ...settings.searchPath,
  ]);
  const ofTypes = types.map((type) => type.name.slice(0, schemaLength(type.name)));
  const own = [...[...schemas].map(quote), ...ofTypes].filter((schema) => schema !== "pg_catalog");
  return [...new Set(own)].map((schema) => ({ sql: `create schema if not exists ${schema}`, what: `schema ${schema}` }));
}

/** `format('%I.%I')` quotes a schema with a dot in its name, so the first bare dot ends it. */
function schemaLength(name: string): number {
  if (!name.startsWith('"')) return name.indexOf(".");
  return /^"(?:[^"]|"")*"/.exec(name)?.[0].length ?? 0;
}

export function typeDefinition({ name, kind, labels, base, attributes }: UserType): Definition {
  const body = {
    enum: () => `create type ${name} as enum (${labels.map(literal).join(", ")})`,
    // Without its CHECK: the planner does not look at it, and it may call a function that is not there yet.
    domain: () => `create domain ${name} as ${base}`,
    composite: () => `create type ${name} as (${attributes.map((attribute) => `${quote(attribute.name)} ${attribute.type}`).join(", ")})`,
    range: () => `create type ${name} as range (subtype = ${base})`,
  };
  return { sql: body[kind](), what: `type ${name}` };
}

/** Parents come before what is made from them. Views and foreign tables are not among them. */
export function tablesInOrder(tables: readonly Table[]): readonly Table[] {
  const known = new Map(tables.map((table) => [table.oid, table]));
  const depth = (table: Table): number =>
    Math.max(0, ...table.parents.map((parent) => known.get(parent.oid)).map((parent) => (parent ? 1 + depth(parent) : 0)));
  return tables
    .filter((table) => table.kind !== "view" && table.kind !== "foreign table")
    .map((table) => ({ table, depth: depth(table) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ table }) => table);
}

export function tableDefinition(table: Table): Definition {
  const [parent] = table.parents;
  const key = table.partition.key === undefined ? "" : ` partition by ${table.partition.key}`;
  const options = table.options.filter((option) => option.startsWith("fillfactor="));
  const storage = options.length > 0 ? ` with (${options.join(", ")})` : "";
  const what = `table ${qualified(table)}`;
  if (table.partition.bound !== undefined && parent) {
    return { sql: `create table ${qualified(table)} partition of ${qualified(parent)} ${table.partition.bound}${key}${storage}`, what };
  }
  const inherits = table.parents.length > 0 ? ` inherits (${table.parents.map(qualified).join(", ")})` : "";
  const columns = table.columns.filter((column) => column.local || table.parents.length === 0);
  return { sql: `create table ${qualified(table)} (${columns.map(columnDefinition).join(", ")})${inherits}${key}${storage}`, what };
}

/** The same columns with nothing that could be refused but their types, and text for the types that are not there. */
export function plainTableDefinition(table: Table, isKnown: (type: string) => boolean): Definition {
  const columns = table.columns.map(
    ({ name, type, notNull }) => `${quote(name)} ${isKnown(type) ? type : "text"}${notNull ? " not null" : ""}`,
  );
  return { sql: `create table ${qualified(table)} (${columns.join(", ")})`, what: `table ${qualified(table)}` };
}

function columnDefinition({ name, type, collation, generated, expression, notNull }: Column): string {
  const parts = [quote(name), type];
  if (collation !== undefined) parts.push(`collate ${collation}`);
  if (generated !== undefined) parts.push(`generated always as (${expression}) ${generated}`);
  if (notNull) parts.push("not null");
  return parts.join(" ");
}

/** Keys before foreign keys, which need them; only foreign keys between two tables that are both here can change a plan. */
export function constraintDefinitions(tables: readonly Table[], kinds: readonly ConstraintKind[]): readonly Definition[] {
  const here = new Set(tables.map((table) => table.oid));
  return tables.flatMap((table) =>
    table.constraints
      .filter((constraint) => kinds.includes(constraint.kind) && !constraint.inherited && isComplete(constraint, here))
      .map(({ name, definition }) => ({
        sql: `alter table ${qualified(table)} add constraint ${quote(name)} ${definition}`,
        what: `constraint ${name} of ${qualified(table)}`,
      })),
  );
}

const isComplete = ({ references }: Constraint, here: ReadonlySet<Oid>) => references === undefined || here.has(references);

/** Constraints make their own indexes, and a partitioned table's index makes those of its partitions. An invalid one serves no query. */
export const indexDefinitions = (tables: readonly Table[]): readonly Definition[] =>
  tables.flatMap((table) =>
    table.indexes
      .filter((index) => !index.constraint && index.parent === undefined && index.valid)
      .map(({ name, definition }) => ({
        sql: definition.replace(/^(CREATE (?:UNIQUE )?INDEX .* ON) ONLY /, "$1 "),
        what: `index ${name} of ${qualified(table)}`,
      })),
  );

/** Views that read other views come after them, since they were made after them. */
export const viewDefinitions = (tables: readonly Table[]): readonly Definition[] =>
  tables
    .filter((table) => table.kind === "view")
    .map((view) => ({ sql: `create view ${qualified(view)} as ${view.definition}`, what: `view ${qualified(view)}` }));
