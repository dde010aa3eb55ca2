import type { Catalog } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import type { Settings } from "../catalog/settings.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { type Limit, tablesInOrder } from "./definitions.ts";
import { copyExtendedStatistics } from "./extended-statistics.ts";
import { isShipped, lent } from "./extensions.ts";
import { createObjects } from "./objects.ts";
import { planAs } from "./older-planners.ts";
import { type Pivots, pivotsOf } from "./pivots.ts";
import { relationsHere, type TwinRelation } from "./relations.ts";
import { indexSize, relationSize } from "./sizes.ts";
import { copyStatistics } from "./statistics.ts";
import type { Needs, Session } from "./twin.ts";

export const needsOf = ({ settings, extensions }: Pick<Catalog, "settings" | "extensions">): Needs => ({
  sortsByBytes: settings.sortsByBytes,
  extensions: [...new Set([...extensions.map(({ name }) => name).filter(isShipped), ...lent])],
});

/** A catalog as the twin holds it. */
export interface Copy {
  readonly limits: readonly Limit[];
  /** By their oids at home. */
  readonly here: ReadonlyMap<Oid, TwinRelation>;
}

/** Makes the twin hold this catalog: schema, sizes, statistics, settings. `limits` tell what it could not copy. */
export async function copyCatalog(session: Session, catalog: Catalog): Promise<Copy> {
  const tables = tablesInOrder(catalog.tables);
  const objects = await createObjects(session, catalog);
  const here = await relationsHere(session, tables);
  await copySizes(session, { tables, here, pivots: pivotsOf(catalog.statistics) });
  const statistics = await copyStatistics(session, catalog, here);
  const extended = await copyExtendedStatistics(session, catalog);
  await session.run(settingsSql(catalog.settings));
  const older = await planAs(session, catalog.settings.versionNumber);
  return { here, limits: [...objects, ...statistics, ...extended, ...older.map((text) => ({ text, table: undefined }))] };
}

/** The same for a question that is about all of it: one sentence for each thing that is missing. */
export const build = async (session: Session, catalog: Catalog): Promise<readonly string[]> =>
  (await copyCatalog(session, catalog)).limits.map(({ text }) => text);

interface Sized extends Pick<Copy, "here"> {
  readonly tables: readonly Table[];
  readonly pivots: Pivots;
}

/** Tells the planner how large the real relations are. */
export async function copySizes(session: Session, { tables, here, pivots }: Sized): Promise<void> {
  const placed = tables.flatMap((table) => {
    const twin = here.get(table.oid);
    return twin ? [{ table, twin }] : [];
  });
  const sized = placed.filter(({ table }) => table.kind !== "partitioned table");
  const indexes = sized.flatMap(({ table, twin }) =>
    table.indexes.flatMap((index) => {
      const found = here.get(index.oid);
      if (!found) return [];
      return [indexSize(found.oid, index, relationSize(twin.oid, table).tuples, (entries) => pivots(table, index, entries))];
    }),
  );
  const counts = placed.map(({ table: { size }, twin }) => `(${twin.oid}, ${size.pages}, ${size.tuples}, ${size.allVisible})`);
  if (counts.length > 0) {
    await session.run([
      `update pg_catalog.pg_class c set relpages = v.pages, reltuples = v.tuples::real, relallvisible = v.visible
         from (values ${counts.join(", ")}) v (oid, pages, tuples, visible) where c.oid = v.oid::oid`,
    ]);
  }
  await session.size({ relations: sized.map(({ table, twin }) => relationSize(twin.oid, table)), indexes });
}

/** A setting that 18 does not know (one of a vendor's own) is refused, and nothing is lost. */
const settingsSql = ({ planner }: Settings): readonly string[] =>
  [...planner].map(([name, value]) => `set local ${quote(name)} = ${literal(value)}`);
