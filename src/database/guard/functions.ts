import { nameOf, unquote } from "../../sql/quote.ts";
import { isHarmless, type Place } from "./built-in-functions.ts";
import { isCompiledBy, isKnownToRead } from "./extensions.ts";
import { FIRST_NORMAL_OID } from "./node-tree.ts";

export interface FunctionFacts {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly language: string;
  /** `f`, `a` for an aggregate, `w` for a window function, `p` for a procedure. */
  readonly kind: string;
  /** `i`, `s` or `v`. */
  readonly volatility: string;
  readonly definer: boolean;
  readonly settings: readonly string[] | null;
  readonly library: string | null;
  readonly extension: string | null;
  readonly arguments: number;
  readonly defaults: number;
  readonly variadic: boolean;
  readonly cstring: boolean;
  /** Types of users among its arguments and results. */
  readonly types: readonly number[];
  /** Functions that run in its place or for the planner: of an aggregate its parts, and the planner support function. */
  readonly parts: readonly number[];
  /** Operators that an aggregate sorts by. */
  readonly operators: readonly number[];
  readonly support: number;
  /** The text of a body in SQL; of an internal function its name inside of Postgres. */
  readonly source: string | null;
  /** The body that was stored when the function was made, and default values of arguments: trees. */
  readonly body: string | null;
  readonly defaultValues: string | null;
}

/** To be completed by a condition on `p` or a join. */
export const functionFacts = `
  select p.oid::int8, n.nspname as schema, p.proname as name, l.lanname as language, p.prokind as kind, p.provolatile as volatility,
         p.prosecdef as definer, p.proconfig as settings, p.probin as library, p.pronargs as arguments, p.pronargdefaults as defaults,
         p.provariadic <> 0 as variadic, 2275 = any (p.proargtypes) as cstring, p.prosupport::oid::int8 as support,
         case when p.oid < ${FIRST_NORMAL_OID} then null else (
           select e.extname
           from pg_catalog.pg_depend d
           join pg_catalog.pg_extension e on e.oid = d.refobjid
           where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid
             and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e') end as extension,
         case when p.oid < ${FIRST_NORMAL_OID} then '{}' else array(
           select distinct t.oid::int8
           from unnest(p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}') || p.prorettype) as t(oid)
           where t.oid >= ${FIRST_NORMAL_OID}) end as types,
         case when p.prokind <> 'a' or p.oid < ${FIRST_NORMAL_OID} then '{}' else (
           select array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                        a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]::int8[]
           from pg_catalog.pg_aggregate a where a.aggfnoid = p.oid) end as parts,
         case when p.prokind <> 'a' or p.oid < ${FIRST_NORMAL_OID} then '{}' else (
           select array[a.aggsortop::int8] from pg_catalog.pg_aggregate a where a.aggfnoid = p.oid) end as operators,
         case when l.lanname in ('sql', 'internal') and p.prosqlbody is null then p.prosrc end as source,
         p.prosqlbody::text as body, p.proargdefaults::text as "defaultValues"
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang`;

/** As it can be written in a statement. */
export const written = ({ schema, name }: FunctionFacts): string => nameOf(schema === "pg_catalog" ? undefined : schema, name).toString();

export const isBuiltIn = ({ oid, schema }: Pick<FunctionFacts, "oid" | "schema">): boolean =>
  oid < FIRST_NORMAL_OID && (schema === "pg_catalog" || schema === "information_schema");

/** Only of functions that users made: what comes with Postgres cannot be vouched for. */
export const isTrusted = (facts: FunctionFacts, trusted: readonly string[]): boolean =>
  !isBuiltIn(facts) && (trusted.includes(facts.name) || trusted.includes(`${facts.schema}.${facts.name}`));

/** Whether a call with so many arguments can mean this function. */
export function takes({ arguments: most, defaults, variadic }: FunctionFacts, given: number | undefined): boolean {
  if (given === undefined) return true;
  const least = most - defaults - (variadic ? 1 : 0);
  return given >= least && (variadic || given <= most);
}

/** CREATE TYPE ... AS RANGE makes such functions (src/backend/commands/typecmds.c). */
const constructors = /^(?:multi)?range_constructor[0-3]$/;

/** What is wrong with the function as such, to follow its name; undefined if nothing is, or if that depends on its body or parts. */
export function objection(facts: FunctionFacts, place: Place, schemas: readonly string[]): string | undefined {
  const { kind, language, extension, source } = facts;
  if (isBuiltIn(facts)) return isBuiltAsShipped(facts) && isHarmless(facts, place) ? undefined : "can do more than read";
  if (kind === "p") return "is a procedure";
  if (kind === "a" || (language === "internal" && constructors.test(source ?? ""))) return undefined;
  if (language === "sql") return objectionToSql(facts, schemas);
  if (extension !== null) return objectionToMember({ ...facts, extension }, place);
  return `is written in ${language}, where nobody sees from outside what it does`;
}

/** Postgres comes with no functions in other languages, so one of its own in PL/pgSQL was put in the place of another. */
const isBuiltAsShipped = ({ language }: FunctionFacts) => language === "internal" || language === "c" || language === "sql";

function objectionToSql({ definer, settings }: FunctionFacts, schemas: readonly string[]): string | undefined {
  if (definer) return "runs with the rights of its owner (SECURITY DEFINER)";
  return settings?.every((setting) => isWithin(setting, schemas)) === false ? "changes settings while it runs" : undefined;
}

/** A search_path without a schema that the statement's own does not have, so that names in the body mean nothing else. */
function isWithin(setting: string, schemas: readonly string[]): boolean {
  const [, path] = /^search_path=(.*)$/s.exec(setting) ?? [];
  const names = path?.split(",").map((name) => unquote(name.trim()));
  return names?.every((name) => name === "" || name === "pg_temp" || schemas.includes(name)) ?? false;
}

function objectionToMember(member: FunctionFacts & { readonly extension: string }, place: Place): string | undefined {
  if (place === "support" ? isCompiledBy(member) : isKnownToRead(member)) return undefined;
  return `belongs to the extension ${member.extension} and is not among those known to only read`;
}
