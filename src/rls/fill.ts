import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import type { Scratch } from "./act.ts";
import { attempts, type Cell, type Made, type Row, rowOf, VARIANTS, type World, worlds, writable } from "./worlds.ts";

/** An INSERT of these columns, or of all that may be written. */
export function insertSql(table: Table, row: Row, columns = writable(table)): string {
  const names = columns.map(({ name }) => quote(name)).join(", ");
  const values = columns.map(({ name, type }) => (row[name] === undefined ? "null" : `${literal(row[name])}::${type}`)).join(", ");
  return `insert into ${qualified(table)} (${names}) overriding system value values (${values})`;
}

/** Parents before those that point at them. */
function parentsFirst(tables: readonly Table[]): readonly Table[] {
  const done = new Set<Table>();
  const visit = (table: Table, below: readonly Table[]): void => {
    if (done.has(table) || below.includes(table)) return;
    for (const { references } of table.constraints) {
      const parent = tables.find(({ oid }) => oid === references);
      if (parent) visit(parent, [...below, table]);
    }
    done.add(table);
  };
  for (const table of tables) visit(table, []);
  return [...done];
}

export interface Filled {
  /** Tables with rows of both. */
  readonly tables: readonly Table[];
  readonly limits: readonly string[];
}

/** Puts rows of both users into every table, with neither triggers nor foreign keys: they point where they should. */
export async function fill(scratch: Scratch, made: Made): Promise<Filled> {
  await scratch.run([
    "set local session_replication_role = replica",
    ...made.tables.filter(({ kind }) => kind === "partitioned table").map(defaultPartition),
  ]);
  const filled: Table[] = [];
  const limits: string[] = [];
  for (const table of parentsFirst(made.tables)) {
    const refusals: string[] = [];
    const rows: Record<World, Row[]> = { a: [], b: [] };
    made.rows.set(table.oid, rows);
    for (const world of worlds)
      for (let variant = 0; variant < VARIANTS; variant++) {
        const found = await insertable(scratch, table, { world, variant }, made);
        if (found.row) rows[world].push(found.row);
        else refusals.push(found.refused ?? "");
      }
    if (rows.a.length > 0 && rows.b.length > 0) filled.push(table);
    else limits.push(`${qualified(table)}: no rows could be generated (${refusals[0]})`);
  }
  await scratch.run(["set local session_replication_role = origin"]);
  return { tables: filled, limits };
}

const defaultPartition = (table: Table) =>
  `create table ${quote(table.schema)}.${quote(`${table.name}_backend_db_mcp_default`)} partition of ${qualified(table)} default`;

async function insertable(
  scratch: Scratch,
  table: Table,
  cell: Omit<Cell, "attempt">,
  made: Made,
): Promise<{ row?: Row; refused?: string }> {
  let refused = "";
  for (const attempt of attempts) {
    const row = rowOf(table, { ...cell, attempt }, made);
    const [outcome] = await scratch.run([insertSql(table, row)]);
    if (!outcome?.refused) return { row };
    refused = outcome.refused.message;
  }
  return { refused };
}

export interface Fresh {
  readonly row: Row;
  /** Makes room for it: of what a user can have only once, the one that is there goes. */
  readonly clear: readonly string[];
}

/** A row that could be inserted if nothing but policies said no, without keeping it. */
export async function freshRow(scratch: Scratch, table: Table, world: World, made: Made): Promise<Fresh | undefined> {
  for (const attempt of attempts) {
    const row = rowOf(table, { world, variant: VARIANTS, attempt }, made);
    const clear = table.constraints.flatMap((constraint) => clearSql(table, constraint, row));
    const insert = [...clear, insertSql(table, row)].map((sql) => `${sql};`).join(" ");
    const [outcome] = await scratch.run([
      `do ${literal(`begin set local session_replication_role = replica; ${insert} raise exception using errcode = 'BDM00'; exception when sqlstate 'BDM00' then null; end`)}`,
    ]);
    if (!outcome?.refused) return { row, clear };
  }
  return undefined;
}

function clearSql(table: Table, { kind, columns }: Table["constraints"][number], row: Row): readonly string[] {
  if ((kind !== "primary key" && kind !== "unique") || columns.some((name) => row[name] === undefined)) return [];
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const same = columns.map((name) => `${quote(name)} = ${literal(row[name] ?? "")}::${types.get(name)}`);
  return [`delete from ${qualified(table)} where ${same.join(" and ")}`];
}
