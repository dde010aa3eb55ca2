import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What one role may do to one object, by itself: what it may through other roles is with those. */
export interface Grant {
  readonly on: "relation" | "column" | "sequence" | "schema" | "function";
  readonly object: Oid;
  /** Of a grant on a column. */
  readonly column: string | undefined;
  /** Undefined: PUBLIC, everybody. */
  readonly grantee: string | undefined;
  /** The object is its own, so these come from owning it. */
  readonly owner: boolean;
  /** "SELECT", "INSERT", "USAGE", "CREATE", "EXECUTE"… in order of the alphabet. MAINTAIN exists from 17 on. */
  readonly privileges: readonly string[];
  /** Those of them that it may pass on. */
  readonly grantable: readonly string[];
}

interface Row extends Omit<Grant, "column" | "grantee"> {
  readonly column: string | null;
  readonly grantee: string | null;
}

/** An object whose privileges nobody ever touched has no list, and `acldefault` tells what that means. */
export const grants = catalogQuery<Row>({
  name: "grants",
  values: ({ relations, sequences, schemas, functions }) => [[...relations, ...sequences], schemas, functions],
  answer: (rows, relations = [], schemas = [], functions = []) => {
    const [ofRelations, ofSchemas, ofFunctions] = [new Set(relations), new Set(schemas), new Set(functions)];
    const asked = { relation: ofRelations, column: ofRelations, sequence: ofRelations, schema: ofSchemas, function: ofFunctions };
    return rows.filter((row) => asked[row.on].has(row.object));
  },
  sql: `
  with acl (kind, object, part, owner, items) as (
      select case when c.relkind = 'S' then 'sequence' else 'relation' end, c.oid, null::pg_catalog.text, c.relowner,
             coalesce(c.relacl, pg_catalog.acldefault(case when c.relkind = 'S' then 's' else 'r' end::pg_catalog."char", c.relowner))
        from pg_catalog.pg_class c
       where c.oid = any ($1::pg_catalog.oid[])
    union all
      select 'column', a.attrelid, a.attname::pg_catalog.text, c.relowner, a.attacl
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
       where a.attrelid = any ($1::pg_catalog.oid[]) and a.attacl is not null and not a.attisdropped
    union all
      select 'schema', n.oid, null, n.nspowner, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))
        from pg_catalog.pg_namespace n
       where n.oid = any ($2::pg_catalog.oid[])
    union all
      select 'function', p.oid, null, p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
        from pg_catalog.pg_proc p
       where p.oid = any ($3::pg_catalog.oid[])
  )
  select acl.kind as "on",
         acl.object as object,
         acl.part as "column",
         case when item.grantee <> 0 then pg_catalog.pg_get_userbyid(item.grantee)::pg_catalog.text end as grantee,
         item.grantee = acl.owner as owner,
         pg_catalog.jsonb_agg(distinct item.privilege_type) as privileges,
         coalesce(pg_catalog.jsonb_agg(distinct item.privilege_type) filter (where item.is_grantable), '[]') as grantable
    from acl
   cross join lateral pg_catalog.aclexplode(acl.items) as item
   group by acl.kind, acl.object, acl.part, item.grantee, acl.owner
   order by acl.kind, acl.object, acl.part nulls first, 4 nulls first`,
});

export interface Granted {
  /** Tables, views and sequences. */
  readonly relations: readonly Oid[];
  readonly schemas?: readonly Oid[];
  readonly functions?: readonly Oid[];
}

export async function readGrants(database: Database, { relations, schemas = [], functions = [] }: Granted): Promise<readonly Grant[]> {
  const rows = await database.read<Row>(grants.sql, [oids(relations), oids(schemas), oids(functions)]);
  return rows.map((row) => ({ ...row, column: row.column ?? undefined, grantee: row.grantee ?? undefined }));
}
