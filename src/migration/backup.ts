import type { Node } from "@pgsql/types";
import { nameOfRange } from "../sql/alterations.ts";
import { nameOf } from "../sql/quote.ts";
import type { SchemaObject } from "./catalog-state.ts";
import type { Step } from "./step.ts";
import type { Difference } from "./undo.ts";

/** What keeps rows that the script takes away and that its way back does not bring. */
export interface Backup {
  /** "the rows of orders", "orders.total" */
  readonly keeps: string;
  /** SQL to run before the migration. */
  readonly before: string;
  /** SQL that puts the rows back once the rollback has run; undefined where nothing tells which row is which. */
  readonly restore: string | undefined;
}

/** What is lost of one table that was there. */
interface Lost {
  /** The table itself is gone. */
  isGone: boolean;
  /** Rows are deleted. */
  isEmptied: boolean;
  /** Columns whose values are lost, by their keys. */
  readonly columns: Set<string>;
}

/** `changes`: from before the script to after it. Rows that only code in a function or DO block changes are not known. */
export function backupsOf(before: readonly SchemaObject[], changes: Difference, steps: readonly Step[]): readonly Backup[] {
  const all = new Map<string, Lost>();
  const lost = (table: string): Lost => {
    const found = all.get(table) ?? { isGone: false, isEmptied: false, columns: new Set() };
    all.set(table, found);
    return found;
  };
  for (const { kind, key, facts } of changes.removed) {
    if (kind === "table") lost(key).isGone = true;
    if (kind === "column") lost(facts.of ?? "").columns.add(key);
  }
  for (const { before: was, after: is } of changes.changed) {
    if (was.kind === "column" && isCut(was.facts.type ?? "", is.facts.type ?? "")) lost(was.facts.of ?? "").columns.add(was.key);
  }
  for (const step of steps) followRows(step, lost);
  return before.flatMap((object) => {
    const found = object.kind === "table" ? all.get(object.key) : undefined;
    return found ? backupOf(object, found, before) : [];
  });
}

type Find = (table: string) => Lost;

/** Which rows a statement deletes, and which columns it writes. */
function followRows(step: Step, lost: Find): void {
  const { tree } = step.statement;
  if ("TruncateStmt" in tree)
    for (const node of tree.TruncateStmt.relations ?? []) tableOf(step, node, (key) => (lost(key).isEmptied = true));
  if ("DeleteStmt" in tree) tableOf(step, written(tree.DeleteStmt.relation), (key) => (lost(key).isEmptied = true));
  if ("MergeStmt" in tree) tableOf(step, written(tree.MergeStmt.relation), (key) => (lost(key).isEmptied = true));
  const update = "UpdateStmt" in tree ? tree.UpdateStmt : undefined;
  const insert = "InsertStmt" in tree ? tree.InsertStmt : undefined;
  const targets = update?.targetList ?? insert?.onConflictClause?.targetList ?? [];
  const names = targets.flatMap((node) => ("ResTarget" in node ? [node.ResTarget.name] : []));
  tableOf(step, written(update?.relation ?? insert?.relation), (key, columns) => {
    const keys = columns.flatMap(({ name, number }) => (names.includes(name) ? [`${key}.${number}`] : []));
    if (keys.length > 0) for (const column of keys) lost(key).columns.add(column);
  });
}

type Table = NonNullable<ReturnType<Step["table"]>>;

const written = (relation: Parameters<typeof nameOfRange>[0] | undefined): Node | undefined => relation && { RangeVar: relation };

function tableOf(step: Step, node: Node | undefined, found: (key: string, columns: Table["columns"]) => void): void {
  const table = node && "RangeVar" in node ? step.table(nameOfRange(node.RangeVar)) : undefined;
  if (table) found(String(table.oid), table.columns);
}

const integers = ["smallint", "integer", "bigint"];

/** Digits before and after the point: of an integer type as many as any of its values has; undefined where anything fits. */
function digitsOf(type: string): { readonly whole: number; readonly parts: number } | undefined {
  const at = integers.indexOf(type);
  if (at >= 0) return { whole: [5, 10, 19][at] ?? 0, parts: 0 };
  const [, precision, scale = 0] = /^numeric\((\d+),?(-?\d+)?\)$/.exec(type) ?? [];
  return precision === undefined ? undefined : { whole: Number(precision) - Number(scale), parts: Number(scale) };
}

/** What a type is called without its length. */
const anyNumber = new Set([...integers, "numeric"]);

function isCutNumber(was: string, is: string): boolean {
  if (is === "numeric") return false;
  const [had, has] = [digitsOf(was), digitsOf(is)];
  return !had || !has || has.whole < had.whole || has.parts < had.parts;
}

/** Whether a change of type may round or cut a value: all but what Postgres widens. */
function isCut(was: string, is: string): boolean {
  if (was === is || is === "text" || is === "character varying") return false;
  if (anyNumber.has(bareOf(was)) && anyNumber.has(bareOf(is))) return isCutNumber(was, is);
  if (was === "real" && is === "double precision") return false;
  if (was === "date" && is.startsWith("timestamp")) return false;
  const [length, other] = [was, is].map((type) => Number(/^character varying\((\d+)\)$/.exec(type)?.[1] ?? Number.NaN));
  return !(length !== undefined && other !== undefined && other >= length);
}

const bareOf = (type: string) => type.replace(/\(.*$/, "");

/** The characters of a name, so that more fit behind it (`NAMEDATALEN`, 63 bytes). */
const LONGEST = 50;

function backupOf(table: SchemaObject, { isGone, isEmptied, columns }: Lost, before: readonly SchemaObject[]): readonly Backup[] {
  const { schema, bare = "" } = table.facts;
  const own = nameOf(schema ?? undefined, bare ?? "");
  const copy = nameOf(schema ?? undefined, `${(bare ?? "").slice(0, LONGEST)}_before`);
  const all = before.filter(({ kind, facts }) => kind === "column" && facts.of === table.key && facts.generated === null);
  const key = keyOf(table, before);
  if (isGone || isEmptied) {
    const list = all.map(({ facts }) => facts.bare).join(", ");
    const forced = all.some(({ facts }) => facts.identity === "always") ? " overriding system value" : "";
    const once = isGone ? "" : ` on conflict (${key?.join(", ")}) do nothing`;
    return [
      {
        keeps: `the rows of ${own}`,
        before: `create table ${copy} as table ${own};`,
        restore: !isGone && !key ? undefined : `insert into ${own} (${list})${forced} select ${list} from ${copy}${once};`,
      },
    ];
  }
  const kept = all.filter((column) => columns.has(column.key) && column.facts.identity !== "always").map(({ facts }) => facts.bare ?? "");
  if (kept.length === 0) return [];
  const keeps = kept.map((column) => `${own}.${column}`).join(", ");
  if (!key) return [{ keeps, before: `create table ${copy} as table ${own};`, restore: undefined }];
  const [ours, theirs] = ["t", "b"].map((alias) => `(${key.map((column) => `${alias}.${column}`).join(", ")})`);
  return [
    {
      keeps,
      before: `create table ${copy} as select ${[...new Set([...key, ...kept])].join(", ")} from ${own};`,
      restore: `update ${own} t set ${kept.map((column) => `${column} = b.${column}`).join(", ")} from ${copy} b where ${ours} = ${theirs};`,
    },
  ];
}

/** Quoted columns of the primary key that the table has before and after. */
function keyOf({ key }: SchemaObject, before: readonly SchemaObject[]): readonly string[] | undefined {
  const found = before.find(
    ({ kind, facts, definition }) => kind === "constraint" && facts.of === key && definition.startsWith("PRIMARY KEY"),
  );
  const list = /^PRIMARY KEY \(((?:"(?:[^"]|"")*"|[\w$]+)(?:, (?:"(?:[^"]|"")*"|[\w$]+))*)\)/.exec(found?.definition ?? "")?.[1];
  return list?.match(/"(?:[^"]|"")*"|[\w$]+/g) ?? undefined;
}
