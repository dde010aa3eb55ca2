import { nameOf, sql } from "../../sql/quote.ts";
import { isIdentified } from "../identity.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/published-table-without-replica-identity",
  severity: "error",

  *check({ tables, publications }) {
    for (const table of tables) {
      const publication = publications.find(
        ({ tables: published, operations }) =>
          published.includes(table.oid) && operations.some((operation) => operation === "update" || operation === "delete"),
      );
      if (!publication || isIdentified(table)) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `Publication ${nameOf(undefined, publication.name)} sends updates and deletes of ${name}, which has nothing to tell its rows apart by, so Postgres refuses every UPDATE and DELETE on it.`,
        object: `${name}`,
        fix: sql`alter table ${name} replica identity full;`,
        undo: sql`alter table ${name} replica identity ${{ sql: table.replicaIdentity === "nothing" ? "nothing" : "default" }};`,
      };
    }
  },
});
