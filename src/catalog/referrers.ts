import type { Database } from "../database/database.ts";
import { constraints } from "./constraints.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

interface Key {
  readonly table: Oid;
  readonly kind: string;
  readonly references: Oid;
  readonly onDelete: string;
  readonly onUpdate: string;
}

/** CASCADE, SET NULL, SET DEFAULT: the referring rows are changed, and the tables that refer to those are reached too. */
const ACTIONS = ["c", "n", "d"];

/** These tables and those whose foreign keys a change of their rows has to look at, as far as the actions of keys carry it on. */
export const referrers = catalogQuery<{ readonly oid: Oid }, Key>({
  name: "referrers",
  from: constraints,
  answer: (rows, relations = []) => reachedBy(rows, relations).map((oid) => ({ oid })),
  sql: `
  with recursive reached (oid) as (
      select relation from pg_catalog.unnest($1::pg_catalog.oid[]) as relation
    union
      select k.conrelid
        from reached
        join pg_catalog.pg_constraint k on k.contype = 'f' and k.confrelid = reached.oid
       where k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')
  )
  select oid from reached
   union
  select k.conrelid
    from reached
    join pg_catalog.pg_constraint k on k.contype = 'f' and k.confrelid = reached.oid
   order by 1`,
});

function reachedBy(rows: readonly Key[], start: readonly Oid[]): readonly Oid[] {
  const keys = rows.filter(({ kind }) => kind === "f");
  const found = new Set(start);
  const open = [...start];
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    for (const { table, references, onDelete, onUpdate } of keys) {
      if (references !== oid || found.has(table) || !(ACTIONS.includes(onDelete) || ACTIONS.includes(onUpdate))) continue;
      found.add(table);
      open.push(table);
    }
  }
  const looking = keys.filter(({ references }) => found.has(references)).map(({ table }) => table);
  return [...new Set([...found, ...looking])].sort((one, other) => one - other);
}

export async function readReferrers(database: Database, relations: readonly Oid[]): Promise<readonly Oid[]> {
  if (relations.length === 0) return [];
  const rows = await database.read<{ oid: Oid }>(referrers.sql, [oids(relations)]);
  return rows.map((row) => row.oid);
}
