import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import type { Standing } from "./standing.ts";

/** How an index is dropped and made again. */
export interface Removal {
  readonly sql: string;
  readonly undo: string;
  /** What to know before. */
  readonly notes: readonly string[];
}

/** DROP INDEX of a partitioned table takes no CONCURRENTLY (https://www.postgresql.org/docs/current/sql-dropindex.html). */
export function removalOf({ index, table }: Standing, tables: readonly Table[]): Removal {
  const name = nameOf(index.schema, index.name);
  if (table.kind !== "partitioned table") return { sql: sql`drop index concurrently ${name};`, undo: concurrently(index), notes: [] };
  return {
    sql: sql`drop index ${name};`,
    undo: [...remade(index, table, tables)].join("\n"),
    notes: [`DROP INDEX holds ACCESS EXCLUSIVE on ${nameOf(table.schema, table.name)} and all its partitions: set lock_timeout first.`],
  };
}

const concurrently = ({ definition }: Index): string => sql`${raw(definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`;

/** The catalog prints that of a partitioned table with ONLY: it is whole again once every partition's own is attached. */
function* remade(index: Index, table: Table, tables: readonly Table[]): Generator<string> {
  if (table.kind !== "partitioned table") {
    yield concurrently(index);
    return;
  }
  yield sql`${raw(index.definition)};`;
  for (const part of tables) {
    for (const child of part.indexes.filter(({ parent }) => parent === index.oid)) {
      yield* remade(child, part, tables);
      yield sql`alter index ${nameOf(index.schema, index.name)} attach partition ${nameOf(child.schema, child.name)};`;
    }
  }
}
