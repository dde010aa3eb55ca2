import type { Schema } from "../catalog/schema.ts";
import { nameOf } from "../sql/quote.ts";
import { bySchema, declaredTables } from "./declared.ts";

interface Identifier {
  readonly name: string;
  /** As a message calls what has it: `orders`, `orders.id`. */
  readonly called: string;
}

/** Names that somebody gave to tables and their columns, by schema. */
export function identifiersIn(schema: Schema): readonly { readonly place: string; readonly identifiers: readonly Identifier[] }[] {
  return [...bySchema(declaredTables(schema))].map(([place, tables]) => ({
    place,
    identifiers: tables.flatMap((table) => {
      const called = `${nameOf(table.schema, table.name)}`;
      const columns = table.columns.map(({ name }) => ({ name, called: `${called}.${nameOf(undefined, name)}` }));
      return [{ name: table.name, called }, ...columns];
    }),
  }));
}
