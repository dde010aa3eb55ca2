import { quote } from "../sql/quote.ts";

/** One key of an index. */
export interface Key {
  /** Undefined: an expression. */
  readonly column: string | undefined;
  /** As CREATE INDEX takes it, without operator class and direction: a quoted column, or an expression over bare column names in parentheses. */
  readonly text: string;
  /** The operator class, where it is not the type's own: "text_pattern_ops". */
  readonly operators?: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export const ascending = (column: string): Key => ({ column, text: quote(column), descending: false, nullsFirst: false });

/** `expression`: over bare column names. */
export const expressionKey = (expression: string): Key => ({
  column: undefined,
  text: `(${expression})`,
  descending: false,
  nullsFirst: false,
});

const reversed = (key: Key): Key => ({ ...key, descending: !key.descending, nullsFirst: !key.nullsFirst });

/** A B-tree is read in both directions (https://www.postgresql.org/docs/current/indexes-ordering.html): of the two, the one whose first key ascends. */
export const forward = (keys: readonly Key[]): readonly Key[] => (keys[0]?.descending ? keys.map(reversed) : keys);

/** As CREATE INDEX takes it: `created_at desc`. Nulls come last in ascending order and first in descending order unless told. */
export function keySql({ text, operators, descending, nullsFirst }: Key): string {
  const nulls = nullsFirst === descending ? "" : nullsFirst ? " nulls first" : " nulls last";
  return `${text}${operators === undefined ? "" : ` ${operators}`}${descending ? " desc" : ""}${nulls}`;
}

export const keysSql = (keys: readonly Key[]): string => keys.map(keySql).join(", ");

/** Whether an index with the keys `full` gives every order that one with `keys` gives. */
export function startsWith(full: readonly (Key | undefined)[], keys: readonly Key[]): boolean {
  return isPrefix(keys, full) || isPrefix(keys.map(reversed), full);
}

const isPrefix = (keys: readonly Key[], full: readonly (Key | undefined)[]) =>
  keys.every((key, position) => {
    const other = full[position];
    return other !== undefined && keySql(other) === keySql(key);
  });
