import type { Database } from "../database/database.ts";
import { catalogQueries } from "./queries.ts";

/** Answers as a snapshot of this database does that was written without values, so that the two can be compared. */
export function withoutUserValuesOf(database: Database): Database {
  const left = new Map(catalogQueries.flatMap(({ sql, withoutValues }) => (withoutValues ? [[sql, withoutValues] as const] : [])));
  return {
    async read<Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
      const rows = await database.read<Row>(sql, values);
      const without = left.get(sql);
      return without ? rows.map((row) => without(row) as Row) : rows;
    },
  };
}
