import type { Database } from "../database.ts";
import { FIRST_NORMAL_OID } from "./node-tree.ts";

interface Cast {
  readonly source: number;
  readonly target: number;
  /** 0 where the bytes stay as they are or the text is read anew. */
  readonly function: number;
  readonly implicit: boolean;
}

interface StandardMember {
  readonly types: readonly number[];
  /** One of the two is 0. */
  readonly function: number;
  readonly operator: number;
}

/** What users made that is used without being named, because of the types of values. */
export interface ByType {
  readonly casts: readonly Cast[];
  /** What users added to how values of Postgres's own types are sorted, hashed and found in indexes. */
  readonly members: readonly StandardMember[];
}

/** 403 and 405 are the index methods btree and hash (src/include/catalog/pg_am.dat). */
const byType = `
  with families as materialized (
    select k.opcfamily as oid from pg_catalog.pg_opclass k
    where k.oid < ${FIRST_NORMAL_OID} or k.opcdefault and k.opcmethod in (403, 405) and k.opcintype < ${FIRST_NORMAL_OID}
  )
  select (
    select coalesce(json_agg(c), '[]')
    from (
      select c.castsource::int8 as source, c.casttarget::int8 as target, c.castfunc::int8 as function, c.castcontext = 'i' as implicit
      from pg_catalog.pg_cast c
      where c.oid >= ${FIRST_NORMAL_OID} and (c.castfunc <> 0 or c.castcontext = 'i')) c) as casts, (
    select coalesce(json_agg(m), '[]')
    from (
      select array[m.amproclefttype, m.amprocrighttype]::int8[] as types, m.amproc::oid::int8 as function, 0 as operator
      from pg_catalog.pg_amproc m
      where m.oid >= ${FIRST_NORMAL_OID} and m.amprocfamily in (select f.oid from families f)
      union all
      select array[m.amoplefttype, m.amoprighttype]::int8[], 0, m.amopopr::int8
      from pg_catalog.pg_amop m
      where m.oid >= ${FIRST_NORMAL_OID} and m.amopfamily in (select f.oid from families f)) m) as members`;

export async function readByType(reads: Database): Promise<ByType> {
  const [found] = await reads.read<ByType>(byType);
  return found ?? { casts: [], members: [] };
}

/** What a statement can have to do with. */
export interface Reach {
  /** Types of users whose values it can have. */
  readonly types: ReadonlySet<number>;
  /** Types of Postgres that are named, with their elements and base types. */
  readonly named: ReadonlySet<number>;
  /** A type of a user is named, whose fields may be of any type. */
  readonly namesMade: boolean;
  readonly writes: boolean;
}

/** https://www.postgresql.org/docs/current/typeconv.html: a value of a type that Postgres brings can always be there. */
export const isPossible = (type: number, types: ReadonlySet<number>): boolean => type < FIRST_NORMAL_OID || types.has(type);

const JSON_TYPES = new Set([114, 3802]);

/**
 * Functions of casts that can apply. Between types that Postgres brings, an explicit cast needs the type's name; the
 * functions that make JSON look for a cast to it of whatever kind.
 */
export const castsIn = ({ casts }: ByType, reach: Reach): readonly Cast[] =>
  casts.filter(({ source, target, implicit }) => isPossible(source, reach.types) && (implicit || isWanted(source, target, reach)));

function isWanted(source: number, target: number, reach: Reach): boolean {
  if (source >= FIRST_NORMAL_OID || target >= FIRST_NORMAL_OID) return isPossible(target, reach.types);
  return reach.writes || reach.namesMade || reach.named.has(target) || JSON_TYPES.has(target);
}

export const membersIn = ({ members }: ByType, { types }: Reach): readonly StandardMember[] =>
  members.filter((member) => member.types.every((type) => isPossible(type, types)));
