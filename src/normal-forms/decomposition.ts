import type { Column } from "../catalog/columns.ts";
import type { ForeignKey, Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { keysOf } from "../rewrites/keys.ts";
import { nameOf, quote, raw, sql } from "../sql/quote.ts";
import type { Violation } from "./forms.ts";

/** SQL that gives what follows a place of its own, and SQL that takes it back. */
export interface Decomposition {
  readonly statements: readonly string[];
  readonly undo: readonly string[];
  /** Where the columns are afterwards, and by what they are joined. */
  readonly target: { readonly schema: string; readonly name: string };
  readonly joins: readonly { readonly here: string; readonly there: string }[];
  /** The table that was there already, to which the columns go. */
  readonly parent: Table | undefined;
}

/** Undefined where there is nothing to move: a constraint keeps the copies right, nothing but a name speaks for it, or others hold on to the columns. */
export function decompositionOf(
  violation: Violation,
  { foreignKeys, tables }: Pick<Schema, "foreignKeys" | "tables">,
): Decomposition | undefined {
  const { table, determinant, dependents, grade } = violation;
  if (grade === "declared" || grade === "possible" || isHeld(violation, foreignKeys)) return undefined;
  const columnsOf = (names: readonly string[]) => names.flatMap((name) => table.columns.find((column) => column.name === name) ?? []);
  const split: Split = { table, key: columnsOf(determinant), moved: columnsOf(dependents) };
  const reference = foreignKeys.find((foreignKey) => isByKey(foreignKey, table, determinant));
  if (!reference) return intoNew(split, tables);
  const isTaken = reference.references.columns.some(({ name }) => dependents.includes(name));
  return isTaken || reference.references.oid === table.oid ? undefined : intoParent(split, reference);
}

/** By a reference from elsewhere, or by the key of its partitions: such columns cannot be dropped. */
const isHeld = ({ table, dependents }: Violation, foreignKeys: Schema["foreignKeys"]) =>
  foreignKeys.some(
    ({ references, referenced }) => references.oid === table.oid && referenced.some(({ name }) => dependents.includes(name)),
  ) || dependents.some((name) => isNamedIn(table.partition.key ?? "", name));

/** As a whole word, quoted or not. */
export const isNamedIn = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\w$])${name.replaceAll(/[^\w]/g, "\\$&")}(?![\\w$])`).test(text);

interface Split {
  readonly table: Table;
  readonly key: readonly Column[];
  readonly moved: readonly Column[];
}

const isByKey = ({ table, columns, referenced, references }: ForeignKey, from: Table, determinant: readonly string[]) =>
  table.oid === from.oid &&
  columns.length === determinant.length &&
  columns.every(({ name }) => determinant.includes(name)) &&
  keysOf(references).some((key) => key.length === referenced.length && referenced.every(({ name }) => key.includes(name)));

/** The primary key of what is filled refuses rows that contradict the dependency. */
function intoNew(split: Split, tables: readonly Table[]): Decomposition | undefined {
  const { table, key, moved } = split;
  const keyNames = key.map(({ name }) => name);
  const name = `${table.name}_by_${keyNames.join("_")}`.slice(0, 55);
  if (tables.some((other) => other.schema === table.schema && other.name === name)) return undefined;
  const [here, there] = [nameOf(table.schema, table.name), nameOf(table.schema, name)];
  const constraint = `${name}_fkey`;
  const columns = [...key.map(typed), ...moved.map((column) => `${typed(column)}${column.notNull ? " not null" : ""}`)].join(", ");
  return {
    statements: [
      ...guards(split),
      sql`create table ${there} (${raw(columns)}, primary key (${keyNames}));`,
      filling(split, there.toString()),
      sql`alter table ${here} add constraint ${constraint} foreign key (${keyNames}) references ${there} (${keyNames});`,
      dropping(split),
    ],
    undo: [
      ...restoring(split, there.toString(), keyNames),
      sql`alter table ${here} drop constraint ${constraint};`,
      sql`drop table ${there};`,
    ],
    target: { schema: table.schema, name },
    joins: keyNames.map((each) => ({ here: each, there: each })),
    parent: undefined,
  };
}

/** To the rows that are referred to already. */
function intoParent(split: Split, { columns, referenced, references }: ForeignKey): Decomposition {
  const { table, key, moved } = split;
  const there = nameOf(references.schema, references.name);
  const between = nameOf(undefined, `${table.name}_determined`.slice(0, 63));
  const keyNames = key.map(({ name }) => name);
  const pairs = columns.map((column, place) => ({ here: column.name, there: referenced[place]?.name ?? "" }));
  const met = pairs.map((pair) => sql`${there}.${pair.there} = ${between}.${pair.here}`).join(" and ");
  const sets = moved.map(({ name }) => sql`${name} = ${between}.${name}`).join(", ");
  const thereNames = keyNames.map((name) => pairs.find((pair) => pair.here === name)?.there ?? name);
  return {
    statements: [
      ...guards(split),
      sql`create temporary table ${between} (${raw([...key, ...moved].map(typed).join(", "))}, primary key (${keyNames}));`,
      filling(split, between.toString()),
      sql`alter table ${there} ${raw(moved.map((column) => `add column ${typed(column)}`).join(", "))};`,
      sql`update ${there} set ${raw(sets)} from ${between} where ${raw(met)};`,
      dropping(split),
      sql`drop table ${between};`,
    ],
    undo: [
      ...restoring(split, there.toString(), thereNames),
      sql`alter table ${there} ${raw(moved.map(({ name }) => sql`drop column ${name}`).join(", "))};`,
    ],
    target: references,
    joins: pairs,
    parent: references,
  };
}

const typed = ({ name, type, collation }: Column) => `${quote(name)} ${type}${collation === undefined ? "" : ` collate ${collation}`}`;

/** Rows of which nothing is known that determines would lose what is moved: such rows are refused. The check goes with the columns. */
function guards({ table, key, moved }: Split): readonly string[] {
  const open = key.filter(({ notNull }) => !notNull);
  if (open.length === 0) return [];
  const known = open.map(({ name }) => sql`${name} is not null`).join(" and ");
  const nothing = moved.map(({ name }) => sql`${name} is null`).join(" and ");
  return [sql`alter table ${nameOf(table.schema, table.name)} add check ((${raw(known)}) or (${raw(nothing)}));`];
}

const filling = ({ table, key, moved }: Split, into: string) => {
  const names = [...key, ...moved].map(({ name }) => name);
  const known = key.filter(({ notNull }) => !notNull).map(({ name }) => sql`${name} is not null`);
  const where = known.length === 0 ? "" : ` where ${known.join(" and ")}`;
  return sql`insert into ${raw(into)} (${names}) select distinct ${names} from ${nameOf(table.schema, table.name)}${raw(where)};`;
};

const dropping = ({ table, moved }: Split) =>
  sql`alter table ${nameOf(table.schema, table.name)} ${raw(moved.map(({ name }) => sql`drop column ${name}`).join(", "))};`;

function restoring({ table, key, moved }: Split, from: string, there: readonly string[]): readonly string[] {
  const here = nameOf(table.schema, table.name);
  const added = moved.map((column) => `add column ${typed(column)}`).join(", ");
  const sets = moved.map(({ name }) => sql`${name} = ${raw(from)}.${name}`).join(", ");
  const met = key.map(({ name }, place) => sql`${here}.${name} = ${raw(from)}.${there[place] ?? name}`).join(" and ");
  const needed = moved.filter(({ notNull }) => notNull).map(({ name }) => sql`alter column ${name} set not null`);
  return [
    sql`alter table ${here} ${raw(added)};`,
    sql`update ${here} set ${raw(sets)} from ${raw(from)} where ${raw(met)};`,
    ...(needed.length > 0 ? [sql`alter table ${here} ${raw(needed.join(", "))};`] : []),
  ];
}

/** Counts what contradicts: 0 where the dependency holds. */
export function checkOf({ table, determinant, dependents }: Violation): string {
  const open = determinant.filter((name) => !table.columns.find((column) => column.name === name)?.notNull);
  const lost = open
    .map((name) => sql` or (${name} is null and ${raw(dependents.map((each) => sql`count(${each})`).join(" + "))} > 0)`)
    .join("");
  return sql`select count(*) from (select 1 from ${nameOf(table.schema, table.name)} group by ${determinant} having count(distinct row(${dependents})) > 1${raw(lost)}) contradicted;`;
}
