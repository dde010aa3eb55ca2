import type { Table } from "../catalog/tables.ts";
import type { Facts } from "./column-facts.ts";
import type { Condition, Wish } from "./wishes.ts";

/** Predicates over columns that tell in which state a row is. */
export interface States {
  /** Whether every statement that compares the column of this condition with constants says the same. */
  isSteady(table: Table, condition: Condition): boolean;
}

export function statesIn(wishes: readonly Wish[], facts: Facts): States {
  const said = new Map<string, Set<string>>();
  for (const { table, conditions } of wishes) {
    for (const condition of conditions) {
      if (!isOnState(table, condition, facts)) continue;
      const id = idOf(table, condition);
      said.set(id, (said.get(id) ?? new Set()).add(condition.predicate ?? ""));
    }
  }
  return { isSteady: (table, condition) => isOnState(table, condition, facts) && said.get(idOf(table, condition))?.size === 1 };
}

const idOf = ({ schema, name }: Table, { key }: Condition) => JSON.stringify([schema, name, key.text]);

const comparing = new Set(["=", "<>"]);

function isOnState(table: Table, { key, operator, value, predicate }: Condition, facts: Facts): boolean {
  const isFixed = value === "constant" && predicate !== undefined && comparing.has(operator);
  return isFixed && key.column !== undefined && isState(table, key.column, facts);
}

/**
 * Words that people call the states by that a row passes through. Kinds of rows (`entity_type`, `queue`) are no states: statements
 * ask for one kind like for any other, and each would need an index of its own.
 */
const words = ["status", "state", "stage", "phase", "step", "flag", "statut", "etat", "estado", "stato", "zustand"];
const kinds = new Set([
  "type",
  "kind",
  "class",
  "category",
  "queue",
  "channel",
  "topic",
  "role",
  "plan",
  "lang",
  "locale",
  "country",
  "currency",
]);

const MOST_STATES = 20;
/** As many as a flag has that is no boolean. */
const FLAG = 2;

function isState(table: Table, column: string, facts: Facts): boolean {
  const fact = facts.column(table, column);
  const parts = column.toLowerCase().split(/[_\W]+|(?<=[a-z])(?=[A-Z])/);
  if (parts.some((part) => kinds.has(part))) return false;
  const distinct = fact?.seen?.distinct;
  const isNamed = parts.some((part) => words.some((word) => part.endsWith(word)));
  if (fact?.kind === "e") return true;
  return distinct !== undefined && distinct <= (isNamed ? MOST_STATES : FLAG);
}
