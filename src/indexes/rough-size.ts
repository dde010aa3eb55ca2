import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import type { IndexSize } from "../twin/messages.ts";
import { alignUp, BLOCK_BYTES, INDEX_TUPLE_HEADER, relationSize, treeOver } from "../twin/sizes.ts";
import type { Session } from "../twin/twin.ts";

interface Column {
  /** Mean bytes: 16 where nobody knows. */
  readonly width: number;
  /** As `pg_stats` has it: below 0 the negative share of the rows. Null where nobody knows. */
  readonly distinct: number | null;
  readonly key: boolean;
}

interface Facts {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly method: string;
  readonly unique: boolean;
  readonly predicate: string | null;
  readonly columns: readonly Column[];
}

const factsSql = `
  select x.indexrelid as oid, n.nspname::pg_catalog.text as schema, t.relname::pg_catalog.text as "table", m.amname::pg_catalog.text as method,
         x.indisunique as "unique", pg_catalog.pg_get_expr(x.indpred, x.indrelid) as predicate,
         (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'width', case when a.attlen > 0 then a.attlen else coalesce(s.stawidth, 16) end, 'distinct', s.stadistinct, 'key', a.attnum <= x.indnkeyatts)
                 order by a.attnum)
            from pg_catalog.pg_attribute a
            left join pg_catalog.pg_statistic s
              on s.starelid = case x.indkey[a.attnum - 1] when 0 then x.indexrelid else x.indrelid end
             and s.staattnum = case x.indkey[a.attnum - 1] when 0 then a.attnum else x.indkey[a.attnum - 1] end and not s.stainherit
           where a.attrelid = x.indexrelid) as columns
    from pg_catalog.pg_index x
    join pg_catalog.pg_class i on i.oid = x.indexrelid
    join pg_catalog.pg_am m on m.oid = i.relam
    join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
   where x.indexrelid = any ($1::pg_catalog.oid[]) and i.relkind = 'i'`;

const LINE_POINTER = 4;
const TID = 6;
/** `BTREE_DEFAULT_FILLFACTOR` in src/include/access/nbtree.h. */
const LEAF = (BLOCK_BYTES - 40) * 0.9;

/** Sizes that are near enough to see which candidates a plan would read: one query for all, where the exact ones take several for each. */
export async function roughSizes(
  session: Session,
  { indexes, tables }: { readonly indexes: readonly number[]; readonly tables: readonly Table[] },
): Promise<ReadonlyMap<number, IndexSize>> {
  const found = new Map<number, IndexSize>();
  if (indexes.length === 0) return found;
  const kept = new Map<string, number>();
  for (const facts of await session.read<Facts>(factsSql, [`{${indexes.join(",")}}`])) {
    const table = tables.find(({ schema, name }) => schema === facts.schema && name === facts.table);
    const tuples = table && relationSize(facts.oid, table).tuples;
    const all = Math.max(1, tuples ?? UNKNOWN);
    const held = `select from only ${quote(facts.schema)}.${quote(facts.table)} where ${facts.predicate}`;
    const rows = facts.predicate === null ? all : (kept.get(held) ?? Math.min(all, await expectedRows(session, held)));
    kept.set(held, rows);
    const size = blocksOf(facts, rows, table?.size.blocks ?? 0);
    found.set(facts.oid, { oid: facts.oid, ...size, tuples: tuples === undefined ? undefined : rows });
  }
  return found;
}

/** Of a table that nobody ever counted. */
const UNKNOWN = 1000;

async function expectedRows(session: Session, sql: string): Promise<number> {
  const { plan } = (await session.explain({ sql, searchPath: [], generic: false })) as {
    plan?: readonly { readonly Plan: { readonly "Plan Rows": number } }[];
  };
  return plan?.[0]?.Plan["Plan Rows"] ?? UNKNOWN;
}

function blocksOf({ method, columns, unique }: Facts, rows: number, tableBlocks: number): Pick<IndexSize, "blocks" | "height"> {
  // 128 pages of the table to an entry (BRIN_DEFAULT_PAGES_PER_RANGE in src/include/access/brin.h).
  if (method === "brin") return { blocks: 3 + Math.ceil(tableBlocks / 128 / 200), height: undefined };
  const width = alignUp(INDEX_TUPLE_HEADER + columns.reduce((sum, column) => sum + column.width, 0));
  if (method !== "btree") return { blocks: 2 + Math.ceil((rows * (width + LINE_POINTER)) / LEAF), height: undefined };
  const shares = !unique && columns.every(({ key }) => key);
  const distinct = shares
    ? Math.min(
        rows,
        columns.reduce((product, column) => product * distinctOf(column, rows), 1),
      )
    : rows;
  const bytes = distinct * (width + LINE_POINTER) + (rows > distinct ? (rows - distinct) * TID : 0);
  return treeOver(Math.max(1, Math.ceil(bytes / LEAF)), width);
}

const distinctOf = ({ distinct }: Column, rows: number) => (distinct === null ? rows / 10 : distinct < 0 ? -distinct * rows : distinct);
