import type { Table } from "../catalog/tables.ts";
import type { Query } from "../sql/query.ts";

/** One way to say the same otherwise. It looks at the parse tree only, and yields what may be cheaper. */
export interface Pattern {
  /** What people call it: "OR to UNION". */
  readonly name: string;
  /** `tables`: all that are known, those of the statement among them. */
  drafts(query: Query<Table>, calls: Calls, tables: readonly Table[]): Iterable<Draft>;
}

/** A statement that should return the same rows. */
export interface Draft {
  readonly sql: string;
  /** The same without ORDER BY, LIMIT and OFFSET: how many rows there are to take from. */
  readonly all?: string | undefined;
  /** Tables that it reads and the statement does not. */
  readonly reads?: readonly Table[];
  /** What must hold for that and the schema does not say. */
  readonly assumes?: readonly Assumption[];
  /** Another condition that must hold, which no generated row shows. */
  readonly holdsIf?: string;
  /** What the program that sends the statement has to do otherwise. */
  readonly contract?: string;
  /** What it sends for parameters that have another meaning than in the statement, or are new. */
  readonly sends?: readonly { readonly number: number; readonly what: string }[];
  /** What is run to compare the two, where that is not the statements themselves. */
  readonly compared?: Stand;
}

/** Two statements that say of generated rows what others say of many more. */
export interface Stand {
  readonly original: string;
  readonly sql: string;
  /** Of each parameter that they have besides those of the statement, the values that it takes in turn. */
  readonly parameters: readonly (readonly string[])[];
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
