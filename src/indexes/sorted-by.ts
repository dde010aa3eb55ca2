import type { Node } from "@pgsql/types";
import type { Sorted } from "./wishes.ts";

/** Nulls are last in ascending order and first in descending order unless told (https://www.postgresql.org/docs/current/queries-order.html). */
export function directionOf(direction: string | undefined, nulls: string | undefined): Pick<Sorted, "descending" | "nullsFirst"> {
  const descending = direction === "SORTBY_DESC";
  return { descending, nullsFirst: nulls === "SORTBY_NULLS_FIRST" || (descending && nulls !== "SORTBY_NULLS_LAST") };
}

/** ORDER BY as a parse tree has it. */
export const sortedBy = (order: readonly Node[]): readonly Sorted[] =>
  order.flatMap((by) => {
    if (!("SortBy" in by) || !by.SortBy.node) return [];
    const { node, sortby_dir, sortby_nulls } = by.SortBy;
    return [{ node, ...directionOf(sortby_dir, sortby_nulls) }];
  });
