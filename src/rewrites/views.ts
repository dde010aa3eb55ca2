import type { Table } from "../catalog/tables.ts";
import { parseStatements } from "../sql/parse.ts";
import { type Query, readQuery } from "../sql/query.ts";
import type { RelationRef } from "../sql/relations.ts";

/** Every table that a statement reads by its name; undefined where one is not known. */
export function tablesIn({ levels }: Query<Table>): readonly Table[] | undefined {
  const items = levels.flatMap((level) => level.items).filter(({ kind }) => kind === "relation");
  const known = items.flatMap(({ table }) => table ?? []);
  return known.length < items.length ? undefined : [...new Set(known)];
}

/** What the views are that a statement reads, and the views that these read; undefined where one is not known. */
export async function viewsOf(query: Query<Table>, tables: readonly Table[]): Promise<readonly Query<Table>[] | undefined> {
  const find = ({ schema, name }: RelationRef) => tables.find((table) => table.name === name && (schema ?? table.schema) === table.schema);
  const found = new Map<Table, Query<Table>>();
  const open = [query];
  for (let next = open.pop(); next; next = open.pop()) {
    const read = tablesIn(next);
    if (!read) return undefined;
    for (const table of read.filter(({ kind }) => kind === "view")) {
      if (found.has(table)) continue;
      const [statement] = await parseStatements(table.definition ?? "", { bytes: 1_000_000 });
      if (!statement) return undefined;
      const view = readQuery(statement, find);
      found.set(table, view);
      open.push(view);
    }
  }
  return [...found.values()];
}
