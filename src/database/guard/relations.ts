import type { Database } from "../database.ts";
import { FIRST_NORMAL_OID } from "./node-tree.ts";

export interface RelationFacts {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `pg_class.relkind` */
  readonly kind: string;
  readonly columns: readonly string[];
  /** The type of its rows, and of arrays of them. */
  readonly rowTypes: readonly number[];
  /** Types of users among those of its columns. */
  readonly types: readonly number[];
  /** Rules besides the SELECT of a view. */
  readonly rules: boolean;
  /** Functions of access methods that users made, of the table itself or its indexes. */
  readonly handlers: readonly number[];
  /** Of a foreign table: who reads it, and the options of server and table. */
  readonly wrapper: { readonly name: string; readonly extension: string | null; readonly options: readonly string[] } | null;
}

export interface StoredExpression {
  readonly relation: number;
  /** "the policy p on accounts" */
  readonly what: string;
  readonly place: "call" | "default";
  /** It is the query of a view, whose relations are read. */
  readonly tree: string;
}

export interface Relations {
  readonly relations: readonly RelationFacts[];
  readonly expressions: readonly StoredExpression[];
  /** Operator families of users that indexes and partition keys use, or that compare whole rows. */
  readonly families: readonly number[];
}

/**
 * The relations $1 with all that planning looks at: partitions and children below them, partitioned tables above. $2: column
 * defaults and the checks of policies too, as writing needs them.
 */
const relations = `
  with recursive below as (
    select r.oid from unnest($1::oid[]) as r(oid)
    union
    select i.inhrelid from below b join pg_catalog.pg_inherits i on i.inhparent = b.oid
  ), above as (
    select r.oid from unnest($1::oid[]) as r(oid)
    union
    select i.inhparent from above b join pg_catalog.pg_inherits i on i.inhrelid = b.oid
  ), near as materialized (
    select c.oid, c.relkind, c.relname, c.relnamespace, c.relrowsecurity, c.relam, c.reltype
    from pg_catalog.pg_class c
    where c.oid in (select b.oid from below b union select a.oid from above a)
  ), indexes as materialized (
    select i.indexrelid, i.indrelid, i.indexprs, i.indpred, i.indclass
    from pg_catalog.pg_index i
    where i.indrelid in (select r.oid from near r)
  ), expressions as (
    select v.ev_class as relation, '' as what, true as called, v.ev_action::text as tree
    from pg_catalog.pg_rewrite v
    where v.ev_class in (select r.oid from near r where r.relkind = 'v') and v.ev_type = '1'
    union all
    select p.polrelid, 'the policy ' || quote_ident(p.polname) || ' on ', true, e.tree
    from pg_catalog.pg_policy p
    cross join lateral (values (p.polqual::text), (case when $2::bool then p.polwithcheck::text end)) as e(tree)
    where p.polrelid in (select r.oid from near r where r.relrowsecurity)
    union all
    select i.indrelid, 'the index ' || c.relname || ' on ', true, e.tree
    from indexes i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    cross join lateral (values (i.indexprs::text), (i.indpred::text)) as e(tree)
    where i.indexprs is not null or i.indpred is not null
    union all
    select c.conrelid, 'the constraint ' || quote_ident(c.conname) || ' on ', true, c.conbin::text
    from pg_catalog.pg_constraint c
    where c.conrelid in (select r.oid from near r) and c.conbin is not null
    union all
    select s.stxrelid, 'the statistics ' || quote_ident(s.stxname) || ' on ', true, s.stxexprs::text
    from pg_catalog.pg_statistic_ext s
    where s.stxrelid in (select r.oid from near r) and s.stxexprs is not null
    union all
    select d.adrelid, 'the column ' || quote_ident(a.attname) || ' of ', a.attgenerated <> '', d.adbin::text
    from pg_catalog.pg_attrdef d
    join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where d.adrelid in (select r.oid from near r) and ($2::bool or a.attgenerated <> '')
    union all
    select p.partrelid, 'the partition key of ', true, p.partexprs::text
    from pg_catalog.pg_partitioned_table p
    where p.partrelid in (select r.oid from near r) and p.partexprs is not null
  )
  select (
    select coalesce(json_agg(f), '[]')
    from (
      select r.oid::int8, n.nspname as schema, r.relname as name, r.relkind as kind, array(select unnest(array[y.oid, y.typarray])::int8 from pg_catalog.pg_type y where y.oid = r.reltype) as "rowTypes",
             array(select a.attname from pg_catalog.pg_attribute a
                   where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped) as columns,
             array(select distinct a.atttypid::int8 from pg_catalog.pg_attribute a
                   where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped and a.atttypid >= ${FIRST_NORMAL_OID}) as types,
             exists (select from pg_catalog.pg_rewrite v where v.ev_class = r.oid and v.ev_type <> '1') as rules,
             array(select m.amhandler::oid::int8 from pg_catalog.pg_am m
                   where m.oid >= ${FIRST_NORMAL_OID} and (m.oid = r.relam or m.oid in (
                     select c.relam from indexes i join pg_catalog.pg_class c on c.oid = i.indexrelid where i.indrelid = r.oid))) as handlers,
             (select json_build_object('name', w.fdwname,
                                       'extension', (select e.extname from pg_catalog.pg_depend d
                                                     join pg_catalog.pg_extension e on e.oid = d.refobjid
                                                     where d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass and d.objid = w.oid
                                                       and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.deptype = 'e'),
                                       'options', coalesce(w.fdwoptions, '{}') || coalesce(s.srvoptions, '{}') || coalesce(t.ftoptions, '{}'))
              from pg_catalog.pg_foreign_table t
              join pg_catalog.pg_foreign_server s on s.oid = t.ftserver
              join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
              where t.ftrelid = r.oid) as wrapper
      from near r
      join pg_catalog.pg_namespace n on n.oid = r.relnamespace
      where r.oid = any ($1::oid[]) or r.relkind = 'f' or $2::bool
         or exists (select from pg_catalog.pg_am m where m.oid >= ${FIRST_NORMAL_OID})) f) as relations, (
    select coalesce(json_agg(f), '[]')
    from (
      select e.relation::int8, e.what || quote_ident(n.nspname) || '.' || quote_ident(r.relname) as what,
             case when e.called then 'call' else 'default' end as place, e.tree
      from expressions e
      join near r on r.oid = e.relation
      join pg_catalog.pg_namespace n on n.oid = r.relnamespace
      where e.tree is not null) f) as expressions, array(
    select k.opcfamily::int8
    from pg_catalog.pg_opclass k
    where k.oid >= ${FIRST_NORMAL_OID} and (
      k.oid in (
        select unnest(i.indclass::oid[]) from indexes i
        union all
        select unnest(p.partclass::oid[]) from pg_catalog.pg_partitioned_table p where p.partrelid in (select r.oid from near r))
      or k.opcdefault and k.opcmethod in (403, 405) and k.opcintype in (
        select unnest(array[y.oid, y.typarray]) from near r join pg_catalog.pg_type y on y.oid = r.reltype))) as families`;

interface WantedRelations {
  readonly relations: readonly number[];
  readonly writes: boolean;
}

export async function readRelations(reads: Database, { relations: oids, writes }: WantedRelations): Promise<Relations> {
  const [found] = await reads.read<Relations>(relations, [oids, writes]);
  return found ?? { relations: [], expressions: [], families: [] };
}
