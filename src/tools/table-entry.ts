import * as z from "zod";
import type { Column } from "../catalog/columns.ts";
import type { Constraint } from "../catalog/constraints.ts";
import type { ForeignKey, Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { nameOf, quote } from "../sql/quote.ts";

export const details = ["names", "summary", "full"] as const;
export type Detail = (typeof details)[number];

const column = z.object({
  name: z.string(),
  type: z.string(),
  not_null: z.boolean(),
  primary_key: z.boolean().optional(),
  references: z.string().optional(),
  default: z.string().optional(),
  identity: z.string().optional(),
  generated: z.string().optional(),
  collation: z.string().optional(),
  commented: z.boolean().optional(),
});

const definition = z.object({ name: z.string(), definition: z.string() });

export const tableEntry = z.object({
  name: z.string().describe("As SQL writes it, with its schema unless that is public"),
  kind: z.string(),
  rows: z.number().optional().describe("The planner's count"),
  bytes: z.number().optional().describe("Of its rows"),
  column_count: z.int(),
  primary_key: z.array(z.string()).optional(),
  foreign_keys: z.array(z.string()).optional(),
  partition_key: z.string().optional(),
  partitions: z.int().optional(),
  partition: z.string().optional().describe("What it is a partition of, and its bounds"),
  inherits: z.array(z.string()).optional(),
  columns: z.array(column).optional(),
  indexes: z
    .array(definition.extend({ bytes: z.number().optional(), scans: z.number().optional(), valid: z.boolean().optional() }))
    .optional(),
  constraints: z.array(definition).optional(),
  policies: z.array(definition).optional(),
  triggers: z.array(definition.extend({ enabled: z.string() })).optional(),
  statistics: z.array(definition).optional(),
  definition: z.string().optional().describe("Of a view"),
  owner: z.string().optional(),
  privileges: z.array(z.string()).optional().describe("Of others than the owner"),
  properties: z.array(z.string()).optional(),
  counters: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
});
export type TableEntry = z.infer<typeof tableEntry>;

export interface Described {
  readonly schema: Schema;
  readonly detail: Detail;
  /** Sizes and counters mean something: they were measured, or told. */
  readonly sizes: "measured" | "assumed" | "unknown";
}

/** Of one table at most, of each kind: Postgres allows 1,600 columns. */
const MOST = 200;
/** Characters of one definition. */
const DEFINITION = 2_000;
/** Characters of one string constant: more than a name of a state, less than a key or a template. */
const LITERAL = 60;

/** Tables and views by schema and name. */
export function describeTables(described: Described): readonly TableEntry[] {
  const { schema, detail } = described;
  return [...schema.tables, ...schema.views].sort(byName).map((table) => {
    const foreignKeys = schema.foreignKeys.filter((key) => key.table.oid === table.oid);
    return {
      ...nameEntry(table, foreignKeys, described),
      ...(detail !== "names" && { columns: columnsOf(table, foreignKeys, detail) }),
      ...(detail === "full" && fullEntry(table, described)),
    };
  });
}

const byName = (a: Table, b: Table) => (`${a.schema}\0${a.name}` < `${b.schema}\0${b.name}` ? -1 : 1);

const full = ({ schema, name }: { readonly schema: string; readonly name: string }) => nameOf(schema, name).toString();

function nameEntry(table: Table, foreignKeys: readonly ForeignKey[], { sizes }: Described): TableEntry {
  const primaryKey = table.constraints.find((constraint) => constraint.kind === "primary key")?.columns;
  const { key, bound } = table.partition;
  return {
    name: full(table),
    kind: table.kind,
    ...(table.rows !== undefined && sizes !== "unknown" && { rows: table.rows }),
    ...(table.bytes !== undefined && sizes !== "unknown" && { bytes: table.bytes }),
    column_count: table.columns.length,
    ...(primaryKey && { primary_key: [...primaryKey] }),
    ...(foreignKeys.length > 0 && { foreign_keys: foreignKeys.map(arrow) }),
    ...(key !== undefined && { partition_key: key }),
    ...(key !== undefined && { partitions: table.children }),
    ...(bound !== undefined && { partition: `${table.parents.map(full).join(", ")} ${cutLiterals(bound)}` }),
    ...(bound === undefined && table.parents.length > 0 && { inherits: table.parents.map(full) }),
  };
}

/** `customer_id -> customers`, with the columns there only where they are not its primary key. */
function arrow({ columns, references, referenced }: ForeignKey): string {
  const key = references.constraints.find((constraint) => constraint.kind === "primary key")?.columns ?? [];
  const there = referenced.map((column) => column.name);
  const own = there.length === key.length && there.every((name, position) => name === key[position]);
  return `${columns.map((column) => quote(column.name)).join(", ")} -> ${full(references)}${own ? "" : ` (${there.map(quote).join(", ")})`}`;
}

function columnsOf(table: Table, foreignKeys: readonly ForeignKey[], detail: Detail): TableEntry["columns"] {
  const primaryKey = table.constraints.find((constraint) => constraint.kind === "primary key")?.columns ?? [];
  return table.columns.slice(0, MOST).map((column) => ({
    name: column.name,
    type: column.type,
    not_null: column.notNull,
    ...(primaryKey.includes(column.name) && { primary_key: true }),
    ...referenceOf(column, foreignKeys),
    ...(detail === "full" && columnFacts(column)),
  }));
}

function referenceOf({ name }: Column, foreignKeys: readonly ForeignKey[]): { references?: string } {
  const targets = foreignKeys.flatMap(({ columns, references, referenced }) => {
    const there = referenced[columns.findIndex((column) => column.name === name)];
    return there ? [`${full(references)}.${quote(there.name)}`] : [];
  });
  return targets.length === 0 ? {} : { references: [...new Set(targets)].join(", ") };
}

const columnFacts = (column: Column) => ({
  ...(column.default !== undefined && { default: shortened(column.default) }),
  ...(column.identity !== undefined && { identity: column.identity }),
  ...(column.generated !== undefined && { generated: `${column.generated}: ${shortened(column.expression ?? "")}` }),
  ...(column.collation !== undefined && { collation: column.collation }),
  ...(column.commented && { commented: true }),
});

function fullEntry(table: Table, { schema, sizes }: Described): Partial<TableEntry> {
  const own = <Row extends { readonly table: Table }>(rows: readonly Row[]) =>
    rows.filter((row) => row.table.oid === table.oid).slice(0, MOST);
  const triggers = own(schema.triggers).filter((trigger) => !trigger.internal);
  const measured = sizes === "measured";
  return {
    ...some(
      "indexes",
      table.indexes.slice(0, MOST).map((index) => indexEntry(index, measured && table.kind !== "partitioned table")),
    ),
    ...some("constraints", table.constraints.slice(0, MOST).map(named)),
    ...some(
      "policies",
      own(schema.policies).map((policy) => ({ name: policy.name, definition: policyText(policy) })),
    ),
    ...some(
      "triggers",
      triggers.map((trigger) => ({ ...named(trigger), enabled: trigger.enabled })),
    ),
    ...some("statistics", own(schema.statistics).map(named)),
    ...(table.definition !== undefined && { definition: shortened(table.definition) }),
    ...(measured && { owner: table.owner, ...some("privileges", privilegesOf(table, schema)) }),
    ...some("properties", propertiesOf(table, schema)),
    ...(measured && (table.kind === "table" || table.kind === "materialized view") && { counters: countersOf(table) }),
  };
}

/** A list that is empty is left out. */
const some = <Key extends string, Item>(key: Key, items: readonly Item[]) =>
  (items.length === 0 ? {} : { [key]: items }) as { [key in Key]?: Item[] };

const named = ({ name, definition }: Pick<Constraint, "name" | "definition">) => ({ name, definition: shortened(definition) });

function indexEntry(index: Table["indexes"][number], measured: boolean) {
  return { ...named(index), ...(measured && { bytes: index.bytes, scans: index.usage.scans }), ...(!index.valid && { valid: false }) };
}

function policyText({ permissive, command, roles, using, check }: Schema["policies"][number]): string {
  const parts = [`${permissive ? "permissive" : "restrictive"} for ${command} to ${roles?.map(quote).join(", ") ?? "public"}`];
  if (using !== undefined) parts.push(`using (${using})`);
  if (check !== undefined) parts.push(`with check (${check})`);
  return shortened(parts.join(" "));
}

/** `anon: SELECT`, `PUBLIC: UPDATE (note)`. */
function privilegesOf(table: Table, { grants }: Schema): readonly string[] {
  return grants
    .filter((grant) => (grant.on === "relation" || grant.on === "column") && grant.object === table.oid && !grant.owner)
    .slice(0, MOST)
    .map(({ grantee, privileges, column }) => {
      const part = column === undefined ? "" : ` (${quote(column)})`;
      return `${grantee === undefined ? "PUBLIC" : quote(grantee)}: ${privileges.join(", ")}${part}`;
    });
}

function propertiesOf(table: Table, { views, publications }: Schema): readonly string[] {
  const view = views.find((candidate) => candidate.oid === table.oid);
  const published = publications.filter((publication) => publication.tables.includes(table.oid)).map(({ name }) => quote(name));
  return [
    table.rowSecurity && (table.forcesRowSecurity ? "row-level security, also for its owner" : "row-level security"),
    table.persistence !== "permanent" && table.persistence,
    view?.securityInvoker && "security_invoker",
    table.replicaIdentity !== "default" && table.kind === "table" && `replica identity ${table.replicaIdentity}`,
    published.length > 0 && `published by ${published.join(", ")}`,
    table.commented && "has a comment",
    !table.readable && "not readable by this role",
    ...table.options.filter((option) => !option.startsWith("security_")),
  ].filter((property) => property !== false && property !== undefined);
}

function countersOf({ usage, toastBytes }: Table): Record<string, number | string> {
  return {
    sequential_scans: usage.sequentialScans,
    index_scans: usage.indexScans,
    inserts: usage.inserts,
    updates: usage.updates,
    hot_updates: usage.hotUpdates,
    deletes: usage.deletes,
    live_rows: usage.liveRows,
    dead_rows: usage.deadRows,
    toast_bytes: toastBytes,
    ...(usage.vacuumed !== null && { vacuumed: usage.vacuumed }),
    ...(usage.analyzed !== null && { analyzed: usage.analyzed }),
  };
}

function shortened(definition: string): string {
  const text = cutLiterals(definition.trim());
  return text.length > DEFINITION ? `${text.slice(0, DEFINITION)}…` : text;
}

/** A default or a check may hold a key or a letter to customers: enough of it to be known, not enough to be used. */
const cutLiterals = (text: string) =>
  text.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, (token) =>
    token.startsWith("'") && token.length > LITERAL + 2 ? `${token.slice(0, LITERAL + 1).replace(/'+$/, "")}…'` : token,
  );
