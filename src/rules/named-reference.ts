import type { Column } from "../catalog/columns.ts";
import type { Table } from "../catalog/tables.ts";

/** Tables by schema and name, as names of columns lead to them. */
export type ByName = ReadonlyMap<string, Table>;

export const byNameOf = (tables: readonly Table[]): ByName =>
  new Map(tables.map((table) => [`${table.schema}.${table.name.toLowerCase()}`, table]));

export interface Named {
  readonly parent: Table;
  /** Its primary key, of one column. */
  readonly key: Column;
}

/** What a column refers to by its name and type: `customer_id` to `customer` or `customers`, `category_id` to `categories`. */
export function namedParent({ name, type }: Column, table: Table, byName: ByName): Named | undefined {
  const word = wordOf(name)?.toLowerCase();
  if (word === undefined || isPolymorphic(name, table)) return undefined;
  const parent = numbersOf(word)
    .map((each) => byName.get(`${table.schema}.${each}`))
    .find((found) => found !== undefined);
  const key = parent && keyOf(parent);
  return parent && key && parent.oid !== table.oid && key.type === type ? { parent, key } : undefined;
}

/** Whether a column may mean a table by the last word of either name: `cancelled_order_id` and `orders`, `batch_id` and `job_batches`. */
export function namesKindOf({ name, type }: Column, table: Table, byName: ByName): boolean {
  const word = lastWord(wordOf(name) ?? "");
  if (word === "" || isPolymorphic(name, table)) return false;
  const isOfKind = ({ name }: Table) => {
    const last = lastWord(name);
    // The last of several words as one may be anything: configs_github are no githubs.
    return numbersOf(word).includes(last) && (last !== word || last === name.toLowerCase());
  };
  return [...byName.values()].some(
    (other) => other.schema === table.schema && other.oid !== table.oid && isOfKind(other) && keyOf(other)?.type === type,
  );
}

const wordOf = (name: string) => /^(.*[a-z0-9])(?:_id|Id)$/.exec(name)?.[1];

const lastWord = (name: string) => /[A-Z]?[a-z0-9]+$/.exec(name)?.[0].toLowerCase() ?? "";

/** As one and as many. */
const numbersOf = (word: string): readonly string[] => [word, `${word}s`, `${word}es`, word.replace(/y$/, "ies")];

/** `subject_id` beside `subject_type` points at rows of several tables. */
export function isPolymorphic(name: string, { columns }: Pick<Table, "columns">): boolean {
  const kind = name.replace(/(_id|Id)$/, "");
  return columns.some((other) => other.name === `${kind}_type` || other.name === `${kind}Type`);
}

function keyOf({ columns, constraints }: Table): Column | undefined {
  const key = constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  return key.length === 1 ? columns.find(({ name }) => name === key[0]) : undefined;
}
