import type { Database } from "../database.ts";
import { type FunctionFacts, functionFacts } from "./functions.ts";
import { FIRST_NORMAL_OID } from "./node-tree.ts";

export interface NamedType {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Of an array its elements, of a domain what it is a domain of; 0 else. */
  readonly element: number;
  readonly base: number;
}

export interface NamedRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

/** An operator that a user made. */
export interface NamedOperator {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Of what stands before and after it, and of its result; 0 where nothing stands. */
  readonly types: readonly number[];
  /** Postgres has operators of that name. */
  readonly common: boolean;
}

/** Everything that names may mean, in whatever schema; which of it can be meant is for the search path to say. */
export interface Meanings {
  readonly operators: readonly NamedOperator[];
  readonly functions: readonly FunctionFacts[];
  readonly types: readonly NamedType[];
  readonly relations: readonly NamedRelation[];
}

const meanings = `
  select (
    select coalesce(json_agg(f), '[]')
    from (${functionFacts} where p.proname = any ($1::name[]) and n.nspname = any ($4::name[])) f) as functions, (
    select coalesce(json_agg(y), '[]')
    from (
      select t.oid::int8, n.nspname as schema, t.typname as name, t.typelem::int8 as element, t.typbasetype::int8 as base
      from pg_catalog.pg_type t
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      where t.typname = any ($2::name[]) and n.nspname = any ($4::name[])) y) as types, (
    select coalesce(json_agg(r), '[]')
    from (
      select c.oid::int8, n.nspname as schema, c.relname as name
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relname = any ($3::name[]) and n.nspname = any ($4::name[])) r) as relations, (
    select coalesce(json_agg(r), '[]')
    from (
      select o.oid::int8, n.nspname as schema, o.oprname as name, array[o.oprleft, o.oprright, o.oprresult]::int8[] as types,
             exists (select from pg_catalog.pg_operator b where b.oprname = o.oprname and b.oid < ${FIRST_NORMAL_OID}) as common
      from pg_catalog.pg_operator o
      join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
      where o.oprname = any ($5::name[]) and o.oid >= ${FIRST_NORMAL_OID} and n.nspname = any ($4::name[])) r) as operators`;

interface Wanted {
  readonly functions: readonly string[];
  readonly types: readonly string[];
  readonly relations: readonly string[];
  readonly operators: readonly string[];
  readonly schemas: readonly string[];
}

export async function readMeanings(reads: Database, { functions, types, relations, operators, schemas }: Wanted): Promise<Meanings> {
  const [found] = await reads.read<Meanings>(meanings, [functions, types, relations, schemas, operators]);
  return found ?? { functions: [], types: [], relations: [], operators: [] };
}
