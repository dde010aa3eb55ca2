import type { Constraint } from "../../catalog/constraints.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, quote, sql, unquote } from "../../sql/quote.ts";
import { numberText } from "./figures.ts";
import type { Standing } from "./standing.ts";

/** What an index is there for besides being read, where nothing else could do it: no count of scans tells. */
export function dutyOf({ index, table, use }: Standing): string | undefined {
  const on = nameOf(table.schema, table.name);
  if (index.constraint) {
    const drop = sql`alter table ${on} drop constraint ${index.name};`;
    return `It is the ${kindOf(index.name, table)} of ${on}, which no count of scans shows, and goes only with that: ${drop}`;
  }
  if (use?.referenced) return "Foreign keys point at the columns that it keeps unique, so Postgres refuses to drop it.";
  if (index.replicaIdentity) return `It is the replica identity of ${on}: without it subscribers are told no updates and deletes.`;
  if (use?.clustered) return `CLUSTER sorts ${on} by it: choose another first (alter table … cluster on, or set without cluster).`;
  return undefined;
}

const words: Partial<Record<Constraint["kind"], string>> = {
  "primary key": "primary key",
  unique: "unique constraint",
  exclude: "exclusion constraint",
};

const kindOf = (name: string, { constraints }: Table) =>
  constraints.flatMap((constraint) => (constraint.name === name ? (words[constraint.kind] ?? []) : []))[0] ?? "constraint";

/** Access methods that find rows by equality of their first columns. */
const methods = new Set(["btree", "hash", "gist"]);

/**
 * The foreign key that only this index of `others` serves: a check asks for all of its columns, whatever their order, and
 * never for NULL.
 */
export function foreignKeyServed(standing: Standing, others: readonly Standing[]): Constraint | undefined {
  return standing.table.constraints.find(
    (constraint) => constraint.kind === "foreign key" && serves(standing, constraint) && !others.some((other) => serves(other, constraint)),
  );
}

function serves({ index: { keys, method, valid, where } }: Standing, { columns }: Constraint): boolean {
  const start = keys.slice(0, columns.length).map(unquote);
  const isWhole = where === undefined || columns.some((column) => where === `${quote(column)} IS NOT NULL`);
  return valid && isWhole && methods.has(method) && columns.every((column) => start.includes(column));
}

export function foreignKeyDuty({ name, references }: Constraint, { table }: Standing, tables: readonly Table[]): string {
  const parent = tables.find(({ oid }) => oid === references);
  const rows = table.rows === undefined ? "" : ` (about ${numberText(table.rows)} rows)`;
  const deleting = parent ? nameOf(parent.schema, parent.name) : "the table that it points at";
  return `It alone serves the foreign key ${nameOf(undefined, name)}: without it each delete in ${deleting} scans all of ${nameOf(table.schema, table.name)}${rows}.`;
}
