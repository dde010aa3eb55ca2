import type { ForeignKey, Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import type { Finding } from "../finding.ts";
import { nameOf } from "../sql/quote.ts";
import { isSingle, tiedFirst } from "./er-diagram.ts";

/** What the view of a schema draws besides the answer. */
export type SchemaPicture = {
  readonly tables: readonly {
    readonly name: string;
    readonly rows?: number;
    readonly columns: readonly {
      readonly name: string;
      readonly type: string;
      readonly nullable: boolean;
      readonly primary: boolean;
      readonly foreign: boolean;
    }[];
    /** Columns that are not told. */
    readonly more: number;
    /** Places in the list of findings. */
    readonly findings: readonly number[];
  }[];
  /** `from` and `to` are places in the list of tables: the one that has the key, and the one that it references. */
  readonly keys: readonly {
    readonly from: number;
    readonly to: number;
    readonly name: string;
    readonly columns: readonly string[];
    readonly referenced: readonly string[];
    /** A row may reference none. */
    readonly optional: boolean;
    /** At most one row references the same one. */
    readonly single: boolean;
  }[];
  /** Tables that are not drawn. */
  readonly left: number;
};

const TABLES = 120;
const COLUMNS = 40;

export function schemaPicture({ tables, foreignKeys }: Pick<Schema, "tables" | "foreignKeys">, found: readonly Finding[]): SchemaPicture {
  const ordered = tiedFirst({ tables, foreignKeys });
  const shown = ordered.slice(0, TABLES);
  const places = new Map(shown.map(({ oid }, place) => [oid, place]));
  return {
    tables: shown.map((table) => ({
      name: titleOf(table),
      ...(table.rows !== undefined && { rows: Math.round(table.rows) }),
      columns: columnsOf(table, foreignKeys).slice(0, COLUMNS),
      more: Math.max(0, table.columns.length - COLUMNS),
      findings: found.flatMap((finding, place) => (isAbout(finding, table) ? [place] : [])),
    })),
    keys: foreignKeys.flatMap((key) => {
      const [from, to] = [places.get(key.table.oid), places.get(key.references.oid)];
      return from === undefined || to === undefined ? [] : [{ from, to, ...told(key) }];
    }),
    left: ordered.length - shown.length,
  };
}

/** Keys first, which hold the picture together; within both as they were declared. */
function columnsOf(table: Table, foreignKeys: readonly ForeignKey[]) {
  const primary = new Set(table.constraints.find(({ kind }) => kind === "primary key")?.columns);
  const foreign = new Set(foreignKeys.filter((key) => key.table.oid === table.oid).flatMap(({ constraint }) => constraint.columns));
  const columns = table.columns.map(({ name, type, notNull }) => ({
    ...{ name, type, nullable: !notNull },
    ...{ primary: primary.has(name), foreign: foreign.has(name) },
  }));
  return [
    ...columns.filter((column) => column.primary || column.foreign),
    ...columns.filter((column) => !column.primary && !column.foreign),
  ];
}

const told = (key: ForeignKey) => ({
  name: key.name,
  columns: [...key.constraint.columns],
  referenced: key.referenced.map(({ name }) => name),
  optional: key.columns.some(({ notNull }) => !notNull),
  single: isSingle(key),
});

const titleOf = ({ schema, name }: Table) => (schema === "public" ? name : `${schema}.${name}`);

/** A finding names the table, or something of it after a dot. */
function isAbout({ object }: Finding, { schema, name }: Table): boolean {
  const table = `${nameOf(schema, name)}`;
  return object === table || object?.startsWith(`${table}.`) === true;
}
