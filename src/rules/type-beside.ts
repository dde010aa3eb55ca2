import type { Column } from "../catalog/columns.ts";
import type { Constraint } from "../catalog/constraints.ts";
import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import type { Step } from "../migration/step.ts";
import { tokensOf } from "../sql/grammar.ts";
import { type Name, nameOf, quote, raw, sql, unquote } from "../sql/quote.ts";
import { setInBatches } from "./in-batches.ts";
import { isBound } from "./touched.ts";

interface Change {
  readonly table: Name;
  readonly column: string;
  /** As it is written: "bigint". */
  readonly type: string;
  /** USING casts the column by name; without it, it is assigned. */
  readonly casts: boolean;
}

/** Bytes: a longer name would be cut where something is added to it (https://www.postgresql.org/docs/current/sql-syntax-lexical.html). */
const LONGEST_NAME = 40;

/**
 * The column in its new type beside the old one: a trigger keeps both in step, the old rows follow in batches, every index is built beside
 * the old one, and one short transaction gives it the name. Undefined where it is not known to end as ALTER TYPE does; no step of it may run in a
 * transaction of the caller's.
 */
export function typeBeside(step: Step, change: Change): string | undefined {
  const known = step.table(change.table);
  const column = known?.columns.find(({ name }) => name === change.column);
  if (isBound(step) || !known || !column || !isFree(known, column)) return undefined;
  const beside = `${column.name}_new`;
  if (Buffer.byteLength(`${known.name}_${beside}`) > LONGEST_NAME) return undefined;
  if (known.columns.some(({ name }) => name === beside)) return undefined;
  const value = (of: string) => (change.casts ? `${of}${quote(column.name)}::${change.type}` : `${of}${quote(column.name)}`);
  const filled = setInBatches(change.table, known, { set: `${quote(beside)} = ${value("")}` });
  if (filled === undefined) return undefined;
  const indexes = known.indexes.filter((index) => isOn(index, column)).map((index) => built(known, column, index, beside));
  return [
    expanded(change, { beside, value: value("new.") }),
    filled,
    ...(column.notNull ? [provedNotNull(change.table, beside)] : []),
    ...indexes.map(({ create }) => create),
    swapped(change, { column, beside, names: indexes.flatMap(({ rename }) => rename) }),
  ].join("\n");
}

/** Nothing but indexes, a default and NOT NULL stands on it. */
function isFree(table: Table, { name, identity, generated }: Column): boolean {
  const isWhole = table.kind === "table" && table.parents.length === 0 && table.children === 0;
  const isPlain = identity === undefined && generated === undefined;
  const constrained = table.constraints.filter(({ columns }) => columns.includes(name));
  const isComputed = table.indexes.some((index) =>
    [...index.keys, index.where ?? ""].some((text) => unquote(text) !== name && namesIn(text).includes(name)),
  );
  return isWhole && isPlain && constrained.every(({ kind }) => kind === "primary key" || kind === "unique") && !isComputed;
}

const namesIn = (text: string) => tokensOf(text).map((token) => unquote(token.text));

export const isOn = ({ keys, include }: Index, { name }: Column) => [...keys, ...include].some((key) => unquote(key) === name);

export const stepName = ({ schema, name }: Name, beside: string) => nameOf(schema, `${name}_${beside}`);

function expanded({ table, type }: Change, { beside, value }: { readonly beside: string; readonly value: string }): string {
  const name = stepName(table, beside);
  return sql`alter table ${table} add column ${beside} ${raw(type)};
create function ${name}() returns trigger language plpgsql as $$ begin new.${beside} := ${raw(value)}; return new; end $$;
create trigger ${name.name} before insert or update on ${table} for each row execute function ${name}();`;
}

function provedNotNull(table: Name, beside: string): string {
  const check = `${table.name}_${beside}_check`;
  return sql`alter table ${table} add constraint ${check} check (${beside} is not null) not valid;
alter table ${table} validate constraint ${check};`;
}

interface Built {
  readonly create: string;
  /** In the swap, once the old index is gone with its column. */
  readonly rename: readonly string[];
}

export function built(table: Table, column: Column, index: Index, beside: string): Built {
  const name = `${index.name.slice(0, LONGEST_NAME)}_new`;
  const own = nameOf(table.schema, table.name);
  const keys = index.definition.slice(index.definition.indexOf(" USING ") + 1);
  const others = tokensOf(keys).filter((token) => unquote(token.text) === column.name);
  const written = others.reduceRight((text, { start, end }) => text.slice(0, start) + quote(beside) + text.slice(end), keys);
  const constraint = index.constraint ? table.constraints.find((one) => one.name === index.name) : undefined;
  return {
    create: sql`create ${raw(index.unique ? "unique " : "")}index concurrently ${name} on ${own} ${raw(written)};`,
    rename: [
      constraint
        ? sql`alter table ${own} add constraint ${constraint.name} ${raw(constraint.kind)} using index ${name}${raw(deferral(constraint))};`
        : sql`alter index ${nameOf(index.schema, name)} rename to ${index.name};`,
    ],
  };
}

const deferral = ({ deferrable, deferred }: Constraint) => (deferrable ? ` deferrable${deferred ? " initially deferred" : ""}` : "");

interface Swap {
  readonly column: Column;
  readonly beside: string;
  readonly names: readonly string[];
}

/** In one transaction, so that nobody sees the table without a column of the name. */
function swapped({ table }: Change, { column, beside, names }: Swap): string {
  const name = stepName(table, beside);
  const check = `${table.name}_${beside}_check`;
  const [, sequence] = /^nextval\('((?:[^']|'')+)'::regclass\)$/.exec(column.default ?? "") ?? [];
  return [
    "begin;",
    "set local lock_timeout = '5s';",
    ...(sequence === undefined ? [] : [sql`alter sequence ${raw(sequence.replaceAll("''", "'"))} owned by ${table}.${beside};`]),
    sql`drop trigger ${name.name} on ${table};
alter table ${table} drop column ${column.name};
alter table ${table} rename column ${beside} to ${column.name};`,
    ...(column.default === undefined ? [] : [sql`alter table ${table} alter column ${column.name} set default ${raw(column.default)};`]),
    ...(column.notNull
      ? [
          sql`alter table ${table} alter column ${column.name} set not null;
alter table ${table} drop constraint ${check};`,
        ]
      : []),
    ...names,
    "commit;",
    sql`drop function ${name}();
analyze ${table} (${column.name});`,
  ].join("\n");
}
