import type { Session } from "../twin/twin.ts";
import { readSeen, type Seen, type Wanted } from "./sized-seen.ts";

/** What the twin's catalog says of one index that has blocks of its own. */
export interface IndexFacts {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly method: string;
  /** Of a partial index, with names as inside the table. */
  readonly predicate: string | null;
  /** Storage parameters, as they were written. */
  readonly options: Readonly<Record<string, string>>;
  /** Equal keys share a tuple of a B-tree when it is built. */
  readonly deduplicates: boolean;
  /** Number of key columns; what follows them was included. */
  readonly keys: number;
  /** `default_statistics_target`. */
  readonly target: number;
  readonly columns: readonly ColumnFacts[];
  /** Numbers of the table's columns that are unique together, each list in order. */
  readonly uniques: readonly (readonly number[])[];
  /** Of CREATE STATISTICS: numbers of columns, as Postgres prints them ("2, 5"), and how many combinations there are. */
  readonly combinations: Readonly<Record<string, number>>;
}

export interface ColumnFacts {
  /** Of the table; 0 where it is an expression. */
  readonly number: number;
  /** As inside the table: a quoted name, or the expression. */
  readonly expression: string;
  /** What the operator class takes: "text", "anyarray". */
  readonly takes: string;
  /** Of the column, or else what the operator class takes. */
  readonly type: string;
  /** "text_ops", "gin_trgm_ops"; null for a column that is only included. */
  readonly operators: string | null;
  /** It can be sorted for a build of GiST. */
  readonly sorts: boolean;
  /** Type of what stands in the index, without its schema: "gtrgm", "box". */
  readonly stored: string;
  /** As it is stored in the index: bytes, -1 where they vary, -2 for a C string. */
  readonly length: number;
  readonly align: keyof typeof alignments;
  /** What stands in brackets behind the type, in Postgres's coding; -1 for nothing. */
  readonly modifier: number;
  /** Undefined where ANALYZE has not been. */
  readonly seen: Seen | undefined;
}

export const alignments = { c: 1, s: 2, i: 4, d: 8 };

/**
 * A type lets equal keys share a tuple if its operator class says so by its support function 4
 * (https://www.postgresql.org/docs/current/btree.html#BTREE-SUPPORT-FUNCS), the collation is deterministic, and neither UNIQUE nor
 * INCLUDE stands in the way (`_bt_load` in src/backend/access/nbtree/nbtsort.c, `_bt_allequalimage` in nbtutils.c).
 */
const factsSql = `
  select c.oid as oid,
         n.nspname::pg_catalog.text as schema,
         t.oid as relation,
         t.relname::pg_catalog.text as "table",
         m.amname::pg_catalog.text as method,
         pg_catalog.pg_get_expr(x.indpred, x.indrelid) as predicate,
         coalesce((select pg_catalog.jsonb_object_agg(option_name, option_value) from pg_catalog.pg_options_to_table(c.reloptions)), '{}') as options,
         not x.indisunique and x.indnatts = x.indnkeyatts
           and not 'deduplicate_items=off' = any (coalesce(c.reloptions, '{}'))
           and (select pg_catalog.bool_and(
                   exists (select from pg_catalog.pg_amproc p
                            where p.amprocfamily = o.opcfamily and p.amproclefttype = o.opcintype
                              and p.amprocrighttype = o.opcintype and p.amprocnum = 4)
                   and coalesce((select l.collisdeterministic from pg_catalog.pg_collation l where l.oid = u.collated), true))
                  from rows from (pg_catalog.unnest(x.indclass::pg_catalog.oid[]), pg_catalog.unnest(x.indcollation::pg_catalog.oid[])) u (opclass, collated)
                  join pg_catalog.pg_opclass o on o.oid = u.opclass) as deduplicates,
         x.indnkeyatts as keys,
         pg_catalog.current_setting('default_statistics_target')::pg_catalog.int4 as target,
         (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'number', x.indkey[a.attnum - 1],
                   'name', coalesce(h.attname, a.attname),
                   'expression', pg_catalog.pg_get_indexdef(c.oid, a.attnum, false),
                   'takes', pg_catalog.format_type(o.opcintype, null),
                   'type', pg_catalog.format_type(coalesce(h.atttypid, case when y.typtype = 'p' then a.atttypid else o.opcintype end, a.atttypid), -1),
                   'operators', o.opcname,
                   'sorts', exists (select from pg_catalog.pg_amproc p
                                     where p.amprocfamily = o.opcfamily and p.amproclefttype = o.opcintype and p.amprocrighttype = o.opcintype and p.amprocnum = 11),
                   'stored', (select k.typname from pg_catalog.pg_type k where k.oid = a.atttypid),
                   'length', a.attlen, 'modifier', coalesce(h.atttypmod, a.atttypmod), 'align', a.attalign) order by a.attnum)
            from pg_catalog.pg_attribute a
            left join pg_catalog.pg_attribute h on h.attrelid = x.indrelid and h.attnum = x.indkey[a.attnum - 1] and h.attnum > 0
            left join pg_catalog.pg_opclass o on o.oid = x.indclass[a.attnum - 1] and a.attnum <= x.indnkeyatts
            left join pg_catalog.pg_type y on y.oid = o.opcintype
           where a.attrelid = c.oid) as columns,
         coalesce((select pg_catalog.jsonb_agg((u.indkey::pg_catalog.int2[])[0:u.indnkeyatts - 1]) from pg_catalog.pg_index u
                    where u.indrelid = x.indrelid and u.indisunique and u.indpred is null and u.indexprs is null), '[]') as uniques,
         coalesce((select pg_catalog.jsonb_object_agg(d.key, d.value)
                     from pg_catalog.pg_statistic_ext s
                     join pg_catalog.pg_statistic_ext_data e on e.stxoid = s.oid and not e.stxdinherit
                     cross join pg_catalog.jsonb_each(e.stxdndistinct::pg_catalog.text::pg_catalog.jsonb) d
                    where s.stxrelid = x.indrelid and e.stxdndistinct is not null), '{}') as combinations
    from pg_catalog.pg_class c
    join pg_catalog.pg_index x on x.indexrelid = c.oid
    join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    join pg_catalog.pg_am m on m.oid = c.relam
   where c.oid = any ($1::pg_catalog.oid[]) and c.relkind = 'i'
   order by c.oid`;

interface Named extends Omit<ColumnFacts, "seen"> {
  /** As `pg_stats` has it: of the table's column, or of the index's own where it is an expression. */
  readonly name: string;
}

interface Row extends Omit<IndexFacts, "columns"> {
  readonly columns: readonly Named[];
  /** The table, by oid. */
  readonly relation: number;
}

export async function readFacts(session: Session, indexes: readonly number[]): Promise<readonly IndexFacts[]> {
  const rows = await session.read<Row>(factsSql, [`{${indexes.join(",")}}`]);
  const seen = await readSeen(
    session,
    rows.flatMap((row) => row.columns.map((column, position) => wantedOf(row, column, position))),
  );
  let place = 0;
  return rows.map(({ columns, ...row }) => ({ ...row, columns: columns.map((column) => ({ ...column, seen: seen[place++] })) }));
}

const wantedOf = ({ oid, relation, schema, table, predicate }: Row, { number, name, type, length }: Named, position: number): Wanted => ({
  relation: number === 0 ? oid : relation,
  attribute: number === 0 ? position + 1 : number,
  schema,
  table,
  name: number === 0 ? undefined : name,
  type,
  length,
  predicate,
});
