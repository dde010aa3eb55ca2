import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";

export interface UserFunction {
  readonly oid: Oid;
  /** With its argument types: `app.slug(text)`. */
  readonly signature: string;
  readonly language: string;
  /** The whole CREATE FUNCTION. */
  readonly definition: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: "function" | "procedure" | "window function";
  /** As `pg_get_function_identity_arguments` prints them: "t text, OUT n integer". */
  readonly arguments: string;
  /** "trigger", "SETOF public.orders"; undefined for a procedure. */
  readonly returns: string | undefined;
  readonly volatility: "immutable" | "stable" | "volatile";
  /** Null as soon as an argument is. */
  readonly strict: boolean;
  readonly parallel: "safe" | "restricted" | "unsafe";
  readonly leakproof: boolean;
  /** Of one call, in units of `cpu_operator_cost`. */
  readonly cost: number;
  /** That the planner expects of one call; 0 where it returns no set. */
  readonly rows: number;
  /** With their names and defaults, as CREATE FUNCTION takes them. */
  readonly fullArguments: string;
  /** What stands between the quotes; empty for BEGIN ATOMIC, which is parsed. */
  readonly body: string;
  /** Runs with the rights of its owner. */
  readonly securityDefiner: boolean;
  /** Of its own SET search_path, as written; undefined where it takes the caller's. */
  readonly searchPath: string | undefined;
  readonly owner: string;
}

interface Row extends Omit<UserFunction, "kind" | "returns" | "volatility" | "parallel" | "searchPath"> {
  readonly kind: "f" | "p" | "w";
  readonly returns: string | null;
  readonly volatility: "i" | "s" | "v";
  readonly parallel: "s" | "r" | "u";
  readonly searchPath: string | null;
}

const facts = `
         p.oid as oid,
         ${printed("p.oid::pg_catalog.regprocedure")} as signature,
         l.lanname::pg_catalog.text as language,
         pg_catalog.pg_get_functiondef(p.oid) as definition,
         n.nspname::pg_catalog.text as schema,
         p.proname::pg_catalog.text as name,
         p.prokind::pg_catalog.text as kind,
         pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
         pg_catalog.pg_get_function_result(p.oid) as returns,
         p.provolatile::pg_catalog.text as volatility,
         p.proisstrict as strict,
         p.proparallel::pg_catalog.text as parallel,
         p.proleakproof as leakproof,
         p.procost::pg_catalog.float8 as cost,
         p.prorows::pg_catalog.float8 as rows,
         pg_catalog.pg_get_function_arguments(p.oid) as "fullArguments",
         p.prosrc as body,
         p.prosecdef as "securityDefiner",
         (select o.option_value from pg_catalog.pg_options_to_table(p.proconfig) o where o.option_name = 'search_path') as "searchPath",
         pg_catalog.pg_get_userbyid(p.proowner)::pg_catalog.text as owner`;

/** Not by an extension, nor by CREATE TYPE ... AS RANGE. */
const madeByHand = `
     not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i'))`;

interface Called extends Row {
  /** Those of the tables that call it. */
  readonly callers: readonly Oid[];
}

/** The functions named by the caller, and those that indexes, constraints, views and generated columns of these tables call. */
export const functions = catalogQuery<Called>({
  name: "functions",
  values: ({ relations, functions }) => [relations, functions],
  answer: (rows, tables = [], named = []) => {
    const [ofTables, ofNames] = [new Set(tables), new Set(named)];
    return rows.filter(({ oid, callers }) => ofNames.has(oid) || callers.some((table) => ofTables.has(table)));
  },
  sql: `
  with part (class, object, "table") as (
      select 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid, i.indrelid
        from pg_catalog.pg_index i where i.indrelid = any ($1::pg_catalog.oid[])
    union all
      select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, k.conrelid
        from pg_catalog.pg_constraint k where k.conrelid = any ($1::pg_catalog.oid[])
    union all
      select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, w.ev_class
        from pg_catalog.pg_rewrite w where w.ev_class = any ($1::pg_catalog.oid[])
    union all
      select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, a.oid, a.adrelid
        from pg_catalog.pg_attrdef a where a.adrelid = any ($1::pg_catalog.oid[])
    union all
      select 'pg_catalog.pg_class'::pg_catalog.regclass, relation, relation from pg_catalog.unnest($1::pg_catalog.oid[]) as relation
  ), called (oid, callers) as (
      select d.refobjid, pg_catalog.jsonb_agg(distinct part."table"::pg_catalog.int8)
        from part
        join pg_catalog.pg_depend d on d.classid = part.class and d.objid = part.object
       where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
       group by d.refobjid
  )
  select ${facts},
         coalesce(called.callers, '[]') as callers
    from pg_catalog.pg_proc p
    left join called on called.oid = p.oid
    join pg_catalog.pg_language l on l.oid = p.prolang
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where (called.oid is not null or p.oid = any ($2::pg_catalog.oid[]))
     and p.prokind = 'f'
     and n.nspname not in ('pg_catalog', 'information_schema')
     and ${madeByHand}
   order by p.oid`,
});

export async function readFunctions(
  database: Database,
  needed: { readonly tables: readonly Oid[]; readonly named: readonly Oid[] },
): Promise<readonly UserFunction[]> {
  const rows = await database.read<Called>(functions.sql, [oids(needed.tables), oids(needed.named)]);
  return rows.map(({ callers: _, ...row }) => asFunction(row));
}

interface OfSchema extends Row {
  readonly schemaOid: Oid;
}

/** Aggregates are left out: Postgres prints no definition of them. */
export const functionsOfSchemas = catalogQuery<OfSchema>({
  name: "functions of schemas",
  about: "schemaOid",
  of: "schemas",
  sql: `
  select ${facts},
         p.pronamespace as "schemaOid"
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.pronamespace = any ($1::pg_catalog.oid[])
     and p.prokind in ('f', 'p', 'w')
     and ${madeByHand}
   order by p.oid`,
});

/** Functions, procedures and window functions that live in these schemas. */
export async function readFunctionsOf(database: Database, schemas: readonly Oid[]): Promise<readonly UserFunction[]> {
  const rows = await database.read<OfSchema>(functionsOfSchemas.sql, [oids(schemas)]);
  return rows.map(({ schemaOid: _, ...row }) => asFunction(row));
}

const kinds: Record<Row["kind"], UserFunction["kind"]> = { f: "function", p: "procedure", w: "window function" };
const parallels: Record<Row["parallel"], UserFunction["parallel"]> = { s: "safe", r: "restricted", u: "unsafe" };
const volatilities: Record<Row["volatility"], UserFunction["volatility"]> = { i: "immutable", s: "stable", v: "volatile" };

const asFunction = (row: Row): UserFunction => ({
  ...row,
  kind: kinds[row.kind],
  returns: row.returns ?? undefined,
  volatility: volatilities[row.volatility],
  parallel: parallels[row.parallel],
  searchPath: row.searchPath ?? undefined,
});
