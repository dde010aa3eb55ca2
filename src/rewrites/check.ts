import type { Column } from "../catalog/columns.ts";
import type { Table } from "../catalog/tables.ts";
import type { Query } from "../sql/query.ts";
import { literal, quote } from "../sql/quote.ts";
import { placeholdersOf } from "../sql/relations.ts";
import { qualified } from "../twin/definitions.ts";
import type { Session } from "../twin/twin.ts";
import { type Compared, compareAnswers, isCheap, SINK } from "./answers.ts";
import { readMet } from "./met.ts";
import type { Assumption, Draft } from "./rewrite.ts";
import { type FilledTable, filledWith } from "./rows.ts";
import { nthValue, type ValueType } from "./values.ts";
import { tablesIn, viewsOf } from "./views.ts";

/** Whether statements return the same rows. */
export interface Comparison {
  readonly query: Query<Table>;
  readonly searchPath: readonly string[];
  /** Of the schema that the scratch database holds. */
  readonly tables: readonly Table[];
  /** Written otherwise. */
  readonly rewritten: readonly Draft[];
  readonly dataSets: number;
}

/**
 * Runs a statement and what is to replace it on generated rows: for each of `rewritten`, what came of it, or undefined where rows
 * cannot be generated, or would take long. The scratch session holds the schema and no statistics, and its worker is its own. It
 * is left as it was but for its transaction, which is committed the first time, so that it serves for many statements.
 */
export async function compare(scratch: Session, comparison: Comparison): Promise<readonly (Compared | undefined)[]> {
  const { query, searchPath, tables } = comparison;
  const named = namedIn(query, comparison.rewritten);
  const views = await viewsOf(query, tables);
  if (!named || !views) return [];
  // Of a view what it reads.
  const all = new Set([...named, ...views.flatMap((view) => tablesIn(view) ?? [])]);
  const read = tables.filter((table) => all.has(table) && table.kind !== "view");
  if (read.length > MOST_TABLES) return [];
  await open(scratch, read, searchPath);
  try {
    return await compareIn(scratch, comparison, { named, tables: read });
  } finally {
    await scratch.execute("rollback");
  }
}

async function compareIn(
  scratch: Session,
  { query, searchPath, rewritten, dataSets }: Comparison,
  read: Pick<Fillable, "named" | "tables">,
): Promise<readonly (Compared | undefined)[]> {
  const types = await readTypes(scratch, read.tables);
  const own = await parametersOf(scratch, query);
  const found = new Map<Draft, Compared>();
  for (const alike of comparedAlike(rewritten)) {
    const [{ assumes = [], compared } = {}] = alike;
    const rows = await fillable(scratch, { ...read, query, types, assumes });
    const asked = {
      query,
      searchPath,
      rows: rows ?? [],
      dataSets,
      original: compared?.original ?? query.statement.text,
      parameters: [...own, ...(compared?.parameters ?? [])],
      rewritten: alike.map((draft) => draft.compared?.sql ?? draft.sql),
    };
    if (!rows || !(await isCheap(scratch, asked))) continue;
    const answers = await compareAnswers(scratch, asked);
    for (const [place, answer] of answers.entries()) if (alike[place]) found.set(alike[place], answer);
  }
  return rewritten.map((draft) => found.get(draft));
}

/** What assumes the same and stands for the same is run on the same rows. */
function comparedAlike(rewritten: Comparison["rewritten"]): readonly Comparison["rewritten"][] {
  const groups = new Map<string, Comparison["rewritten"]>();
  for (const each of rewritten) {
    const assumed = (each.assumes ?? []).map(({ table, column }) => `${table.oid} ${column}`);
    const key = JSON.stringify([assumed, each.compared?.original]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

/** Every table that is read by its name. */
function namedIn(query: Query<Table>, rewritten: Comparison["rewritten"]): readonly Table[] | undefined {
  const tables = tablesIn(query);
  if (!tables || tables.some(({ kind }) => kind === "foreign table")) return undefined;
  return [...new Set([...tables, ...rewritten.flatMap(({ reads = [] }) => reads)])];
}

/** A data set of more is mostly of empty joins. */
const MOST_TABLES = 20;

async function open(scratch: Session, tables: readonly Table[], searchPath: readonly string[]): Promise<void> {
  await scratch.commit();
  await scratch.execute("begin");
  await scratch.run([
    // Neither triggers nor foreign keys: what points nowhere is put right by statements of ours.
    "set local session_replication_role = replica",
    `create temp table ${SINK} (data_set int, statement int, rows bigint, answer text)`,
    `set local search_path = ${searchPath.map(quote).join(", ") || "pg_catalog"}`,
    ...tables
      .filter(({ kind }) => kind === "partitioned table")
      .map(
        (table) =>
          `create table ${quote(table.schema)}.${quote(`${table.name}_backend_db_mcp_default`)} partition of ${qualified(table)} default`,
      ),
  ]);
}

interface TypeRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly base: string;
  readonly element: string | null;
  readonly labels: string | null;
  readonly elementLabels: string | null;
}

/** Without those that stand in for a type that the twin has not: they read no value (`shell_in` in src/backend/utils/adt/pseudotypes.c). */
const typesSql = `
  with recursive stands_for (oid, base) as (
      select t.oid, t.oid from pg_catalog.pg_type t where t.typtype <> 'd'
    union all
      select t.oid, s.base from pg_catalog.pg_type t join stands_for s on s.oid = t.typbasetype where t.typtype = 'd'
  )
  select n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as "table", a.attname::pg_catalog.text as "column",
         b.typname::pg_catalog.text as base,
         e.typname::pg_catalog.text as element,
         (select pg_catalog.json_agg(l.enumlabel order by l.enumsortorder) from pg_catalog.pg_enum l where l.enumtypid = b.oid)::pg_catalog.text as labels,
         (select pg_catalog.json_agg(l.enumlabel order by l.enumsortorder) from pg_catalog.pg_enum l where l.enumtypid = e.oid)::pg_catalog.text as "elementLabels"
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join stands_for s on s.oid = a.atttypid
    join pg_catalog.pg_type b on b.oid = s.base
    join pg_catalog.pg_proc i on i.oid = b.typinput
    left join pg_catalog.pg_type e on e.oid = b.typelem and b.typcategory = 'A'
   where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm')
     and i.prosrc <> 'shell_in'
     and pg_catalog.format('%I.%I', n.nspname, c.relname) = any ($1::pg_catalog.text[])`;

export async function readTypes(
  scratch: Pick<Session, "read">,
  tables: readonly Table[],
): Promise<(table: Table, column: Column) => ValueType | undefined> {
  const names = tables.map((table) => `"${qualified(table).replaceAll(/["\\]/g, "\\$&")}"`);
  const rows = await scratch.read<TypeRow>(typesSql, [`{${names.join(",")}}`]);
  const listOf = (labels: string | null): readonly string[] => (labels === null ? [] : JSON.parse(labels));
  return ({ schema, name }, column) => {
    const row = rows.find((each) => each.schema === schema && each.table === name && each.column === column.name);
    if (!row) return undefined;
    const element =
      row.element === null ? undefined : { name: row.element, base: row.element, labels: listOf(row.elementLabels), element: undefined };
    return { name: column.type, base: row.base, labels: listOf(row.labels), element };
  };
}

interface Fillable {
  readonly query: Query<Table>;
  readonly named: readonly Table[];
  readonly tables: readonly Table[];
  readonly types: (table: Table, column: Column) => ValueType | undefined;
  readonly assumes: readonly Assumption[];
}

/** Only with values that the types read: a constant of one condition stands near columns of many. */
async function fillable(scratch: Session, { query, named, tables, types, assumes }: Fillable): Promise<readonly FilledTable[] | undefined> {
  const met = readMet(query, tables);
  const all = tables.map((table) =>
    filledWith(table, {
      typeOf: (column) => types(table, column),
      constantsOf: (column) => met.constantsOf(table, column.name),
      asksNull: (column) => met.asksNull(table, column.name),
      isNeverNull: ({ name }) => assumes.some((assumed) => assumed.table === table && assumed.column === name),
    }),
  );
  const known = all.flatMap((table) => table ?? []);
  if (named.some((table) => table.kind !== "view" && !known.some((each) => each.table === table))) return undefined;
  const cells = new Map<string, { value: string; type: string }>();
  for (const { columns } of known)
    for (const { column, near, others } of columns)
      for (const value of [...near.meets, ...near.misses, ...others]) cells.set(`${column.type} ${value}`, { value, type: column.type });
  const invalid = await scratch.read<{ value: string; type: string }>(
    `select c.value, c.type from pg_catalog.json_to_recordset($1::pg_catalog.json) c (value pg_catalog.text, type pg_catalog.text)
      where not pg_catalog.pg_input_is_valid(c.value, c.type)`,
    [JSON.stringify([...cells.values()])],
  );
  const bad = new Set(invalid.map(({ value, type }) => `${type} ${value}`));
  const fits = (column: Column) => (value: string) => !bad.has(`${column.type} ${value}`);
  return known.map(({ table, columns }) => ({
    table,
    columns: columns.map((each) => ({
      ...each,
      near: { meets: each.near.meets.filter(fits(each.column)), misses: each.near.misses.filter(fits(each.column)) },
      others: each.others.filter(fits(each.column)),
    })),
  }));
}

/** The values that each parameter takes in turn. */
async function parametersOf(scratch: Session, { statement }: Query<Table>): Promise<readonly (readonly string[])[]> {
  if (placeholdersOf(statement).length === 0) return [];
  // What an earlier one prepared outlives its transaction.
  await scratch.run(["deallocate all", `prepare backend_db_mcp_statement as ${statement.text}`]);
  const [row] = await scratch.read<{ types: string }>(
    `select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(t.typname, u.name::pg_catalog.text) order by u.place)::pg_catalog.text, '[]') as types
       from pg_catalog.pg_prepared_statements s
      cross join lateral pg_catalog.unnest(s.parameter_types) with ordinality u (name, place)
       join pg_catalog.pg_type t on t.oid = u.name
      where s.name = 'backend_db_mcp_statement'`,
  );
  const types: readonly (readonly [string, string])[] = JSON.parse(row?.types ?? "[]");
  return types.map(([base, name]) => {
    const element = base.startsWith("_") ? { name: base.slice(1), base: base.slice(1), labels: [], element: undefined } : undefined;
    return Array.from({ length: 5 }, (_, at) => nthValue({ name, base, labels: [], element }, at))
      .flatMap((value) => value ?? [])
      .map((value) => `(${literal(value)}::${name})`);
  });
}
