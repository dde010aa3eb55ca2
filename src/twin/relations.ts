import type { Index } from "../catalog/indexes.ts";
import type { Oid } from "../catalog/names.ts";
import type { Table } from "../catalog/tables.ts";
import { qualified } from "./definitions.ts";
import type { Session } from "./twin.ts";

/** A table or an index as the twin has it. */
export interface TwinRelation {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  /** In the order of their numbers. */
  readonly attributes: readonly string[];
}

interface Row extends TwinRelation {
  /** Of an index: what it is on, and the index of the partitioned parent that it is a part of. */
  readonly table: Oid | null;
  readonly parent: Oid | null;
}

const relations = `
  select c.oid as oid, n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name,
         coalesce((select pg_catalog.jsonb_agg(a.attname order by a.attnum)
                     from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0), '[]') as attributes,
         x.indrelid as "table", i.inhparent as parent
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_index x on x.indexrelid = c.oid
    left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and c.relkind in ('i', 'I')
   where c.relkind in ('r', 'p', 'm', 'i', 'I')
     and n.nspname !~ '^pg_'
     and n.nspname <> 'information_schema'
   order by c.oid`;

/**
 * Where these tables and their indexes are in the twin, by their oids at home. An index of a partition is made with its
 * parent's and named by Postgres, so it is looked for by its parent and its table.
 */
export async function relationsHere(session: Session, tables: readonly Table[]): Promise<ReadonlyMap<Oid, TwinRelation>> {
  const here = await session.read<Row>(relations);
  const byName = new Map(here.map((relation) => [qualified(relation), relation]));
  const parts = new Map(here.filter(({ parent }) => parent !== null).map((part) => [`${part.table} ${part.parent}`, part]));
  const indexes = new Map(tables.flatMap((table) => table.indexes.map((index) => [index.oid, index])));
  const tablesHere = new Map(tables.map((table) => [table.oid, byName.get(qualified(table))]));

  const find = (index: Index): Row | undefined => {
    const table = tablesHere.get(index.table);
    const parent = indexes.get(index.parent ?? 0);
    const part = parent && parts.get(`${table?.oid} ${find(parent)?.oid}`);
    const named = byName.get(qualified(index));
    return part ?? (named?.table === table?.oid ? named : undefined);
  };
  const found: [Oid, Row | undefined][] = [
    ...tablesHere,
    ...[...indexes.values()].map((index): [Oid, Row | undefined] => [index.oid, find(index)]),
  ];
  return new Map(found.flatMap(([oid, relation]): [Oid, TwinRelation][] => (relation ? [[oid, relation]] : [])));
}
