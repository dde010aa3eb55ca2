import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** A table or a database by how long ago its oldest rows were frozen. Ages are in transactions, and in multixacts. */
export interface Unfrozen {
  readonly kind: "database" | "table";
  readonly schema: string | undefined;
  readonly name: string;
  readonly age: number;
  readonly multixactAge: number;
  /** `autovacuum_freeze_max_age`: from there on a table is vacuumed even where autovacuum is off. */
  readonly forcedAt: number;
  readonly multixactForcedAt: number;
}

interface Row extends Omit<Unfrozen, "schema"> {
  readonly schema: string | null;
}

/** All databases of the server, since each of them stops all, and the oldest tables of this one, with their TOAST tables. */
export const freezing = catalogQuery<Row>({
  name: "freezing",
  live: true,
  sql: `
  select o.kind, o.schema, o.name, o.age, o."multixactAge",
         ${parsed("float8", "pg_catalog.current_setting('autovacuum_freeze_max_age')")} as "forcedAt",
         ${parsed("float8", "pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')")} as "multixactForcedAt"
    from (select 'database' as kind, null::pg_catalog.text as schema, d.datname::pg_catalog.text as name,
                 pg_catalog.age(d.datfrozenxid) as age, pg_catalog.mxid_age(d.datminmxid) as "multixactAge"
            from pg_catalog.pg_database d
           union all
         (select 'table', n.nspname::pg_catalog.text, c.relname::pg_catalog.text,
                 greatest(pg_catalog.age(c.relfrozenxid), pg_catalog.age(t.relfrozenxid)),
                 greatest(pg_catalog.mxid_age(c.relminmxid), pg_catalog.mxid_age(t.relminmxid))
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
           where c.relkind in ('r', 'm') and c.relpersistence <> 't'
           order by 4 desc, 2, 3
           limit 3)) o
   order by o.kind, o.age desc, o.schema, o.name`,
});

export async function readFreezing(database: Database): Promise<readonly Unfrozen[]> {
  return (await database.read<Row>(freezing.sql)).map((row) => ({ ...row, schema: row.schema ?? undefined }));
}
