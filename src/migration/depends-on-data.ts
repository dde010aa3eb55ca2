import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import {
  type AddedConstraint,
  type Alteration,
  addedColumnOf,
  addedConstraintsOf,
  alterationsOf,
  constraintsOf,
  nameOfRange,
} from "../sql/alterations.ts";
import type { Statement } from "../sql/parse.ts";
import { type Name, type Raw, raw, sql, unquote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import type { DependsOnData, Effect, Step } from "./step.ts";
import { afterWord, inParentheses } from "./words.ts";

/** What is known beside the statement, each part only where somebody knows it. */
export interface Circumstances {
  readonly statistics?: readonly ColumnStatistics[];
  /** Major version of the server that the script is for. */
  readonly postgres?: number | undefined;
}

interface Here extends Pick<Step, "table" | "isNew">, Circumstances {}

/** What rows of tables that were there before may forbid, with the query that finds them. */
export function dependsOnData(
  step: Pick<Step, "statement" | "table" | "isNew" | "effects">,
  known: Circumstances = {},
): readonly DependsOnData[] {
  const { statement, effects } = step;
  const here = { ...known, table: step.table, isNew: step.isNew };
  const all = [
    ...alterationsOf(statement).flatMap((alteration) => ofAlteration(alteration, here)),
    ...addedConstraintsOf(statement).flatMap((added) => ofConstraint(added, here)),
    ...ofUniqueIndex(statement, here),
  ];
  return all
    .filter(({ table }) => !here.isNew(table) && (effects === undefined || readsRows(effects, table)))
    .map(({ table: _, ...condition }) => condition);
}

/** Rows that Postgres does not look at forbid nothing. A partitioned table is read in its partitions. */
const readsRows = (effects: readonly Effect[], table: Name) =>
  effects.some(
    ({ relation, table: known, scans, rewrites, builds }) =>
      (scans || rewrites || builds.length > 0) && (relation.name === table.name || known?.partition.bound !== undefined),
  );

type Condition = DependsOnData & { readonly table: Name };

function ofAlteration(alteration: Alteration, here: Here): readonly Condition[] {
  const { table, command } = alteration;
  if (command.subtype === "AT_SetNotNull") return [notNull(table, command.name ?? "", here)];
  if (command.subtype === "AT_AddColumn") return ofNewColumn(alteration);
  if (command.subtype === "AT_ValidateConstraint") return ofValidation(alteration, here);
  return command.subtype === "AT_AlterColumnType" ? ofNewType(alteration, here) : [];
}

/** Types that take the text of any value. */
const takesAnything = /^(?:text|varchar|character varying)$/i;

function ofNewType({ table, command, text }: Alteration, here: Here): readonly Condition[] {
  const column = command.name ?? "";
  const type = afterWord(text, ["type"], ["using", "collate"]);
  if (type === undefined || takesAnything.test(type) || isWider(here.table(table), column, type)) return [];
  const value = raw(afterWord(text, ["using"], []) ?? sql`${column}`);
  const literalType = raw(`'${type.replaceAll("'", "''")}'`);
  const [, , length] = /^(varchar|character varying|char|character|bpchar)\s*\((\d+)\)$/i.exec(type) ?? [];
  const refuses =
    length !== undefined ? sql`length((${value})::text) > ${Number(length)}` : sql`not pg_input_is_valid((${value})::text, ${literalType})`;
  const canAsk = length !== undefined || (here.postgres ?? 16) >= 16;
  return [
    {
      table,
      condition: `every ${column} of ${table} can become ${type}`,
      check: canAsk
        ? sql`select ${column} from ${table} where ${raw(refuses)} limit 10;`
        : sql`select count((${value})::${raw(type)}) from ${table}; -- an error names the first value in the way`,
      verdict: "unknown",
    },
  ];
}

const numbers = ["smallint", "integer", "bigint", "numeric"];
const spellings: Readonly<Record<string, string>> = {
  int: "integer",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  decimal: "numeric",
};

function isWider(table: Table | undefined, column: string, type: string): boolean {
  const from = numbers.indexOf(table?.columns.find(({ name }) => name === column)?.type ?? "");
  const to = numbers.indexOf(spellings[type.toLowerCase()] ?? type.toLowerCase());
  return from >= 0 && to >= from;
}

function notNull(table: Name, column: string, here: Here): Condition {
  const known = statisticOf(here, table, column)?.null_frac;
  const declared = here.table(table)?.columns.some(({ name, notNull }) => name === column && notNull) ?? false;
  return {
    table,
    condition: `no row of ${table} has a NULL ${column}`,
    check: sql`select 1 from ${table} where ${column} is null limit 1;`,
    verdict: declared ? "holds" : known === undefined ? "unknown" : Number(known) === 0 ? "holds" : "fails",
  };
}

/** A column that is new has no value in any row, unless something fills it. */
function ofNewColumn(alteration: Alteration): readonly Condition[] {
  const column = addedColumnOf(alteration);
  const kinds = new Set(constraintsOf(column).map(({ contype }) => contype));
  const isFilled = fills.some((contype) => kinds.has(contype)) || isSerial(namesIn(column?.typeName?.names).at(-1));
  if (!(kinds.has("CONSTR_NOTNULL") || kinds.has("CONSTR_PRIMARY")) || isFilled) return [];
  const { table } = alteration;
  return [{ table, condition: `${table} has no row`, check: sql`select 1 from ${table} limit 1;`, verdict: "unknown" }];
}

const fills = ["CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"] as const;
const isSerial = (type: string | undefined) => /^(small|big)?serial[248]?$/.test(type ?? "");

function ofConstraint(added: AddedConstraint, here: Here): readonly Condition[] {
  const { table, constraint, column } = added;
  if (constraint.skip_validation) return [];
  const own = column?.colname === undefined ? [] : [column.colname];
  switch (constraint.contype) {
    case "CONSTR_UNIQUE":
    case "CONSTR_PRIMARY":
      return column || constraint.indexname !== undefined ? [] : ofKey(added, here);
    case "CONSTR_FOREIGN":
      return column && !isFilledWithValue(added) ? [] : foreignKey(added, own, here);
    case "CONSTR_CHECK": {
      const expression = column ? undefined : inParentheses(added.text, "check");
      return expression === undefined ? [] : [check(table, expression)];
    }
    case "CONSTR_NOTNULL":
      return column ? [] : namesIn(constraint.keys).map((key) => notNull(table, key, here));
    case "CONSTR_EXCLUSION":
      return [exclusion(added)];
    default:
      return [];
  }
}

function ofKey({ table, constraint }: AddedConstraint, here: Here): readonly Condition[] {
  const keys = namesIn(constraint.keys);
  const nulls = constraint.contype === "CONSTR_PRIMARY" ? keys.map((key) => notNull(table, key, here)) : [];
  return [unique(table, keys, here), ...nulls.filter(({ verdict }) => verdict !== "holds")];
}

const isFilledWithValue = ({ column }: AddedConstraint) => constraintsOf(column).some(({ contype }) => contype === "CONSTR_DEFAULT");

function unique(table: Name, columns: readonly string[], here: Here, where?: string): Condition {
  const filter = where === undefined ? raw("") : raw(` and (${where})`);
  const present = raw(columns.map((name) => sql`${name} is not null`).join(" and "));
  return {
    table,
    condition: `no two rows of ${table} have the same ${columns.join(", ")}${where === undefined ? "" : ` where ${where}`}`,
    check: sql`select ${columns}, count(*) from ${table} where ${present}${filter} group by ${columns} having count(*) > 1 limit 10;`,
    verdict: uniqueness(table, columns, here, where),
  };
}

function uniqueness(table: Name, columns: readonly string[], here: Here, where: string | undefined): DependsOnData["verdict"] {
  const distinct = columns.map((name) => statisticOf(here, table, name)?.n_distinct);
  if (distinct.includes("-1")) return "holds";
  const [only] = distinct;
  return only === undefined || columns.length > 1 || where !== undefined ? "unknown" : repeats(only, here.table(table));
}

/** Far fewer values than rows cannot all be different; -1 said that each was, and anything between is a guess of ANALYZE. */
function repeats(distinct: string, table: Table | undefined): DependsOnData["verdict"] {
  const number = Number(distinct);
  const share = number < 0 ? -number : table?.rows ? number / table.rows : 1;
  return share < 0.5 && number !== 0 ? "fails" : "unknown";
}

function ofUniqueIndex({ tree, text }: Statement, here: Here): readonly Condition[] {
  if (!("IndexStmt" in tree) || !tree.IndexStmt.unique || !tree.IndexStmt.relation) return [];
  const { relation, indexParams = [], whereClause } = tree.IndexStmt;
  const columns = indexParams.flatMap((param) => ("IndexElem" in param ? [param.IndexElem.name ?? ""] : []));
  const table = nameOfRange(relation);
  if (columns.includes("")) return [];
  const where = whereClause ? afterWord(text, ["where"], []) : undefined;
  return [unique(table, columns, here, where)];
}

/** What the constraint asks is in the catalog: nothing is told where that is not known. */
function ofValidation({ table, command }: Alteration, here: Here): readonly Condition[] {
  const known = here.table(table)?.constraints.find(({ name, validated }) => name === command.name && !validated);
  if (!known) return [];
  const [, expression] = /^CHECK \((.*)\)(?: NO INHERIT)? NOT VALID$/s.exec(known.definition) ?? [];
  if (expression !== undefined) return [check(table, expression)];
  const [, parent, referenced = ""] = /REFERENCES ((?:"(?:[^"]|"")*"|[^(])+)\((.*?)\)/.exec(known.definition) ?? [];
  return parent === undefined
    ? []
    : [orphans({ table, columns: known.columns, parent: raw(parent), referenced: referenced.split(", ").map(unquote) })];
}

function foreignKey({ table, constraint }: AddedConstraint, own: readonly string[], here: Here): readonly Condition[] {
  const parent = constraint.pktable ? nameOfRange(constraint.pktable) : undefined;
  if (!parent) return [];
  const columns = own.length > 0 ? own : namesIn(constraint.fk_attrs);
  const written = namesIn(constraint.pk_attrs);
  const referenced =
    written.length > 0 ? written : (here.table(parent)?.constraints.find(({ kind }) => kind === "primary key")?.columns ?? ["id"]);
  return [orphans({ table, columns, parent, referenced })];
}

interface Reference {
  readonly table: Name;
  readonly columns: readonly string[];
  readonly parent: Name | Raw;
  readonly referenced: readonly string[];
}

function orphans({ table, columns, parent, referenced }: Reference): Condition {
  const pairs = columns.map((column, at) => sql`p.${referenced[at] ?? ""} = c.${column}`).join(" and ");
  const present = columns.map((column) => sql`c.${column} is not null`).join(" and ");
  return {
    table,
    condition: `every ${columns.join(", ")} of ${table} is among the ${referenced.join(", ")} of ${sql`${parent}`}`,
    check: sql`select c.* from ${table} c where ${raw(present)} and not exists (select from ${parent} p where ${raw(pairs)}) limit 10;`,
    verdict: "unknown",
  };
}

const check = (table: Name, expression: string): Condition => ({
  table,
  condition: `every row of ${table} passes CHECK (${expression})`,
  check: sql`select * from ${table} where not (${raw(expression)}) limit 10;`,
  verdict: "unknown",
});

/** Which operators exclude whom is for Postgres to say: the query pairs rows of the same key. */
function exclusion({ table, constraint }: AddedConstraint): Condition {
  const pairs = (constraint.exclusions ?? []).flatMap((node) => {
    const [element, operators] = "List" in node ? (node.List.items ?? []) : [];
    const column = element && "IndexElem" in element ? element.IndexElem.name : undefined;
    const operator = operators && "List" in operators ? namesIn(operators.List.items).at(-1) : undefined;
    return column === undefined || operator === undefined ? [] : [sql`a.${column} ${raw(operator)} b.${column}`];
  });
  return {
    table,
    condition: `no two rows of ${table} exclude each other by ${constraint.conname ?? "the constraint"}`,
    check: sql`select a.*, b.* from ${table} a join ${table} b on a.ctid < b.ctid and ${raw(pairs.join(" and ") || "true")} limit 10;`,
    verdict: "unknown",
  };
}

function statisticOf({ table: tableOf, statistics = [] }: Here, name: Name, column: string): Readonly<Record<string, string>> | undefined {
  const table = tableOf(name);
  if (!table) return undefined;
  return statistics.find((known) => known.schema === table.schema && known.relation === table.name && known.column === column)?.values;
}
