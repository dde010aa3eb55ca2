import type { Node } from "@pgsql/types";
import type { Index } from "../catalog/indexes.ts";
import { shape } from "../sql/expression.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { directionOf } from "./sorted-by.ts";

/**
 * Which of these indexes serve nothing that a new one on the same table would not, and nothing but reads depends on. Expressions and
 * predicates that are written in another way than the catalog prints them are taken for others.
 */
export async function coveredBy(create: Statement, indexes: readonly Index[]): Promise<readonly Index[]> {
  const wider = heldIn(create);
  const covered: Index[] = [];
  for (const index of indexes) {
    if (!wider || index.unique || index.constraint || index.replicaIdentity || !index.valid) continue;
    const [statement] = await parseStatements(index.definition);
    const held = statement && heldIn(statement);
    if (held && covers(wider, held)) covered.push(index);
  }
  return covered;
}

interface Held {
  readonly method: string;
  readonly where: string;
  readonly keys: readonly { readonly what: string; readonly descending: boolean; readonly nullsFirst: boolean }[];
  readonly include: readonly string[];
}

function heldIn({ tree }: Statement): Held | undefined {
  if (!("IndexStmt" in tree)) return undefined;
  const { accessMethod = "btree", whereClause, indexParams = [], indexIncludingParams = [] } = tree.IndexStmt;
  return {
    method: accessMethod,
    where: shape(whereClause ?? null),
    keys: indexParams.flatMap(keyIn),
    include: indexIncludingParams.flatMap(keyIn).map(({ what }) => what),
  };
}

function keyIn(element: Node): Held["keys"] {
  if (!("IndexElem" in element)) return [];
  const { ordering, nulls_ordering, ...what } = element.IndexElem;
  return [{ what: shape(what), ...directionOf(ordering, nulls_ordering) }];
}

function covers(wider: Held, held: Held): boolean {
  if (wider.method !== held.method || wider.where !== held.where) return false;
  const isBtree = held.method === "btree";
  if (!isBtree && wider.keys.length !== held.keys.length) return false;
  const stored = new Set([...wider.keys.map(({ what }) => what), ...wider.include]);
  return (isStart(held, wider) || (isBtree && isStart(reversed(held), wider))) && held.include.every((column) => stored.has(column));
}

const isStart = ({ keys }: Held, wider: Held) => keys.every((key, place) => shape(key) === shape(wider.keys[place]));

/** A B-tree is read in both directions (https://www.postgresql.org/docs/current/indexes-ordering.html). */
const reversed = (held: Held): Held => ({
  ...held,
  keys: held.keys.map(({ what, descending, nullsFirst }) => ({ what, descending: !descending, nullsFirst: !nullsFirst })),
});
