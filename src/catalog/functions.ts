import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";

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
  /** Runs with the rights of its owner. */
  readonly securityDefiner: boolean;
  /** Of its own SET search_path, as written; undefined where it takes the caller's. */
  readonly searchPath: string | undefined;
  readonly owner: string;
}

interface Row extends Omit<UserFunction, "kind" | "returns" | "volatility" | "searchPath"> {
  readonly kind: "f" | "p" | "w";
  readonly returns: string | null;
  readonly volatility: "i" | "s" | "v";
  readonly searchPath: string | null;
}

const facts = `
         p.oid as oid,
         p.oid::pg_catalog.regprocedure::pg_catalog.text as signature,
         l.lanname::pg_catalog.text as language,
         pg_catalog.pg_get_functiondef(p.oid) as definition,
         n.nspname::pg_catalog.text as schema,
         p.proname::pg_catalog.text as name,
         p.prokind::pg_catalog.text as kind,
         pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
         pg_catalog.pg_get_function_result(p.oid) as returns,
         p.provolatile::pg_catalog.text as volatility,
         p.prosecdef as "securityDefiner",
         (select o.option_value from pg_catalog.pg_options_to_table(p.proconfig) o where o.option_name = 'search_path') as "searchPath",
         pg_catalog.pg_get_userbyid(p.proowner)::pg_catalog.text as owner`;

/** Not by an extension, nor by CREATE TYPE ... AS RANGE. */
const madeByHand = `
     not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i'))`;

/** The functions named by the caller, and those that indexes, constraints, views and generated columns of these tables call. */
const functions = `
  with needed (oid) as (
      select function from pg_catalog.unnest($2::pg_catalog.oid[]) as function
    union
      select d.refobjid
        from pg_catalog.pg_depend d
       where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
         and (   d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                 and d.objid in (select i.indexrelid from pg_catalog.pg_index i where i.indrelid = any ($1::pg_catalog.oid[]))
              or d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
                 and d.objid in (select k.oid from pg_catalog.pg_constraint k where k.conrelid = any ($1::pg_catalog.oid[]))
              or d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                 and d.objid in (select w.oid from pg_catalog.pg_rewrite w where w.ev_class = any ($1::pg_catalog.oid[]))
              or d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                 and d.objid in (select a.oid from pg_catalog.pg_attrdef a where a.adrelid = any ($1::pg_catalog.oid[])))
  )
  select ${facts}
    from needed
    join pg_catalog.pg_proc p on p.oid = needed.oid
    join pg_catalog.pg_language l on l.oid = p.prolang
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.prokind = 'f'
     and n.nspname not in ('pg_catalog', 'information_schema')
     and ${madeByHand}
   order by p.oid`;

export async function readFunctions(
  database: Database,
  needed: { readonly tables: readonly Oid[]; readonly named: readonly Oid[] },
): Promise<readonly UserFunction[]> {
  return (await database.read<Row>(functions, [oids(needed.tables), oids(needed.named)])).map(asFunction);
}

/** Aggregates are left out: Postgres prints no definition of them. */
const functionsOfSchemas = `
  select ${facts}
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.pronamespace = any ($1::pg_catalog.oid[])
     and p.prokind in ('f', 'p', 'w')
     and ${madeByHand}
   order by p.oid`;

/** Functions, procedures and window functions that live in these schemas. */
export async function readFunctionsOf(database: Database, schemas: readonly Oid[]): Promise<readonly UserFunction[]> {
  return (await database.read<Row>(functionsOfSchemas, [oids(schemas)])).map(asFunction);
}

const kinds: Record<Row["kind"], UserFunction["kind"]> = { f: "function", p: "procedure", w: "window function" };
const volatilities: Record<Row["volatility"], UserFunction["volatility"]> = { i: "immutable", s: "stable", v: "volatile" };

const asFunction = (row: Row): UserFunction => ({
  ...row,
  kind: kinds[row.kind],
  returns: row.returns ?? undefined,
  volatility: volatilities[row.volatility],
  searchPath: row.searchPath ?? undefined,
});
