import type { Schema } from "../../catalog/schema.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/collation-version-mismatch",
  severity: "error",

  *check(schema) {
    for (const { collation, database, recorded, actual } of schema.collationVersions) {
      const what = collation === undefined ? `Database ${nameOf(undefined, database)}` : `Collation ${collation}`;
      const refresh =
        collation === undefined
          ? sql`alter database ${database} refresh collation version;`
          : sql`alter collation ${raw(collation)} refresh version;`;
      yield {
        message: `${what} was made with version ${recorded} of its sorting rules and the server now sorts by version ${actual}: an index on text that was built before may miss rows, and a unique one may let the same value in twice.`,
        object: collation ?? `${nameOf(undefined, database)}`,
        evidence: { recorded, actual, textIndexes: sortedIndexes(schema) },
        // The second says that the first is done: alone it only hides the fault.
        fix: `${sql`reindex database concurrently ${database};`}\n${refresh}`,
      };
    }
  },
});

/** B-trees over text that is not sorted by bytes. */
const sortedIndexes = ({ tables }: Schema): number =>
  tables.reduce((sum, { indexes, columns }) => {
    const sorted = new Set(columns.filter(({ sortsByBytes }) => sortsByBytes === false).map(({ name }) => `${nameOf(undefined, name)}`));
    return sum + indexes.filter(({ method, keys }) => method === "btree" && keys.some((key) => sorted.has(key))).length;
  }, 0);
