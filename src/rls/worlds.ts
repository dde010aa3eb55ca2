import type { Column } from "../catalog/columns.ts";
import type { Table } from "../catalog/tables.ts";
import { nthValue, type ValueType } from "../rewrites/values.ts";
import { columnKey, type Identity } from "./identity.ts";

/** Whose rows: each user with a tenant of their own, and no row of one points at a row of the other. */
export type World = "a" | "b";
export const worlds: readonly World[] = ["a", "b"];

/** Rows of each table and user. A last one more is made for inserts. */
export const VARIANTS = 6;

/** How bold a row is: the first carries its mark wherever it can, the last only where it has to. */
export const attempts = ["marked", "asked", "plain"] as const;
type Attempt = (typeof attempts)[number];

export interface Cell {
  readonly world: World;
  readonly variant: number;
  readonly attempt: Attempt;
}

/** By column; undefined is NULL. */
export type Row = Readonly<Record<string, string | undefined>>;

export interface Made {
  readonly types: (table: Table, column: Column) => ValueType | undefined;
  readonly identity: Identity;
  readonly tables: readonly Table[];
  /** Those that are there, of each table by its oid. */
  readonly rows: Map<number, Record<World, Row[]>>;
}

/** Texts, numbers and keys tell by themselves whose they are. */
export const markOf: Readonly<Record<World, RegExp>> = {
  a: /aaaaaaaa-0000-4000-8000-|zza\d|\b1\d{8}\b|backend_db_mcp_a\b/,
  b: /bbbbbbbb-0000-4000-8000-|zzb\d|\b2\d{8}\b|backend_db_mcp_b\b/,
};

export const actingRole = (world: World) => `backend_db_mcp_${world}`;

const uuidOf = (world: World, number: number) => `${world.repeat(8)}-0000-4000-8000-${String(number).padStart(12, "0")}`;
const numberOf = (world: World, number: number) => String((world === "a" ? 100_000_000 : 200_000_000) + number);

const integers = new Set(["int4", "int8", "oid"]);
const texts = new Set(["text", "varchar", "citext", "bpchar", "name"]);

/** What a user is called where a class of columns means the user or the tenant. Its columns decide how it is written. */
export function identityValue(
  klass: string,
  world: World,
  { identity, tables, types }: Pick<Made, "identity" | "tables" | "types">,
): string {
  if ((identity.asking.get(klass) ?? []).includes("role")) return actingRole(world);
  const bases = tables.flatMap((table) =>
    table.columns
      .filter((column) => identity.classOf(columnKey(table, column.name)) === klass)
      .map((column) => types(table, column)?.base ?? ""),
  );
  const number = 1 + [...identity.asking.keys()].indexOf(klass);
  if (bases.some((base) => base.includes("int") || base === "numeric"))
    return bases.includes("int2") ? (world === "a" ? "101" : "102") : numberOf(world, 90_000_000 + number);
  return uuidOf(world, number);
}

export const isAsking = (table: Table, column: string, { identity }: Pick<Made, "identity">): boolean =>
  identity.asking.has(identity.classOf(columnKey(table, column)));

/** One row, pointing at rows of the same world. */
export function rowOf(table: Table, cell: Cell, made: Made): Row {
  const row: Row = Object.fromEntries(writable(table).map((column) => [column.name, cellOf(table, column, cell, made)]));
  return table.constraints.reduce((before, constraint) => pointed(before, constraint, { table, cell, made }), row);
}

function pointed(row: Row, constraint: Table["constraints"][number], { table, cell, made }: { table: Table; cell: Cell; made: Made }): Row {
  const { columns, foreignKey, references } = constraint;
  if (!foreignKey || columns.every((name) => isAsking(table, name, made))) return row;
  const isOwn = references === table.oid;
  const parents = isOwn ? [row] : (made.rows.get(references ?? 0)?.[cell.world] ?? []);
  const parent = parents[cell.variant % Math.max(1, parents.length)];
  const isFree = columns.some((name) => table.columns.some((column) => column.name === name && !column.notNull));
  if (isFree && (isOwn || !parent)) return { ...row, ...Object.fromEntries(columns.map((name) => [name, undefined])) };
  if (!parent) return row;
  return { ...row, ...Object.fromEntries(columns.map((name, place) => [name, parent[foreignKey.referencedColumns[place] ?? ""]])) };
}

export const writable = ({ columns }: Table): readonly Column[] => columns.filter(({ generated }) => generated === undefined);

function cellOf(table: Table, column: Column, { world, variant, attempt }: Cell, made: Made): string | undefined {
  const type = made.types(table, column);
  if (!type) return undefined;
  const key = columnKey(table, column.name);
  const { identity } = made;
  if (isAsking(table, column.name, made)) return asElement(identityValue(identity.classOf(key), world, made), type);
  const inside = identity.inside.get(key);
  const number = ordinalOf(table, column, made) + (isUnique(table, column) ? variant : variant % VARIANTS);
  if (inside) return insideOf(identityValue(identity.classOf(inside.source), world, made), { ...inside, type, number });
  if (type.base === "bool") return String(((variant >> bitOf(table, column)) & 1) === 0);
  const constants = isUnique(table, column) ? [] : (identity.constants.get(key) ?? []);
  // In turn, and then something else.
  const constant = constants[variant % (constants.length + (attempt === "marked" ? 1 : 0) || 1)];
  if (constant !== undefined) return constant;
  return marked(type, { world, number, isPlain: attempt === "plain" && !isUnique(table, column), variant });
}

/** Columns that policies compare with each other have the same values, as those that foreign keys tie together. */
function ordinalOf(table: Table, column: Column, { identity, tables }: Made): number {
  const klass = identity.classOf(columnKey(table, column.name));
  const isOfClass = (of: Table) => (other: Column) => identity.classOf(columnKey(of, other.name)) === klass;
  const first = tables.find((each) => each.columns.some(isOfClass(each))) ?? table;
  return (tables.indexOf(first) + 1) * 10_000 + first.columns.findIndex(isOfClass(first)) * 100;
}

/** Booleans of a table take turns, so that each is seen with each. */
const bitOf = (table: Table, column: Column) => table.columns.filter(({ type }) => type === "boolean").indexOf(column) % 2;

const asElement = (value: string, { element }: ValueType) => (element ? `{${value}}` : value);

function insideOf(value: string, { within, type, number }: { within: string; type: ValueType; number: number }): string {
  if (within === "/") return `${value}/file-${number}`;
  return type.base.startsWith("json") ? JSON.stringify({ [within]: value }) : value;
}

const isUnique = (table: Table, { name }: Column) =>
  table.constraints.some(
    ({ kind, columns }) => (kind === "primary key" || kind === "unique") && columns.length === 1 && columns[0] === name,
  );

function marked(
  type: ValueType,
  { world, number, isPlain, variant }: { world: World; number: number; isPlain: boolean; variant: number },
): string | undefined {
  if (isPlain || type.labels.length > 0) return nthValue(type, variant % 3);
  if (type.base === "uuid") return uuidOf(world, number);
  if (integers.has(type.base)) return numberOf(world, number);
  if (type.base === "numeric" && !type.name.includes("(")) return numberOf(world, number);
  const width = Number(/\((\d+)\)/.exec(type.name)?.[1] ?? 100);
  const text = `zz${world}${number}`;
  if (texts.has(type.base) && width >= text.length) return text;
  return nthValue(type, (world === "a" ? 0 : VARIANTS + 1) + variant);
}
