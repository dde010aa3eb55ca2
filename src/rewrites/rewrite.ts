import type { Table } from "../catalog/tables.ts";
import type { Query } from "../sql/query.ts";

/** One way to say the same otherwise. It looks at the parse tree only, and yields what may be cheaper. */
export interface Pattern {
  /** What people call it: "OR to UNION". */
  readonly name: string;
  drafts(query: Query<Table>, calls: Calls): Iterable<Draft>;
}

/** A statement that should return the same rows. */
export interface Draft {
  readonly sql: string;
  /** The same without ORDER BY, LIMIT and OFFSET: how many rows there are to take from. */
  readonly all?: string | undefined;
  /** What must hold for that and the schema does not say. */
  readonly assumes?: readonly Assumption[];
  /** Another condition that must hold, which no generated row shows. */
  readonly holdsIf?: string;
}

/** No row has NULL in this column. */
export interface Assumption {
  readonly table: Table;
  readonly column: string;
}

/** What the catalog says of the functions that a statement calls, by name: of several that are called alike, what holds for any. */
export interface Calls {
  readonly aggregates: ReadonlySet<string>;
  readonly volatile: ReadonlySet<string>;
  readonly setReturning: ReadonlySet<string>;
}

export const pattern = (made: Pattern): Pattern => made;
