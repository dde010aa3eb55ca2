import { nameOf } from "../../sql/quote.ts";
import { graphqlShows } from "../graphql.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/sb-graphql-anon-exposed",
  severity: "warning",

  *check(schema) {
    const shown = graphqlShows(schema, "anon");
    if (shown.length === 0) return;
    yield {
      message: `pg_graphql tells whoever has the public key the names and columns of ${listed(shown.map((relation) => nameOf(relation.schema, relation.name)))}, because anon may select from ${shown.length === 1 ? "it" : "them"}, whatever policies hide of the rows.`,
      object: "graphql",
      evidence: { relations: shown.length },
    };
  },
});
