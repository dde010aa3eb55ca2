import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** SET LOGGED writes the whole table to the WAL under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;

export default schemaRule({
  id: "schema/unlogged-table",
  severity: "warning",

  *check({ tables }) {
    for (const { schema, name: bare, persistence, rows } of tables) {
      if (persistence !== "unlogged") continue;
      const name = nameOf(schema, bare);
      yield {
        message: `${name} is unlogged: a crash of the server empties it, and no standby and no backup by base backup has its rows.`,
        object: `${name}`,
        ...((rows ?? 0) < SMALL && { fix: sql`alter table ${name} set logged;`, undo: sql`alter table ${name} set unlogged;` }),
      };
    }
  },
});
