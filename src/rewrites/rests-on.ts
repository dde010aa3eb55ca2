import type { Table } from "../catalog/tables.ts";
import { type Query, readQuery } from "../sql/query.ts";
import { nameOf, quote } from "../sql/quote.ts";
import type { RelationRef } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";
import { patterns } from "./patterns.ts";
import type { Calls, Draft } from "./rewrite.ts";
import { tablesIn } from "./views.ts";

interface Asked {
  readonly draft: Draft;
  /** That it is of. */
  readonly pattern: string;
  readonly query: Query<Table>;
  readonly tables: readonly Table[];
  readonly calls: Calls;
}

/**
 * What the schema keeps and without which the pattern would not write this draft, or only with one more condition: keys by their
 * name, and columns that are NOT NULL. Each is left out in turn; of two that say the same, neither is named.
 */
export function restsOn({ draft, pattern, query, tables, calls }: Asked): readonly string[] {
  const written = patterns.find(({ name }) => name === pattern);
  if (!written) return [];
  const isHeld = (table: Table, without: Table) => {
    const all = tables.map((each) => (each === table ? without : each));
    const find = ({ schema, name }: RelationRef) => {
      const found = (tablesIn(query) ?? []).find((each) => each.name === name && (schema ?? each.schema) === each.schema);
      return found === table ? without : found;
    };
    return [...written.drafts(readQuery(query.statement, find), calls, all)].some((other) => promiseOf(other) === promiseOf(draft));
  };
  const named = new Set([...walk(query.statement.tree)].flatMap(({ kind, node }) => (kind === "String" ? (node.sval ?? []) : [])));
  return [...(tablesIn(query) ?? [])].flatMap((table) =>
    [...withoutKeys(table), ...withoutNotNull(table, named)].flatMap(({ name, without }) => (isHeld(table, without) ? [] : [name])),
  );
}

const promiseOf = ({ sql, holdsIf, assumes = [] }: Draft) => JSON.stringify([sql, holdsIf, assumes.map(({ column }) => column)]);

interface Less {
  readonly name: string;
  readonly without: Table;
}

const withoutKeys = (table: Table): readonly Less[] => {
  const { constraints, indexes } = table;
  const keys = [...indexes.filter(({ unique }) => unique), ...constraints.filter(({ foreignKey }) => foreignKey !== undefined)];
  return keys.map(({ name }) => ({
    name: quote(name),
    without: {
      ...table,
      constraints: constraints.filter((each) => each.name !== name),
      indexes: indexes.filter((each) => each.name !== name),
    },
  }));
};

/** Those of the primary key are its own. */
function withoutNotNull(table: Table, named: ReadonlySet<string>): readonly Less[] {
  const { columns, indexes } = table;
  const primary = new Set(indexes.filter((index) => index.primary).flatMap(({ keys }) => keys));
  return columns
    .filter(({ name, notNull }) => notNull && named.has(name) && !primary.has(quote(name)))
    .map(({ name }) => ({
      name: `${nameOf(table.schema, table.name)}.${quote(name)} NOT NULL`,
      without: { ...table, columns: columns.map((each) => (each.name === name ? { ...each, notNull: false } : each)) },
    }));
}
