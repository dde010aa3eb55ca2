import type { Constraint, ForeignKeyAction } from "../catalog/constraints.ts";
import type { Table } from "../catalog/tables.ts";
import { type Name, nameOf, sql, unquote } from "../sql/quote.ts";
import { rowsIn } from "./rows.ts";
import { type Firing, firedBy, type ReadTrigger } from "./triggers.ts";
import type { Change } from "./write.ts";

/** A foreign key that Postgres looks at for each row that is deleted, or whose key is updated. */
export interface KeyReach {
  readonly name: string;
  /** That refers, and to what. */
  readonly table: Name;
  readonly references: Name;
  readonly columns: readonly string[];
  /** What becomes of the rows that refer; NO ACTION and RESTRICT refuse the change where there are any. */
  readonly action: ForeignKeyAction;
  /** That refer to the rows reached, on an even spread. Of a key that only refuses, none are reached. */
  readonly rows: number | undefined;
  readonly tableRows: number | undefined;
  /** That finds the rows; without one each look-up reads the whole table. */
  readonly index: string | undefined;
  readonly triggers: readonly Firing[];
  /** 0: it refers to the table that the statement names. */
  readonly depth: number;
}

export interface Around {
  /** The table that is written, and those that refer to it, as far as keys carry a change on. */
  readonly tables: readonly Table[];
  readonly triggers: readonly ReadTrigger[];
  /** Share of NULL in a column; undefined where nobody knows. */
  nulls(table: Table, column: string): number | undefined;
}

interface Reached {
  readonly table: Table;
  readonly changes: readonly Change[];
  /** Undefined where nobody knows. */
  readonly rows: number | undefined;
}

/** Each key before those that its own rows are referred to by; a table that comes round again is not followed again. */
export function keysInto(start: Reached, around: Around): readonly KeyReach[] {
  return into(start, around, [start.table.oid]);
}

function into({ table, changes, rows }: Reached, around: Around, path: readonly number[]): readonly KeyReach[] {
  const whole = rowsIn(table, around.tables);
  return keysTo(table, around.tables).flatMap(({ constraint, from }) => {
    const answer = answerTo(changes, constraint);
    if (answer === undefined) return [];
    const { action, carried } = answer;
    const tableRows = rowsIn(from, around.tables);
    const nulls = constraint.columns.length === 1 ? around.nulls(from, constraint.columns[0] ?? "") : 0;
    const reached = carried ? spread({ rows, whole, tableRows, nulls }) : undefined;
    const key: KeyReach = {
      name: constraint.name,
      table: nameOf(from.schema, from.name),
      references: nameOf(table.schema, table.name),
      columns: constraint.columns,
      action,
      rows: reached,
      tableRows,
      index: indexOf(from, constraint.columns),
      triggers: carried ? firedBy(from, [carried], around) : [],
      depth: path.length - 1,
    };
    if (!carried || path.includes(from.oid)) return [key];
    return [key, ...into({ table: from, changes: [carried], rows: reached }, around, [...path, from.oid])];
  });
}

function keysTo(table: Table, tables: readonly Table[]) {
  const keys = tables.flatMap((from) =>
    from.constraints
      .filter(({ kind, references, enforced }) => kind === "foreign key" && enforced && references === table.oid)
      .map((constraint) => ({ constraint, from })),
  );
  // A partition has the key of its parent again.
  const referring = new Set(keys.map(({ from }) => from.oid));
  return keys.filter(({ from, constraint }) => !(constraint.inherited && from.parents.some(({ oid }) => referring.has(oid))));
}

interface Answer {
  readonly action: ForeignKeyAction;
  /** What happens to the rows that refer, if anything. */
  readonly carried: Change | undefined;
}

/** What the key does about these changes; undefined where they are none of its business. */
function answerTo(changes: readonly Change[], { columns, foreignKey }: Constraint): Answer | undefined {
  const { onDelete, onUpdate, referencedColumns = [] } = foreignKey ?? {};
  const refuses = (action: ForeignKeyAction | undefined) => action === "no action" || action === "restrict";
  if (onDelete && changes.some(({ kind }) => kind === "delete")) {
    if (refuses(onDelete)) return { action: onDelete, carried: undefined };
    return { action: onDelete, carried: onDelete === "cascade" ? { kind: "delete", columns: [] } : { kind: "update", columns } };
  }
  const isKeySet = changes.some(({ kind, columns: set }) => kind === "update" && set.some((column) => referencedColumns.includes(column)));
  if (!onUpdate || !isKeySet) return undefined;
  return { action: onUpdate, carried: refuses(onUpdate) ? undefined : { kind: "update", columns } };
}

interface Spread {
  readonly rows: number | undefined;
  /** Rows of the table that is referred to. */
  readonly whole: number | undefined;
  readonly tableRows: number | undefined;
  readonly nulls: number | undefined;
}

/** As many rows refer to each as to any other. */
function spread({ rows, whole, tableRows, nulls }: Spread): number | undefined {
  if (rows === undefined || whole === undefined || tableRows === undefined || nulls === undefined) return undefined;
  return whole === 0 ? 0 : Math.round(tableRows * (1 - nulls) * Math.min(1, rows / whole));
}

const methods = ["btree", "hash", "gist"];

/** Its first keys are these columns in whatever order, and at most rows with NULL in them are left out. */
function indexOf({ indexes }: Table, columns: readonly string[]): string | undefined {
  const found = indexes.find(({ keys, method, valid, where }) => {
    const start = keys.slice(0, columns.length).map(unquote);
    const isWhole = where === undefined || columns.some((column) => where === sql`${column} IS NOT NULL`);
    return valid && isWhole && methods.includes(method) && columns.every((column) => start.includes(column));
  });
  return found?.name;
}
