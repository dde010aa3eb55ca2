import type { Schema } from "../../catalog/schema.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { bySchema, declaredTables } from "../declared.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Rows. The index of fewer stays in memory, and then it does not matter where in it an insert goes. */
const LARGE = 1_000_000;
/** `uuidv7()` exists from this version on. */
const ORDERED = 180000;

export default schemaRule({
  id: "schema/uuidv4-primary-key",
  severity: "info",

  *check(schema) {
    const random = declaredTables(schema).filter((table) => (table.rows ?? LARGE) >= LARGE && randomKey(table) !== undefined);
    for (const [place, tables] of bySchema(random)) {
      const names = tables.map(({ name }) => nameOf(place, name));
      yield {
        message: `${tables.length === 1 ? "The key" : "The keys"} of ${listed(names)} ${tables.length === 1 ? "is" : "are"} random: once the index is larger than memory each insert reads another page of it, and each page that it changes goes to the WAL whole after a checkpoint.`,
        object: tables.length === 1 ? `${names[0]}` : `${nameOf(undefined, place)}`,
        evidence: { tables: tables.length },
        ...ordered(tables, schema),
      };
    }
  },
});

const randomKey = ({ columns, constraints }: Table) => {
  const key = constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  return columns.find(
    ({ name, type, default: preset = "" }) =>
      key.length === 1 && key[0] === name && type === "uuid" && /(gen_random_uuid|uuid_generate_v4|uuidv4)\(/.test(preset),
  );
};

/** Rows that are there keep their keys. */
function ordered(tables: readonly Table[], { settings }: Schema) {
  const keys = tables.flatMap((table) => {
    const column = randomKey(table);
    return column ? [{ table: nameOf(table.schema, table.name), column }] : [];
  });
  if (settings.versionNumber < ORDERED) return undefined;
  return {
    fix: keys.map(({ table, column }) => sql`alter table ${table} alter column ${column.name} set default uuidv7();`).join("\n"),
    undo: keys
      .map(({ table, column }) => sql`alter table ${table} alter column ${column.name} set default ${{ sql: column.default ?? "" }};`)
      .join("\n"),
  };
}
