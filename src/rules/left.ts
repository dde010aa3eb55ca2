import type { Table } from "../catalog/tables.ts";
import type { Step } from "../migration/step.ts";
import type { Name } from "../sql/quote.ts";

/** The table as the whole script leaves it. A name without a schema means what it means at this step, or what the step makes. */
export function leftTable({ left, table }: Step, { schema, name }: Pick<Name, "schema" | "name">): Table | undefined {
  const place = schema ?? table({ name })?.schema;
  return left?.tables.find((found) => found.name === name && (place === undefined || found.schema === place));
}
