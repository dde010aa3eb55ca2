import type { CatalogObject } from "../catalog/objects/object.ts";
import type { Difference } from "./differences.ts";
import { columnOf } from "./table-changes.ts";

/**
 * Statements about what a twin does not have: positions of sequences, and, where both sides are servers, owners, versions,
 * settings, and indexes that a build left behind.
 */
export function serverStatements(
  differences: readonly Difference[],
  { known, database }: { known: boolean; database: string },
): readonly string[] {
  const statements = differences.flatMap((difference) => [...positions(difference), ...(known ? ofServers(difference) : [])]);
  return statements.map((statement) =>
    statement.replace(/^(alter (?:role .* in )?database) this_database /, (_, words: string) => `${words} ${database} `),
  );
}

/** A column that becomes an identity column counts from 1, whatever is in its rows. */
function positions({ kind, here, there }: Difference): readonly string[] {
  if (kind !== "column" || !here || !there || here.facts.identity != null || there.facts.identity == null) return [];
  const column = columnOf(there);
  const place = [there.of ?? "", column.replace(/^"(.*)"$/s, "$1").replaceAll('""', '"')].map((text) => `'${text.replaceAll("'", "''")}'`);
  return [`select setval(pg_get_serial_sequence(${place.join(", ")}), coalesce(max(${column}) + 1, 1), false) from ${there.of}`];
}

function ofServers(difference: Difference): readonly string[] {
  const { kind, here, there, properties } = difference;
  if (kind === "role setting" || kind === "server setting") return there ? [there.create] : here ? [here.drop] : [];
  const isOther = (property: string) => properties.some((found) => found.property === property);
  if (there === undefined) return [];
  return [
    ...(here === undefined || isOther("owner") ? ownedBy(there) : []),
    ...(isOther("version") ? [`alter extension ${there.name} update to '${there.facts.version}'`] : []),
    // Outside a transaction.
    ...(isOther("valid") && there.facts.valid === "yes" ? [`reindex index concurrently ${there.name}`] : []),
  ];
}

const sorts: Partial<Record<CatalogObject["kind"], (object: CatalogObject) => string>> = {
  schema: () => "schema",
  table: () => "table",
  sequence: () => "sequence",
  type: ({ facts }) => (facts.kind === "domain" ? "domain" : "type"),
  view: ({ facts }) => facts.kind ?? "view",
  function: ({ facts }) => facts.kind ?? "function",
};

function ownedBy(object: CatalogObject): readonly string[] {
  const { owner } = object.facts;
  const sort = sorts[object.kind]?.(object);
  return sort === undefined || owner == null ? [] : [`alter ${sort} ${object.name} owner to ${owner}`];
}
