import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";
import { neighboursIn, type RelationEdges, relationEdges } from "./relation-edges.ts";

/**
 * Tables that foreign keys join to these, in either direction: the next question is likely to name them. One that has
 * partitions, or is one, is left out: it would bring all the others.
 */
export const neighbours = catalogQuery<{ readonly oid: Oid }, RelationEdges>({
  name: "neighbours",
  from: relationEdges,
  answer: (rows, relations = []) => neighboursIn(rows, relations).map((oid) => ({ oid })),
  sql: `
  select k.confrelid as oid
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conrelid = any ($1::pg_catalog.oid[]) and k.confrelid <> all ($1::pg_catalog.oid[])
     and not exists (select from pg_catalog.pg_inherits i where k.confrelid in (i.inhrelid, i.inhparent))
   union
  select k.conrelid
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.confrelid = any ($1::pg_catalog.oid[]) and k.conrelid <> all ($1::pg_catalog.oid[])
     and not exists (select from pg_catalog.pg_inherits i where k.conrelid in (i.inhrelid, i.inhparent))
   order by 1`,
});

export async function readNeighbours(database: Database, relations: readonly Oid[]): Promise<readonly Oid[]> {
  const rows = await database.read<{ oid: Oid }>(neighbours.sql, [oids(relations)]);
  return rows.map((row) => row.oid);
}
