import type { ColumnRef, IndexElem } from "@pgsql/types";
import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { indexExpression } from "../sql/index-expression.ts";
import { conjunctsOf } from "../sql/level.ts";
import { parseExpression, parseStatements } from "../sql/parse.ts";
import { unquote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import type { Candidate } from "./candidate.ts";
import { conditionsIn } from "./conditions.ts";
import { ascending, expressionKey, type Key, startsWith } from "./key.ts";
import { directionOf } from "./sorted-by.ts";
import type { Place } from "./wishes.ts";

/** A B-tree that is there already. */
export interface Existing {
  readonly name: string;
  /** Undefined stands for a key that cannot be told in the words of a candidate. */
  readonly keys: readonly (Key | undefined)[];
  readonly include: readonly string[];
  readonly unique: boolean;
  /** As a candidate would say it; "unknown" where it cannot be told so. */
  readonly where: string | undefined;
}

/** Only those that are valid. */
export async function existingOf(table: Table): Promise<readonly Existing[]> {
  const usable = table.indexes.filter(({ method, valid }) => method === "btree" && valid);
  return Promise.all(
    usable.map(async (index) => ({
      name: index.name,
      unique: index.unique,
      include: index.include.map(unquote),
      keys: await keysOf(index, table),
      where: index.where === undefined ? undefined : predicateOf(index.where, table),
    })),
  );
}

/** The catalog prints a key without its direction; the definition has it. */
async function keysOf({ definition }: Index, table: Table): Promise<readonly (Key | undefined)[]> {
  const [statement] = await parseStatements(definition);
  const elements = statement && "IndexStmt" in statement.tree ? (statement.tree.IndexStmt.indexParams ?? []) : [];
  return elements.map((element) => ("IndexElem" in element ? keyOf(element.IndexElem, table) : undefined));
}

function keyOf({ name, expr, collation, opclass, ordering, nulls_ordering }: IndexElem, table: Table): Key | undefined {
  const text = expr && indexExpression(expr, (column) => table.columns.find((own) => own.name === columnIn(column)));
  const key = name === undefined ? text && expressionKey(text) : ascending(name);
  if (!key || collation) return undefined;
  return { ...key, ...directionOf(ordering, nulls_ordering), ...(opclass && { operators: namesIn(opclass).join(".") }) };
}

const columnIn = ({ fields }: ColumnRef) => namesIn(fields).at(-1) ?? "";

function predicateOf(where: string, table: Table): string {
  const resolve = (column: ColumnRef): Place => ({ relation: table, table, column: columnIn(column) });
  const source = { resolve, isOwn: () => true };
  const parts = conjunctsOf(parseExpression(where)).map((part) => conditionsIn(part, source).next().value?.condition.predicate);
  return parts.includes(undefined) ? "unknown" : parts.sort().join(" and ");
}

/** The index that leaves nothing for the candidate to do: it starts with the same keys and holds the same columns of the same rows, or its own few are unique already. */
export function servedBy({ method, keys, include, where }: Candidate, existing: readonly Existing[]): Existing | undefined {
  if (method !== "btree") return undefined;
  const holds = (index: Existing, column: string) => index.include.includes(column) || index.keys.some((key) => key?.column === column);
  return existing.find(
    (index) =>
      (index.where === where && startsWith(index.keys, keys) && include.every((column) => holds(index, column))) ||
      (where === undefined && index.unique && index.where === undefined && isUniqueStart(index, keys)),
  );
}

const isUniqueStart = (index: Existing, keys: readonly Key[]) => {
  const leading = keys.slice(0, index.keys.length).map(({ text }) => text);
  return index.keys.length <= keys.length && index.keys.every((key) => key !== undefined && leading.includes(key.text));
};
