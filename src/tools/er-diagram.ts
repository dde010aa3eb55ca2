import type { ForeignKey, Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";

/** More than this nobody can read in one picture. */
const TABLES = 30;

interface Diagram {
  readonly text: string;
  /** Tables that had to be left out. */
  readonly left: number;
}

/**
 * The tables and their foreign keys in Mermaid's language. With `all` columns, else only those that are keys. Partitions
 * are their parent's, and a table that nothing ties to another comes last.
 */
export function erDiagram({ tables, foreignKeys }: Pick<Schema, "tables" | "foreignKeys">, columns: "all" | "keys"): Diagram {
  const ordered = tiedFirst({ tables, foreignKeys });
  const shown = ordered.slice(0, TABLES);
  const known = new Set(shown.map(({ oid }) => oid));
  const keys = foreignKeys.filter(({ table, references }) => known.has(table.oid) && known.has(references.oid));
  const lines = ["erDiagram", ...shown.flatMap((table) => entity(table, foreignKeys, columns)), ...keys.map(relationship)];
  return { text: lines.join("\n"), left: ordered.length - shown.length };
}

/** The tables of a picture: partitions are their parent's, and those that a foreign key ties to another come first. */
export function tiedFirst({ tables, foreignKeys }: Pick<Schema, "tables" | "foreignKeys">): readonly Table[] {
  const tied = new Set(foreignKeys.flatMap(({ table, references }) => [table.oid, references.oid]));
  const drawn = tables.filter(({ partition }) => partition.bound === undefined);
  return [...drawn.filter(({ oid }) => tied.has(oid)), ...drawn.filter(({ oid }) => !tied.has(oid))];
}

/** At most one row has the same values in the key's columns. */
export const isSingle = ({ table, constraint }: ForeignKey): boolean =>
  table.constraints.some(
    ({ kind, columns: unique }) =>
      (kind === "unique" || kind === "primary key") && unique.every((column) => constraint.columns.includes(column)),
  );

function entity(table: Table, foreignKeys: readonly ForeignKey[], columns: "all" | "keys"): readonly string[] {
  const primary = new Set(table.constraints.find(({ kind }) => kind === "primary key")?.columns);
  const foreign = new Set(foreignKeys.filter((key) => key.table.oid === table.oid).flatMap(({ constraint }) => constraint.columns));
  const lines = table.columns.flatMap(({ name, type }) => {
    const marks = [primary.has(name) && "PK", foreign.has(name) && "FK"].filter(Boolean).join(", ");
    return columns === "keys" && marks === "" ? [] : [`    ${word(type)} ${word(name)}${marks === "" ? "" : ` ${marks}`}`];
  });
  return lines.length === 0 ? [`  ${title(table)}`] : [`  ${title(table)} {`, ...lines, "  }"];
}

/** The parent on the left: exactly one or none of it, then at most one child or many. */
function relationship(key: ForeignKey): string {
  const { table, references, columns, constraint } = key;
  const optional = columns.some(({ notNull }) => !notNull);
  return `  ${title(references)} ${optional ? "|o" : "||"}--${isSingle(key) ? "o|" : "o{"} ${title(table)} : ${text(constraint.columns.join(", "))}`;
}

const title = ({ schema, name }: Table) => text(schema === "public" ? name : `${schema}.${name}`);

/** Names are anybody's: what could end the quotes or the line is left out. */
const text = (name: string) => `"${name.replaceAll(/["\n\r%\\]/g, "_")}"`;

/** What Mermaid takes for a column's type or name. */
const word = (name: string) => name.replaceAll(/[^\p{L}\p{N}_[\]()]+/gu, "_").replace(/^(?!\p{L})/u, "_");
