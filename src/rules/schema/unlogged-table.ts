import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** SET LOGGED writes the whole table to the WAL under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;

/** Names of what may be lost: it was made so on purpose. */
const throwaway = /(^|_)(cache|caches|cached|tmp|temp|scratch|staging|rate_?limits?|throttles?|locks?|heartbeats?|presence)($|_)/i;

export default schemaRule({
  id: "schema/unlogged-table",
  severity: "warning",

  *check({ tables, foreignKeys }) {
    const referenced = new Set(foreignKeys.map(({ references }) => references.oid));
    for (const { oid, schema, name: bare, persistence, rows } of tables) {
      if (persistence !== "unlogged" || (throwaway.test(bare) && !referenced.has(oid))) continue;
      const name = nameOf(schema, bare);
      yield {
        message: `${name} is unlogged: a crash of the server empties it, and no standby and no backup by base backup has its rows.`,
        object: `${name}`,
        ...((rows ?? 0) < SMALL && { fix: sql`alter table ${name} set logged;`, undo: sql`alter table ${name} set unlogged;` }),
      };
    }
  },
});
