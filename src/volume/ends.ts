import type { Schema } from "../catalog/schema.ts";
import { nameOf } from "../sql/quote.ts";

/** Where a sequence stands, and the value after which inserts fail. */
export interface Ending {
  readonly sequence: string;
  /** `table.column` that it feeds. */
  readonly column: string | undefined;
  readonly last: number;
  /** Of the sequence, or of its column where that holds less. */
  readonly most: number;
}

/** The largest value (https://www.postgresql.org/docs/current/datatype-numeric.html). */
const largest: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647 };

/** Of those that go up, do not begin anew and were drawn from: the ones nearest to their end first. */
export function endsOf({ sequences, tables }: Pick<Schema, "sequences" | "tables">): readonly Ending[] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  return sequences
    .flatMap(({ schema, name, last, max, increment, cycle, ownedBy }) => {
      if (last === undefined || cycle || increment < 0) return [];
      const table = byOid.get(ownedBy?.table ?? 0);
      const column = table?.columns.find((each) => each.name === ownedBy?.column);
      return [
        {
          sequence: nameOf(schema, name).toString(),
          column: table && column ? `${nameOf(table.schema, table.name)}.${nameOf(undefined, column.name)}` : undefined,
          last,
          most: Math.min(max, largest[column?.type ?? ""] ?? max),
        },
      ];
    })
    .sort((one, other) => other.last / other.most - one.last / one.most);
}
