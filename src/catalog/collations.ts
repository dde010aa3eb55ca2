import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** One that somebody made, or one that this server took from its libraries when it was set up and that something uses. */
export interface Collation {
  /** Schema-qualified and quoted. */
  readonly name: string;
  readonly provider: "icu" | "libc" | "builtin";
  /** "de-u-co-phonebk", "en_US.utf8", "C.UTF-8". */
  readonly locale: string;
  readonly deterministic: boolean;
  /** Tailoring rules of ICU, from 16 on. */
  readonly rules: string | undefined;
}

interface Row extends Omit<Collation, "provider" | "rules"> {
  readonly provider: "i" | "c" | "b";
  readonly rules: string | null;
}

/** ICU locales stand in `collcollate` before 15, in `colliculocale` before 17. */
export const collations = catalogQuery<Row>({
  name: "collations",
  sql: `
  select pg_catalog.format('%I.%I', n.nspname, c.collname) as name,
         c.collprovider::pg_catalog.text as provider,
         coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale', c.collcollate::pg_catalog.text) as locale,
         c.collisdeterministic as deterministic,
         pg_catalog.to_jsonb(c) ->> 'collicurules' as rules
    from pg_catalog.pg_collation c
    join pg_catalog.pg_namespace n on n.oid = c.collnamespace
   where c.collprovider in ('i', 'c', 'b')
     and c.collencoding in (-1, (select d.encoding from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
     and case when n.nspname = 'pg_catalog'
              then exists (select from pg_catalog.pg_depend d
                            where d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass and d.refobjid = c.oid)
              else true end
   order by n.nspname, c.collname`,
});

const providers = { i: "icu", c: "libc", b: "builtin" } as const;

export async function readCollations(database: Database): Promise<readonly Collation[]> {
  const rows = await database.read<Row>(collations.sql);
  return rows.map((row) => ({ ...row, provider: providers[row.provider], rules: row.rules ?? undefined }));
}
