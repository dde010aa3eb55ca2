import type { Catalog } from "../catalog/catalog.ts";
import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { readTypes } from "../rewrites/check.ts";
import { dataSet, filledWith } from "../rewrites/rows.ts";
import { quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import { createObjects } from "../twin/objects.ts";
import type { Session } from "../twin/twin.ts";
import type { Decomposition } from "./decomposition.ts";
import type { Violation } from "./forms.ts";

/** Sets of generated rows on which it is tried; the first of `dataSet` have empty tables. */
const SETS = [4, 5, 6, 7, 8] as const;

export type Proof = { readonly sets: number } | { readonly refused: string };

type Subject = Pick<Schema, "settings" | "types" | "functions" | "extensions">;

/**
 * Runs the decomposition in the twin on generated rows in which the dependency holds: the join has the same rows as the table had, and so
 * has the table after the way back.
 */
export async function proved(scratch: Session, schema: Subject, violation: Violation, way: Decomposition): Promise<Proof> {
  const parent = way.parent && bare(way.parent);
  const table = bare(violation.table, parent);
  const tables = parent ? [parent, table] : [table];
  await createObjects(scratch, catalogOf(schema, tables));
  await scratch.run(["set local search_path = public"]);
  const types = await readTypes(scratch, tables);
  const filled = tables.map((each) =>
    filledWith(each, {
      typeOf: (column) => types(each, column),
      constantsOf: () => [],
      isNeverNull: ({ name }) => violation.determinant.includes(name),
      asksNull: () => false,
    }),
  );
  const known = filled.flatMap((each) => each ?? []);
  if (known.length < tables.length) return { refused: "no rows could be generated" };
  let sets = 0;
  for (const number of SETS) {
    const found = await once(scratch, { table, violation, way, rows: dataSet(known, number) });
    if (found.refused !== undefined) return { refused: found.refused };
    if (found.told) sets++;
  }
  return sets > 0 ? { sets } : { refused: "no generated rows had a value of what determines twice" };
}

interface Trial {
  readonly table: Table;
  readonly violation: Violation;
  readonly way: Decomposition;
  readonly rows: readonly string[];
}

const BEFORE = "pg_temp.backend_db_mcp_before";

async function once(scratch: Session, { table, violation, way, rows }: Trial): Promise<{ refused?: string; told?: boolean }> {
  const on = qualified(table);
  await scratch.run([...rows, forced(on, violation)]);
  const [counted] = await scratch.read<{ rows: number; groups: number; held: boolean }>(
    `select pg_catalog.count(*)::pg_catalog.int4 as rows,
            pg_catalog.count(distinct row(${quoted(violation.determinant)}))::pg_catalog.int4 as groups,
            not exists (select from ${on} group by ${quoted(violation.determinant)} having pg_catalog.count(distinct row(${quoted(violation.dependents)})) > 1) as held
       from ${on}`,
  );
  const told = counted?.held === true && counted.groups > 1 && counted.rows > counted.groups;
  const refused = told ? await runBoth(scratch, { table, violation, way }) : undefined;
  return refused === undefined ? { told } : { refused };
}

async function runBoth(scratch: Session, { table, violation, way }: Omit<Trial, "rows">): Promise<string | undefined> {
  const on = qualified(table);
  const names = table.columns.map(({ name }) => name);
  const to = qualified(way.target);
  const met = way.joins.map(({ here, there }) => `h.${quote(here)} = t.${quote(there)}`).join(" and ");
  const joined = names.map((name) => `${violation.dependents.includes(name) ? "t" : "h"}.${quote(name)}::text`).join(", ");
  const there = await refusedBy(scratch, [
    "drop table if exists pg_temp.backend_db_mcp_before",
    `create temporary table backend_db_mcp_before as select * from ${on}`,
    ...way.statements,
  ]);
  if (there !== undefined) return there;
  if (await differs(scratch, names, `select ${joined} from ${on} h left join ${to} t on ${met}`)) return "the join has other rows";
  const back = await refusedBy(scratch, way.undo);
  if (back !== undefined) return back;
  const texts = names.map((name) => `${quote(name)}::text`).join(", ");
  return (await differs(scratch, names, `select ${texts} from ${on}`)) ? "the way back has other rows" : undefined;
}

async function refusedBy(scratch: Session, statements: readonly string[]): Promise<string | undefined> {
  const outcomes = await scratch.run(statements.map((statement) => statement.replace(/;$/, "")));
  return outcomes.find(({ refused }) => refused !== undefined)?.refused?.message;
}

async function differs(scratch: Session, names: readonly string[], after: string): Promise<boolean> {
  const before = `select ${names.map((name) => `${quote(name)}::text`).join(", ")} from ${BEFORE}`;
  const [row] = await scratch.read<{ differ: boolean }>(
    `select exists ((${before} except all ${after}) union all (${after} except all ${before})) as differ`,
  );
  return row?.differ ?? true;
}

/** Rows in which what determines is alike get the dependent values of one of them. */
function forced(on: string, { determinant, dependents }: Violation): string {
  const alike = determinant.map((name) => `one.${quote(name)} = h.${quote(name)}`).join(" and ");
  const sets = dependents.map((name) => `${quote(name)} = one.${quote(name)}`).join(", ");
  return `update ${on} h set ${sets} from (select distinct on (${quoted(determinant)}) * from ${on} order by ${quoted(determinant)}) one where ${alike}`;
}

const quoted = (names: readonly string[]) => names.map(quote).join(", ");

/** The table alone: its columns and keys, and the one reference by which columns move. */
const bare = (table: Table, parent?: Table): Table => ({
  ...table,
  kind: "table",
  parents: [],
  children: 0,
  partition: { key: undefined, bound: undefined },
  options: [],
  rules: [],
  rowSecurity: false,
  forcesRowSecurity: false,
  indexes: table.indexes.filter(({ constraint }) => constraint),
  constraints: table.constraints.filter(
    ({ kind, references }) =>
      kind === "primary key" || kind === "unique" || (parent && kind === "foreign key" && references === parent.oid),
  ),
});

const catalogOf = (schema: Subject, tables: readonly Table[]): Catalog => ({
  ...schema,
  functions: schema.functions.filter(({ kind }) => kind !== "window function"),
  tables,
  baseTypes: [],
  collations: [],
  aggregates: [],
  operators: [],
  casts: [],
  rewrites: [],
  plannerSigns: { banner: "", prefixes: [], aurora: false },
  statistics: [],
  extended: [],
  extendedValues: [],
  access: [],
});
