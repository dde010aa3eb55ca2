import type { Table } from "../catalog/tables.ts";
import { sizeIndexes } from "../indexes/sized.ts";
import { BLOCK_BYTES, relationSize } from "../twin/sizes.ts";
import type { Session } from "../twin/twin.ts";

interface Asked {
  readonly indexes: readonly number[];
  /** By their names in the twin. */
  readonly tables: readonly Table[];
  /** `server_version_num` of the server that would build them. */
  readonly versionNumber: number;
}

/**
 * Bytes that indexes which a script has built in a twin without rows (by oid) would take over the real rows. Those of tables whose
 * rows nobody knows are left out.
 */
export async function builtSizes(session: Session, { indexes, tables, versionNumber }: Asked): Promise<ReadonlyMap<number, number>> {
  if (session.started.sizes === "files") return new Map();
  const { relations, counted } = await placesOf(session, indexes, tables);
  // How many rows a predicate keeps, the planner tells only of a table that it knows the size of.
  await session.size({ relations: relations.map(({ oid, table }) => relationSize(oid, table)), indexes: [] });
  const sizes = await sizeIndexes(session, { indexes: counted, tables, versionNumber });
  await session.size({ relations: relations.map(({ oid }) => ({ oid, blocks: 0, tuples: undefined, allVisible: 0 })), indexes: [] });
  return new Map(Array.from(sizes, ([oid, { blocks }]) => [oid, blocks * BLOCK_BYTES]));
}

interface Place {
  readonly index: number;
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

async function placesOf(session: Session, indexes: readonly number[], tables: readonly Table[]) {
  const places = await session.read<Place>(
    `select x.indexrelid as index, c.oid as oid, n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name
       from pg_catalog.pg_index x
       join pg_catalog.pg_class c on c.oid = x.indrelid
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where x.indexrelid = any ($1::pg_catalog.oid[]) and c.relkind in ('r', 'm')
      order by 1`,
    [`{${indexes.join(",")}}`],
  );
  const known = places.flatMap((place) => {
    const table = tables.find(({ schema, name }) => schema === place.schema && name === place.name);
    return table?.rows === undefined ? [] : [{ ...place, table }];
  });
  return { relations: [...new Map(known.map((place) => [place.oid, place])).values()], counted: known.map(({ index }) => index) };
}
