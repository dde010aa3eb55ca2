import type { Database } from "../database/database.ts";
import type { Oid } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";

/** A cast that somebody made. Types and the function are printed qualified: `public.amount_of(integer)`. */
export interface Cast {
  readonly source: string;
  readonly target: string;
  /** Undefined where the bytes are taken as they are, or the text is. */
  readonly function: string | undefined;
  readonly functionOid: Oid | undefined;
  readonly method: "function" | "inout" | "binary";
  readonly context: "explicit" | "assignment" | "implicit";
}

interface Row extends Omit<Cast, "function" | "functionOid" | "method" | "context"> {
  readonly function: string | null;
  readonly functionOid: Oid | null;
  readonly method: "f" | "i" | "b";
  readonly context: "e" | "a" | "i";
}

export const casts = catalogQuery<Row>({
  name: "casts",
  sql: `
  select pg_catalog.format_type(c.castsource, null) as source,
         pg_catalog.format_type(c.casttarget, null) as target,
         case when c.castfunc <> 0 then ${printed("c.castfunc::pg_catalog.regprocedure")} end as "function",
         nullif(c.castfunc, 0) as "functionOid",
         c.castmethod::pg_catalog.text as method,
         c.castcontext::pg_catalog.text as context
    from pg_catalog.pg_cast c
   where c.oid >= 16384
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and d.objid = c.oid and d.deptype in ('e', 'i'))
   order by c.oid`,
});

const methods = { f: "function", i: "inout", b: "binary" } as const;
const contexts = { e: "explicit", a: "assignment", i: "implicit" } as const;

export async function readCasts(database: Database): Promise<readonly Cast[]> {
  const rows = await database.read<Row>(casts.sql);
  return rows.map((row) => ({
    ...row,
    function: row.function ?? undefined,
    functionOid: row.functionOid ?? undefined,
    method: methods[row.method],
    context: contexts[row.context],
  }));
}
