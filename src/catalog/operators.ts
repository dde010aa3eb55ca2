import type { Database } from "../database/database.ts";
import type { Oid } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";

/** An operator that somebody made. Names are schema-qualified and quoted: `public.~~~`, `operator(public.~~~)`. */
export interface Operator {
  readonly name: string;
  readonly functionOid: Oid;
  readonly function: string;
  /** Undefined for a prefix operator. */
  readonly left: string | undefined;
  readonly right: string;
  readonly commutator: string | undefined;
  readonly negator: string | undefined;
  /** Functions that estimate how much it keeps of a table, and of a join. */
  readonly restrict: string | undefined;
  readonly join: string | undefined;
  readonly hashes: boolean;
  readonly merges: boolean;
}

type Optional = "left" | "commutator" | "negator" | "restrict" | "join";

interface Row extends Omit<Operator, Optional>, Record<Optional, string | null> {}

const otherOperator = (column: string) => `
         (select pg_catalog.format('operator(%I.%s)', xn.nspname, x.oprname)
            from pg_catalog.pg_operator x join pg_catalog.pg_namespace xn on xn.oid = x.oprnamespace where x.oid = o.${column})`;

const estimator = (column: string) => printed(`nullif(o.${column}::pg_catalog.oid, 0)::pg_catalog.regproc`);

export const operators = catalogQuery<Row>({
  name: "operators",
  sql: `
  select pg_catalog.format('%I.%s', n.nspname, o.oprname) as name,
         o.oprcode::pg_catalog.oid as "functionOid",
         pg_catalog.format('%I.%I', fn.nspname, p.proname) as "function",
         case when o.oprleft <> 0 then pg_catalog.format_type(o.oprleft, null) end as "left",
         pg_catalog.format_type(o.oprright, null) as "right",${otherOperator("oprcom")} as commutator,${otherOperator("oprnegate")} as negator,
         ${estimator("oprrest")} as restrict,
         ${estimator("oprjoin")} as "join",
         o.oprcanhash as hashes,
         o.oprcanmerge as merges
    from pg_catalog.pg_operator o
    join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
    join pg_catalog.pg_proc p on p.oid = o.oprcode
    join pg_catalog.pg_namespace fn on fn.oid = p.pronamespace
   where o.oid >= 16384
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and d.objid = o.oid and d.deptype = 'e')
   order by o.oid`,
});

export async function readOperators(database: Database): Promise<readonly Operator[]> {
  const rows = await database.read<Row>(operators.sql);
  return rows.map((row) => ({
    ...row,
    left: row.left ?? undefined,
    commutator: row.commutator ?? undefined,
    negator: row.negator ?? undefined,
    restrict: row.restrict ?? undefined,
    join: row.join ?? undefined,
  }));
}
