import type { Table } from "../catalog/tables.ts";
import type { Session } from "../twin/twin.ts";
import { leavesOf } from "./script.ts";

/** What generators of candidates may ask about the columns that they are offered. */
export interface Facts {
  column(table: Table, name: string): ColumnFact | undefined;
  /** The largest of its partitions, or the table itself. */
  largestPart(table: Table): Table;
  /** Undefined where not even the twin could have it. */
  extension(name: string): KnownExtension | undefined;
}

export interface ColumnFact {
  /** Without schema and modifier, that of a domain looked through: "int8", "_text", "jsonb", "vector". */
  readonly type: string;
  /** `pg_type.typtype`. */
  readonly kind: "b" | "c" | "d" | "e" | "m" | "p" | "r";
  /** What an array holds. */
  readonly element: string | undefined;
  /** Undefined where ANALYZE has not been. */
  readonly seen: ColumnSeen | undefined;
}

/** What ANALYZE told; no value of a row. */
interface ColumnSeen {
  /** Share of the rows. */
  readonly nulls: number;
  /** Mean bytes of a value. */
  readonly width: number;
  /** Values that there are. */
  readonly distinct: number;
  /** Between the order of the values and that of the rows, -1 to 1; of a partitioned table, in its largest partition. Undefined where the type has no order. */
  readonly correlation: number | undefined;
}

export interface KnownExtension {
  readonly schema: string;
  /** In the database that was asked about; else CREATE EXTENSION comes first. */
  readonly isInstalled: boolean;
}

interface Row extends Omit<ColumnFact, "element" | "seen"> {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly element: string | null;
  readonly nulls: number | null;
  readonly width: number;
  readonly distinct: number;
  readonly correlation: number | null;
}

/** `STATISTIC_KIND_CORRELATION` in src/include/catalog/pg_statistic.h. */
const correlation = 3;

const columnsSql = `
  select n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as "table", a.attname::pg_catalog.text as "column",
         t.typname::pg_catalog.text as type, t.typtype::pg_catalog.text as kind, e.typname::pg_catalog.text as element,
         s.stanullfrac as nulls, s.stawidth as width, s.stadistinct as distinct,
         (case ${correlation} when s.stakind1 then s.stanumbers1 when s.stakind2 then s.stanumbers2 when s.stakind3 then s.stanumbers3
                             when s.stakind4 then s.stanumbers4 when s.stakind5 then s.stanumbers5 end)[1] as correlation
    from pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) wanted (schema pg_catalog.text, name pg_catalog.text)
    join pg_catalog.pg_namespace n on n.nspname = wanted.schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = pg_catalog.pg_basetype(a.atttypid)
    left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A'
    left join pg_catalog.pg_statistic s on s.starelid = c.oid and s.staattnum = a.attnum and s.stainherit = (c.relkind = 'p')
   order by c.oid, a.attnum`;

const extensionsSql = `
  select a.name::pg_catalog.text as name, n.nspname::pg_catalog.text as schema
    from pg_catalog.pg_available_extensions a
    left join pg_catalog.pg_extension e on e.extname = a.name
    left join pg_catalog.pg_namespace n on n.oid = e.extnamespace
   order by a.name`;

/** Where CREATE EXTENSION puts what is not installed yet, unless the search path says otherwise. */
const USUAL_SCHEMA = "public";

/** Reads them from the twin, which holds types, extensions and statistics, those that are only assumed too. `wanted`: what indexes may be made on; `tables`: all that may be its partitions. */
export async function readFacts(session: Session, wanted: readonly Table[], tables: readonly Table[]): Promise<Facts> {
  const largest = new Map(wanted.map((table) => [table, largestOf(leavesOf(table, tables)) ?? table]));
  const named = new Set([...largest.keys(), ...largest.values()]);
  const rows = await session.read<Row>(columnsSql, [JSON.stringify([...named].map(({ schema, name }) => ({ schema, name })))]);
  const extensions = await session.read<{ name: string; schema: string | null }>(extensionsSql);
  const byName = new Map(rows.map((row) => [idOf(row.schema, row.table, row.column), row]));
  const known = new Map(
    extensions.map(({ name, schema }) => [name, { schema: schema ?? USUAL_SCHEMA, isInstalled: schema !== null }] as const),
  );
  return {
    column(table, name) {
      const row = byName.get(idOf(table.schema, table.name, name));
      const part = largest.get(table) ?? table;
      const inPart = byName.get(idOf(part.schema, part.name, name));
      return row && { type: row.type, kind: row.kind, element: row.element ?? undefined, seen: seenIn(row, inPart, table) };
    },
    largestPart: (table) => largest.get(table) ?? table,
    extension: (name) => known.get(name),
  };
}

const idOf = (...names: readonly string[]) => JSON.stringify(names);

const largestOf = (parts: readonly Table[]) => [...parts].sort((one, other) => other.size.blocks - one.size.blocks)[0];

function seenIn({ nulls, width, distinct }: Row, inPart: Row | undefined, { rows }: Table): ColumnSeen | undefined {
  if (nulls === null) return undefined;
  return {
    nulls,
    width,
    distinct: distinct < 0 ? -distinct * (rows ?? 0) : distinct,
    correlation: inPart?.correlation ?? undefined,
  };
}
