import type { Database } from "../database.ts";
import { type FunctionFacts, functionFacts } from "./functions.ts";
import { FIRST_NORMAL_OID } from "./node-tree.ts";

export interface OperatorFacts {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Its own function, and those that estimate how many rows it finds. */
  readonly code: number;
  readonly estimators: readonly number[];
  /** The planner may write these in its place: commutator and negator. */
  readonly replacements: readonly number[];
  readonly types: readonly number[];
  /** The members of its families came with it. */
  readonly complete: boolean;
}

export interface TypeFacts {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Of which it consists, elements, base, fields, bounds, and that consist of it without being named: arrays and multiranges. */
  readonly types: readonly (number | null)[];
  /** That read and print its values, compute a range's canonical form, or subscript it. */
  readonly functions: readonly (number | null)[];
  /** Trees of the CHECKs of a domain. */
  readonly checks: readonly string[];
  readonly defaultValue: string | null;
}

/** What an operator family compares, sorts or hashes with. */
export interface Member {
  readonly function: number;
  readonly operator: number;
}

export interface Objects {
  readonly functions: readonly FunctionFacts[];
  readonly operators: readonly OperatorFacts[];
  readonly types: readonly TypeFacts[];
  readonly members: readonly Member[];
}

/**
 * Its parts may be asked for the same identifiers, because a number in a tree does not say of what it is one. With types
 * come those that they consist of and the families that sort and hash them, with operators those that may take their
 * place and their families, with everything its functions, and the
 * functions of casts. 403 and 405 are btree and hash (src/include/catalog/pg_am.dat).
 */
const objects = `
  with recursive met as (
    select t.oid from unnest($3::oid[]) as t(oid) where t.oid >= ${FIRST_NORMAL_OID}
    union
    select e.oid
    from met m
    join pg_catalog.pg_type t on t.oid = m.oid
    left join pg_catalog.pg_range g on t.oid in (g.rngtypid, g.rngmultitypid)
    cross join lateral (
      select v.oid from (values (t.typelem), (t.typarray), (t.typbasetype), (g.rngsubtype), (g.rngtypid), (g.rngmultitypid)) as v(oid)
      union all
      select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) e
    where e.oid >= ${FIRST_NORMAL_OID}
  ), types as materialized (
    select t.oid, n.nspname as schema, t.typname as name, k.opcfamily as family, t.typdefaultbin,
           array[t.typelem, t.typarray, t.typbasetype, g.rngsubtype, g.rngtypid, g.rngmultitypid] || array(
             select a.atttypid from pg_catalog.pg_attribute a
             where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) as types,
           array[t.typinput, t.typoutput, t.typsend, t.typmodin, t.typsubscript, g.rngcanonical, g.rngsubdiff]::oid[] as functions
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_range g on t.oid in (g.rngtypid, g.rngmultitypid)
    left join pg_catalog.pg_opclass k on k.oid = g.rngsubopc
    where t.oid in (select m.oid from met m)
  ), written as materialized (
    select unnest($2::oid[]) as oid
    union
    select unnest(array[o.oprcom, o.oprnegate]) from pg_catalog.pg_operator o where o.oid = any ($2::oid[])
  ), families as materialized (
    select unnest($4::oid[]) as oid
    union
    select y.family from types y
    union
    select k.opcfamily from pg_catalog.pg_opclass k
    where k.opcdefault and k.opcmethod in (403, 405) and k.opcintype in (select y.oid from types y)
    union
    select m.amopfamily from pg_catalog.pg_amop m
    where m.amopopr >= ${FIRST_NORMAL_OID} and m.amopopr in (select w.oid from written w) and m.amopmethod in (403, 405)
  ), members as materialized (
    select m.amproc::oid as function, 0::oid as operator
    from pg_catalog.pg_amproc m
    where m.oid >= ${FIRST_NORMAL_OID} and m.amprocfamily in (select f.oid from families f)
    union
    select 0, m.amopopr
    from pg_catalog.pg_amop m
    where m.oid >= ${FIRST_NORMAL_OID} and m.amopmethod in (403, 405) and m.amopfamily in (select f.oid from families f)
  ), operators as materialized (
    select o.oid, n.nspname as schema, o.oprname as name, o.oprcode::oid as code, array[o.oprrest, o.oprjoin]::oid[] as estimators,
           array[o.oprcom, o.oprnegate] as replacements, array[o.oprleft, o.oprright, o.oprresult] as types,
           not exists (
             select from pg_catalog.pg_amop m
             where m.amopopr = o.oid and m.amopmethod in (403, 405) and m.amopfamily not in (
               select f.oid from families f where f.oid is not null)) as complete
    from pg_catalog.pg_operator o
    join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
    where o.oid >= ${FIRST_NORMAL_OID} and o.oid in (
      select w.oid from written w
      union
      select m.operator from members m
      union
      select unnest(array[r.oprcom, r.oprnegate]) from pg_catalog.pg_operator r where r.oid in (select m.operator from members m))
  )
  select (
    select coalesce(json_agg(f), '[]')
    from (${functionFacts} where p.oid = any (
      $1::oid[] || array(select unnest(y.functions) from types y) || array(select unnest(o.code || o.estimators) from operators o)
        || array(select m.function from members m)
        || array(select c.castfunc from pg_catalog.pg_cast c where c.castsource in (select m.oid from met m))
        || array(select c.castfunc from pg_catalog.pg_cast c where c.casttarget in (select m.oid from met m)))) f) as functions, (
    select coalesce(json_agg(o), '[]')
    from (
      select o.oid::int8, o.schema, o.name, o.code::int8, o.estimators::int8[] as estimators,
             o.replacements::int8[] as replacements, o.types::int8[] as types, o.complete
      from operators o) o) as operators, (
    select coalesce(json_agg(y), '[]')
    from (
      select y.oid::int8, y.schema, y.name, y.typdefaultbin::text as "defaultValue",
             y.types::int8[] as types, y.functions::int8[] as functions,
             array(select c.conbin::text from pg_catalog.pg_constraint c where c.contypid = y.oid and c.conbin is not null) as checks
      from types y) y) as types, (
    select coalesce(json_agg(m), '[]')
    from (select m.function::int8, m.operator::int8 from members m) m) as members`;

interface Wanted {
  readonly functions: readonly number[];
  readonly operators: readonly number[];
  readonly types: readonly number[];
  readonly families: readonly number[];
}

export async function readObjects(reads: Database, { functions, operators, types, families }: Wanted): Promise<Objects> {
  const [found] = await reads.read<Objects>(objects, [functions, operators, types, families]);
  return found ?? { functions: [], operators: [], types: [], members: [] };
}
