import type { Column } from "../catalog/columns.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import type { Act, Scratch } from "./act.ts";
import type { Actor } from "./actors.ts";
import { type Fresh, freshRow, insertSql } from "./fill.ts";
import { isAsking, type Made, type Row, type World, writable } from "./worlds.ts";

/** What is done with rows. */
export type Verb = "read" | "insert" | "update" | "delete";

/** A statement on a table, and what it would have to do to the rows of whom to have reached them. */
export interface TableAct extends Act {
  readonly verb: Verb;
  /** "update without WHERE", "insert as B". */
  readonly what: string;
  /** `all`: own rows too. */
  readonly whose: World | "all";
}

/** "SELECT bookings.note": what a role may do with a column by its privileges. */
export type Rights = ReadonlySet<string>;

export async function rightsOf(scratch: Scratch, role: string, tables: readonly Table[]): Promise<Rights> {
  const rows = await scratch.read<{ right: string }>(
    `select pg_catalog.concat_ws(' ', p.kind, pg_catalog.format('%I.%I', n.nspname, c.relname), a.attname) as right
       from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      cross join (values ('SELECT'), ('INSERT'), ('UPDATE')) p (kind)
      where pg_catalog.format('%I.%I', n.nspname, c.relname) = any ($2::pg_catalog.text[]) and pg_catalog.has_column_privilege($1, c.oid, a.attnum, p.kind)`,
    [role, `{${tables.map((table) => `"${qualified(table).replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`],
  );
  return new Set(rows.map(({ right }) => right));
}

const may = (rights: Rights, kind: string, table: Table) => (column: Column) => rights.has(`${kind} ${qualified(table)} ${column.name}`);

const other = (world: World | undefined): World => (world === "a" ? "b" : "a");

/** Everything that somebody may try with a table. */
export async function actsOn(
  scratch: Scratch,
  table: Table,
  { actor, rights, made }: { actor: Actor; rights: Rights; made: Made },
): Promise<readonly TableAct[]> {
  const { world } = actor;
  const target = other(world);
  const on = qualified(table);
  const shown = table.columns.filter(may(rights, "SELECT", table)).map(({ name }) => quote(name));
  const rowsOf = (whose: World) => made.rows.get(table.oid)?.[whose] ?? [];
  const [mine, theirs] = [world && whereOf(table, rowsOf(world)), whereOf(table, rowsOf(target))];
  const set = settable(table, world ?? target, { isAllowed: may(rights, "UPDATE", table), made });
  const take = world && takingOf(table, world, { isAllowed: may(rights, "UPDATE", table), made });
  const acts: readonly Told[] = [
    { verb: "update", what: "update", whose: world, start: set && `update ${on} set ${set}`, where: mine },
    { verb: "update", what: "update", whose: target, start: set && `update ${on} set ${set}`, where: theirs },
    { verb: "update", what: "update without WHERE", whose: "all", start: set && `update ${on} set ${set}`, where: "" },
    { verb: "update", what: "take over", whose: target, start: take && `update ${on} set ${take}`, where: theirs },
    { verb: "update", what: "take over without WHERE", whose: target, start: take && `update ${on} set ${take}`, where: "" },
    ...givings(table, { world, target, made }).map(({ what, start }) => ({
      verb: "update" as const,
      what,
      whose: target,
      start,
      where: mine,
    })),
    { verb: "delete", what: "delete", whose: world, start: `delete from ${on}`, where: mine },
    { verb: "delete", what: "delete", whose: target, start: `delete from ${on}`, where: theirs },
    { verb: "delete", what: "delete without WHERE", whose: "all", start: `delete from ${on}`, where: "" },
  ];
  return [
    {
      verb: "read",
      what: "read",
      sql: `select ${shown.join(", ") || "*"} from ${on}`,
      whose: "all",
      prepare: [],
      reads: true,
      watched: [],
    },
    ...(await insertsOf(scratch, table, { actor, rights, made })),
    ...acts.flatMap((act) => asAct(act, table)),
  ];
}

/** Without a start or a WHERE it cannot be written. */
interface Told extends Pick<TableAct, "verb" | "what"> {
  readonly whose: TableAct["whose"] | undefined;
  readonly start: string | undefined;
  readonly where: string | undefined;
}

const asAct = ({ verb, what, whose, start, where }: Told, table: Table): readonly TableAct[] =>
  whose === undefined || start === undefined || where === undefined
    ? []
    : [{ verb, what, whose, sql: start + where, prepare: [], reads: false, watched: [table] }];

/** All that says whose a row is, set to one's own. */
function takingOf(
  table: Table,
  world: World,
  { isAllowed, made }: { isAllowed: (column: Column) => boolean; made: Made },
): string | undefined {
  const [row] = made.rows.get(table.oid)?.[world] ?? [];
  const marks = row ? markable(table, made).filter((column) => isAllowed(column) && row[column.name] !== undefined) : [];
  return marks.length === 0
    ? undefined
    : marks.map(({ name, type }) => `${quote(name)} = ${literal(row?.[name] ?? "")}::${type}`).join(", ");
}

/** Columns that say whose a row is, and that more than one row may have alike. */
const markable = (table: Table, made: Made): readonly Column[] =>
  writable(table).filter(({ name, identity }) => identity !== "always" && isAsking(table, name, made) && !isUnique(table, name));

const isUnique = (table: Table, name: string) =>
  table.constraints.some(
    ({ kind, columns }) => (kind === "primary key" || kind === "unique") && columns.length === 1 && columns[0] === name,
  ) || table.indexes.some(({ unique, keys }) => unique && keys.join() === quote(name));

/** By a column that no two users have alike. */
function whereOf(table: Table, rows: readonly Row[]): string | undefined {
  const primary = table.constraints.find(({ kind, columns }) => kind === "primary key" && columns.length === 1)?.columns[0];
  const column =
    table.columns.find(({ name }) => name === primary) ?? writable(table).find(({ name }) => rows.every((row) => row[name] !== undefined));
  const values = column ? [...new Set(rows.flatMap((row) => row[column.name] ?? []))] : [];
  return column && values.length > 0
    ? ` where ${quote(column.name)} in (${values.map((value) => `${literal(value)}::${column.type}`).join(", ")})`
    : undefined;
}

/** A value that the column has already in a row of one's own, so that no constraint minds; what is a key stays. */
function settable(
  table: Table,
  world: World,
  { isAllowed, made }: { isAllowed: (column: Column) => boolean; made: Made },
): string | undefined {
  const keys = new Set(table.constraints.filter(({ kind }) => kind !== "check").flatMap(({ columns }) => columns));
  const unique = new Set(table.indexes.filter(({ unique }) => unique).flatMap(({ keys }) => keys));
  const rows = made.rows.get(table.oid)?.[world] ?? [];
  const free = writable(table).filter(
    ({ name, identity }) => identity !== "always" && !keys.has(name) && !unique.has(quote(name)) && !isAsking(table, name, made),
  );
  const column =
    free.find(isAllowed) ?? writable(table).find((each) => isAllowed(each) && !free.includes(each) && each.identity !== "always");
  if (!column) return undefined;
  const value = rows.find((row) => row[column.name] !== undefined)?.[column.name];
  return `${quote(column.name)} = ${value === undefined ? "null" : `${literal(value)}::${column.type}`}`;
}

/** Own rows that become another's. */
function givings(
  table: Table,
  { world, target, made }: { world: World | undefined; target: World; made: Made },
): readonly { what: string; start: string }[] {
  const [row] = made.rows.get(table.oid)?.[target] ?? [];
  if (world === undefined || !row) return [];
  return markable(table, made).flatMap(({ name, type }) => {
    const value = row[name];
    if (value === undefined) return [];
    return [{ what: `give own rows away by ${name}`, start: `update ${qualified(table)} set ${quote(name)} = ${literal(value)}::${type}` }];
  });
}

/** A row of one's own, one of the other's, and one's own with one mark of the other's. */
async function insertsOf(
  scratch: Scratch,
  table: Table,
  { actor: { world }, rights, made }: { actor: Actor; rights: Rights; made: Made },
): Promise<readonly TableAct[]> {
  const columns = writable(table).filter(({ identity }) => identity !== "always");
  const allowed = columns.filter(may(rights, "INSERT", table));
  const written = allowed.length > 0 ? allowed : columns;
  const target = other(world);
  const rows = { a: await freshRow(scratch, table, "a", made), b: await freshRow(scratch, table, "b", made) };
  const insert = (what: string, found: Fresh | undefined, whose: World): readonly TableAct[] =>
    found
      ? [
          {
            verb: "insert",
            what,
            whose,
            sql: insertSql(table, found.row, written).replace(" overriding system value", ""),
            prepare: found.clear,
            reads: false,
            watched: [table],
          },
        ]
      : [];
  const own = world === undefined ? undefined : rows[world];
  const marks = written.filter(
    ({ name }) =>
      isAsking(table, name, made) ||
      table.constraints.some(({ foreignKey, columns: [first, ...more] }) => foreignKey && first === name && more.length === 0),
  );
  const mixed = own && rows[target] && marks.length > 1 ? marks : [];
  return [
    ...(world === undefined ? [] : insert("insert", own, world)),
    ...insert(`insert as ${target.toUpperCase()}`, rows[target], target),
    ...mixed.flatMap(({ name }) =>
      insert(
        `insert with ${target.toUpperCase()}'s ${name}`,
        own && { clear: own.clear, row: { ...own.row, [name]: rows[target]?.row[name] } },
        target,
      ),
    ),
  ];
}
