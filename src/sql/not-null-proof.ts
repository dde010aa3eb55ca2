import type { Node } from "@pgsql/types";
import { conjunctsOf } from "./level.ts";
import { parseExpression } from "./parse.ts";
import { namesIn } from "./relations.ts";

/** Whether a condition that holds for every row says that the column is never NULL, in the one form that Postgres takes as proof for SET NOT NULL. */
export const provesNotNull = (condition: Node | undefined, column: string): boolean =>
  conjunctsOf(condition).some(
    (node) => "NullTest" in node && node.NullTest.nulltesttype === "IS_NOT_NULL" && isColumn(node.NullTest.arg, column),
  );

const isColumn = (node: Node | undefined, column: string) =>
  node !== undefined && "ColumnRef" in node && namesIn(node.ColumnRef.fields).at(-1) === column;

/** The condition of a CHECK as `pg_get_constraintdef` prints it. */
export const checkedBy = (definition: string): Node | undefined =>
  parseExpression(definition.replace(/^CHECK /, "").replace(/(?: NO INHERIT| NOT VALID| NOT ENFORCED)+$/, ""));
