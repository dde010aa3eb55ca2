import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { type Level, nameOfItem } from "../../sql/level.ts";
import { queryRule } from "../rule.ts";

/** Fewer rows than this are quick to produce and to throw away. */
const MANY = 1000;

/** Undefined for what is known only when the query runs. */
function constantOf(node: Node): number | undefined {
  if ("TypeCast" in node && node.TypeCast.arg) return constantOf(node.TypeCast.arg);
  if (!("A_Const" in node)) return undefined;
  const { ival, fval, sval } = node.A_Const;
  return ival?.ival ?? Number(fval?.fval ?? sval?.sval ?? 0);
}

const isSmall = ({ items }: Level<Table>) => items.length > 0 && items.every(({ table }) => (table?.rows ?? MANY) < MANY);

export default queryRule({
  id: "query/offset-pagination",
  severity: "warning",

  *check({ levels, spanOf, textOf }) {
    for (const level of levels) {
      const {
        offset,
        items: [first],
      } = level;
      const rows = offset && constantOf(offset);
      const span = offset && spanOf(offset);
      if (!span || (rows !== undefined && rows < MANY) || isSmall(level)) continue;

      const many = rows === undefined ? "as many rows as it says" : `${rows.toLocaleString("en-US")} rows`;
      yield {
        message: `OFFSET ${textOf(span)} makes Postgres produce ${many}${first ? ` of ${nameOfItem(first)}` : ""} and throw them away, so each page costs more than the one before. Remember the last key of a page and continue after it.`,
        span,
        ...(rows === undefined ? { severity: "info" as const } : { evidence: { offset: rows } }),
      };
    }
  },
});
