import type { Index } from "../../catalog/indexes.ts";
import { indexShape } from "../../sql/index-shape.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** A longer index that is this much bigger costs reads more than the short one costs writes. */
const MUCH_BIGGER = 3;

export default schemaRule({
  id: "schema/redundant-index-prefix",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      if (table.kind === "partitioned table") continue;
      for (const index of table.indexes.filter(isOptional)) {
        const longer = table.indexes.find((other) => covers(other, index));
        if (!longer) continue;
        const isMuchBigger = index.bytes > 0 && longer.bytes > MUCH_BIGGER * index.bytes;
        yield {
          message: `${nameOf(undefined, index.name)} on ${nameOf(table.schema, table.name)} is the start of ${nameOf(undefined, longer.name)}, which serves the same conditions, so every write maintains one index too many.`,
          object: `${nameOf(table.schema, table.name)}.${nameOf(undefined, index.name)}`,
          evidence: { bytes: index.bytes, longer: longer.name, longerBytes: longer.bytes },
          ...(isMuchBigger && { severity: "info" as const }),
          fix: sql`drop index concurrently ${nameOf(index.schema, index.name)};`,
          undo: sql`${raw(index.definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`,
        };
      }
    }
  },
});

/** Nothing but reads depends on it. */
const isOptional = ({ unique, constraint, valid, parent, method }: Index) =>
  !unique && !constraint && valid && parent === undefined && method === "btree";

function covers(longer: Index, index: Index): boolean {
  if (longer.oid === index.oid || !longer.valid) return false;
  const [whole, start] = [indexShape(longer.definition), indexShape(index.definition)];
  if (!whole || !start || kindOf(longer) !== kindOf(index)) return false;
  const isStart = start.keys.every((key, place) => key === whole.keys[place]);
  const isSame = whole.keys.length === start.keys.length && whole.include.length === start.include.length;
  const stored = [...whole.keys, ...whole.include];
  return isStart && start.include.every((column) => stored.some((other) => other === column)) && (longer.unique || !isSame);
}

/** Whether NULLs of a unique index are equal makes no difference to who reads it. */
const kindOf = ({ method, where }: Index) => `${method} ${where ?? ""}`;
