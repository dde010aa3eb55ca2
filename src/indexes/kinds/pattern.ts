import type { Table } from "../../catalog/tables.ts";
import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import type { Key } from "../key.ts";
import { treeWish } from "../tree-keys.ts";
import type { Condition, Wish } from "../wishes.ts";

/** B-trees that sort by characters whatever the collation is, for what begins with a text (https://www.postgresql.org/docs/current/indexes-opclass.html). */
export function* pattern(wish: Wish, facts: Facts): Generator<Candidate> {
  const { firm } = treeWish(wish, facts);
  const keys = new Map(wish.conditions.filter(beginsWithText).map(({ key }) => [key.text, key]));
  for (const key of keys.values()) {
    const operators = operatorsFor(key, wish.table, facts);
    if (operators === undefined) continue;
    const own = { ...key, operators };
    yield candidateOf(wish.table, [own]);
    const others = firm.filter(({ text }) => text !== key.text).slice(0, 3);
    if (others.length > 0) yield candidateOf(wish.table, [...others, own]);
  }
}

function beginsWithText({ operator, constant, value }: Condition): boolean {
  if (operator === "^@") return true;
  if (operator === "~~") return constant === undefined ? value === "parameter" : /^[^%_]/.test(constant);
  return operator === "~" && /^\^[\w -]/.test(constant ?? "");
}

/** Undefined where the type's own order is that of the characters already, or it is no text. */
function operatorsFor({ column }: Key, table: Table, facts: Facts): string | undefined {
  if (column === undefined) return "text_pattern_ops";
  const { collation = "" } = table.columns.find(({ name }) => name === column) ?? {};
  if (/^(pg_catalog\.)?("C"|"POSIX"|ucs_basic|"C\.UTF-?8"|pg_c_utf8)$/.test(collation)) return undefined;
  const type = facts.column(table, column)?.type ?? "";
  return { text: "text_pattern_ops", varchar: "varchar_pattern_ops", bpchar: "bpchar_pattern_ops" }[type];
}
