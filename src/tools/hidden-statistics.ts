import type { Catalog } from "../catalog/catalog.ts";
import type { ExtendedStatistics } from "../catalog/extended-statistics.ts";
import type { Oid } from "../catalog/names.ts";
import type { StatisticsAccess } from "../catalog/statistics-access.ts";
import type { Table } from "../catalog/tables.ts";
import { nameOf, quote } from "../sql/quote.ts";

/** What the role may not see of the statistics there are, one sentence for each remedy. */
interface Hidden {
  readonly limits: readonly string[];
  /** Of which it sees nothing at all. */
  readonly tables: ReadonlySet<Oid>;
}

interface Seen {
  readonly table: Table;
  readonly access: StatisticsAccess;
}

/**
 * Only what ANALYZE has counted once has statistics to hide. Which privilege shows what was measured on 15 and 18, and is
 * in the definitions of `pg_stats` and `pg_stats_ext` (src/backend/catalog/system_views.sql).
 */
export function hiddenStatistics(catalog: Catalog): Hidden {
  const { tables, access, settings } = catalog;
  const role = quote(settings.user);
  const accessOf = new Map(access.map((found) => [found.table, found]));
  const seen = tables.flatMap((table): Seen[] => {
    const found = accessOf.get(table.oid);
    return found && table.size.tuples >= 0 && (table.size.blocks > 0 || table.kind === "partitioned table")
      ? [{ table, access: found }]
      : [];
  });
  const unreadable = seen.filter(isUnreadable);
  const underPolicies = seen.filter(({ access: { underPolicies } }) => underPolicies);
  return {
    limits: [
      ...grants(unreadable, role),
      ...seen.filter((each) => !isUnreadable(each)).flatMap((each) => columnGrants(each, role)),
      ...policies(underPolicies, role),
      ...expressions(seen, role),
      ...extended(catalog, { seen, role }),
      ...(settings.versionNumber < RANGES ? seen.flatMap((each) => ranges(each, settings)) : []),
    ],
    tables: new Set([...unreadable, ...underPolicies].map(({ table }) => table.oid)),
  };
}

/** From here on `pg_stats` shows the histograms of ranges. */
const RANGES = 170000;

const isUnreadable = ({ table, access }: Seen) => access.unreadable.length >= table.columns.length;

const NAMED = 5;
/** Of one schema: more are granted all together. */
const GRANTED = 10;

const written = ({ schema, name }: { schema: string; name: string }) => nameOf(schema, name).toString();

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return names.slice(0, NAMED).join(", ") + more;
}

function grants(unreadable: readonly Seen[], role: string): readonly string[] {
  const schemas = [...new Set(unreadable.map(({ table }) => table.schema))];
  return schemas.map((schema) => {
    const names = unreadable.filter(({ table }) => table.schema === schema).map(({ table }) => written(table));
    const on = names.length > GRANTED ? `all tables in schema ${quote(schema)}` : names.join(", ");
    return `the statistics of ${listed(names)} are hidden from ${role}: grant select on ${on} to ${role}`;
  });
}

function columnGrants({ table, access }: Seen, role: string): readonly string[] {
  if (access.unreadable.length === 0) return [];
  const columns = access.unreadable.map(quote);
  return [
    `the statistics of ${listed(columns)} of ${written(table)} are hidden from ${role}: grant select (${columns.join(", ")}) on ${written(table)} to ${role}`,
  ];
}

function policies(underPolicies: readonly Seen[], role: string): readonly string[] {
  if (underPolicies.length === 0) return [];
  const names = underPolicies.map(({ table }) => written(table));
  return [
    `row-level security hides the statistics of ${listed(names)} from ${role}: alter role ${role} bypassrls (which shows it their rows too)`,
  ];
}

function expressions(seen: readonly Seen[], role: string): readonly string[] {
  const indexes = seen.flatMap(({ table, access }) => table.indexes.filter(({ oid }) => access.unreadableIndexes.includes(oid)));
  if (indexes.length === 0) return [];
  return [
    `the statistics of the expressions in ${listed(indexes.map(written))} are hidden from ${role}: grant pg_read_all_data to ${role} (which lets it read every table)`,
  ];
}

/** SELECT does not show them: they are shown to who has the rights of the table's owner. */
function extended({ extended, extendedValues }: Catalog, { seen, role }: { seen: readonly Seen[]; role: string }): readonly string[] {
  const known = new Set(extendedValues.map(written));
  const objects = seen
    .filter(({ access }) => !access.owner)
    .flatMap(({ table }) =>
      extended
        .filter((object) => object.table === table.oid && !known.has(written(object)))
        .map((object) => ({ object, owner: table.owner })),
    );
  const owners = [...new Set(objects.map(({ owner }) => owner))];
  return owners.map((owner) => {
    const names = objects.filter((each) => each.owner === owner).map(({ object }: { object: ExtendedStatistics }) => written(object));
    return `the extended statistics ${listed(names)} are hidden from ${role}: grant ${quote(owner)} to ${role} (which lets it do all that ${quote(owner)} may)`;
  });
}

function ranges({ table, access }: Seen, { version, user }: Catalog["settings"]): readonly string[] {
  const columns = access.ranges.filter((column) => !access.unreadable.includes(column));
  if (columns.length === 0 || access.underPolicies) return [];
  return [
    `PostgreSQL ${version} shows the bounds in ${listed(columns.map(quote))} of ${written(table)} only to who may read pg_statistic: grant pg_read_all_data to ${quote(user)}`,
  ];
}
