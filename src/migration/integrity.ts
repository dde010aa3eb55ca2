import { alterationsOf, nameOfRange } from "../sql/alterations.ts";
import { droppedBy } from "../sql/dropped.ts";
import type { Statement } from "../sql/parse.ts";
import { type Name, nameOf, quote, type Raw, raw, sql } from "../sql/quote.ts";
import type { Step } from "./step.ts";

/** One read-only query to run before a migration and after it, and what the two answers are to be. */
export interface Integrity {
  readonly table: string;
  readonly before: string;
  /** Undefined where the table is gone by then. */
  readonly after: string | undefined;
  readonly expect: string;
}

/** What a script does to the rows of one table that was there before. */
interface Touched {
  readonly name: Name;
  /** By the names they had before. */
  readonly retyped: Set<string>;
  readonly dropped: Set<string>;
  readonly updated: Set<string>;
  /** Statements that add or remove rows, as "statement 3 (DELETE)". */
  readonly written: string[];
  /** New name of a column by its old one. */
  readonly renamed: Map<string, string>;
  now: Name | undefined;
}

const writes: Readonly<Record<string, string>> = {
  DeleteStmt: "DELETE",
  InsertStmt: "INSERT",
  MergeStmt: "MERGE",
  TruncateStmt: "TRUNCATE",
};

/** Counts and checksums of the tables whose rows a script rewrites, writes or loses. What constraints ask of rows is under {@link Step.dependsOnData}. */
export function integrityOf(steps: readonly Step[]): readonly Integrity[] {
  const all = new Map<string, Touched>();
  for (const step of steps) if (!step.refused) follow(step, (name) => touchedIn(all, step, name));
  return [...all.values()]
    .filter(({ retyped, dropped, updated, written, now }) => !now || retyped.size + dropped.size + updated.size + written.length > 0)
    .map(asked);
}

function touchedIn(all: Map<string, Touched>, step: Step, name: Name): Touched | undefined {
  const known = [...all.values()].find(
    ({ now }) => now && now.name === name.name && (now.schema ?? name.schema) === (name.schema ?? now.schema),
  );
  if (known) return known;
  const table = step.table(name);
  if (step.isNew(name) || (step.effects !== undefined && !table)) return undefined;
  const own = nameOf(name.schema ?? (table && table.schema !== "public" ? table.schema : undefined), name.name);
  const touched: Touched = {
    name: own,
    retyped: new Set(),
    dropped: new Set(),
    updated: new Set(),
    written: [],
    renamed: new Map(),
    now: own,
  };
  all.set(own.toString(), touched);
  return touched;
}

type Find = (name: Name) => Touched | undefined;

function follow({ number, statement }: Step, find: Find): void {
  followAlterations(statement, find);
  followRename(statement, find);
  followUpdate(statement, find);
  for (const name of writtenBy(statement)) find(name)?.written.push(`statement ${number} (${writes[statement.kind]})`);
  if (!("DropStmt" in statement.tree) || statement.tree.DropStmt.removeType !== "OBJECT_TABLE") return;
  for (const name of droppedBy(statement)) {
    const touched = find(name);
    if (touched) touched.now = undefined;
  }
}

function followAlterations(statement: Statement, find: Find): void {
  for (const { table, command } of alterationsOf(statement)) {
    const column = command.name ?? "";
    if (command.subtype === "AT_AlterColumnType") add(find(table), "retyped", column);
    if (command.subtype === "AT_DropColumn") add(find(table), "dropped", column);
  }
}

function followUpdate({ tree }: Statement, find: Find): void {
  if (!("UpdateStmt" in tree) || !tree.UpdateStmt.relation) return;
  const touched = find(nameOfRange(tree.UpdateStmt.relation));
  for (const target of tree.UpdateStmt.targetList ?? []) if ("ResTarget" in target) add(touched, "updated", target.ResTarget.name ?? "");
}

function add(touched: Touched | undefined, what: "retyped" | "dropped" | "updated", column: string): void {
  if (!touched) return;
  const [before = column] = [...touched.renamed].find(([, now]) => now === column) ?? [];
  touched[what].add(before);
}

function followRename({ tree }: Statement, find: Find): void {
  if (!("RenameStmt" in tree)) return;
  const { renameType, relation, subname, newname = "" } = tree.RenameStmt;
  const touched = relation && find(nameOfRange(relation));
  if (!touched) return;
  if (renameType === "OBJECT_TABLE") touched.now = nameOf(touched.now?.schema, newname);
  if (renameType !== "OBJECT_COLUMN" || subname === undefined) return;
  const [before = subname] = [...touched.renamed].find(([, now]) => now === subname) ?? [];
  touched.renamed.set(before, newname);
}

function writtenBy({ tree }: Statement): readonly Name[] {
  if ("TruncateStmt" in tree) {
    return (tree.TruncateStmt.relations ?? []).flatMap((node) => ("RangeVar" in node ? [nameOfRange(node.RangeVar)] : []));
  }
  const relation =
    ("DeleteStmt" in tree && tree.DeleteStmt.relation) ||
    ("InsertStmt" in tree && tree.InsertStmt.relation) ||
    ("MergeStmt" in tree && tree.MergeStmt.relation);
  return relation ? [nameOfRange(relation)] : [];
}

function asked({ name, retyped, dropped, updated, written, renamed, now }: Touched): Integrity {
  const query = (table: Name, columns: readonly Raw[]) =>
    sql`select ${raw(["count(*) as rows", ...columns.map((column) => column.sql)].join(", "))} from ${table};`;
  const counted = (column: string, label: string) => raw(`count(${quote(column)}) as ${quote(`${label}_values`)}`);
  const summed = (column: string, label: string) =>
    raw(`sum(hashtextextended(${quote(column)}::text, 0)) as ${quote(`${label}_checksum`)}`);
  const both = (column: string, label: string) => [counted(column, label), summed(column, label)];
  const kept = [...retyped].filter((column) => !dropped.has(column));
  const set = [...updated].filter((column) => !dropped.has(column) && !retyped.has(column));
  const losses = [...dropped].map((column) => `the values of ${quote(column)}`);
  const expectations = [
    written.length === 0 ? "the same number of rows" : `as many rows more or fewer as ${written.join(", ")} adds or removes`,
    set.length > 0 && `values of ${set.map(quote).join(", ")} as UPDATE leaves them`,
    kept.length > 0 && "checksums the same, where the new type prints a value as the old one does",
    losses.length > 0 && `gone: ${losses.join(", ")}`,
  ];
  return {
    table: name.toString(),
    before: query(name, [
      ...kept.flatMap((column) => both(column, column)),
      ...[...set, ...dropped].map((column) => counted(column, column)),
    ]),
    after:
      now &&
      query(now, [
        ...kept.flatMap((column) => both(renamed.get(column) ?? column, column)),
        ...set.map((column) => counted(renamed.get(column) ?? column, column)),
      ]),
    expect: now ? expectations.filter(Boolean).join("; ") : "gone: all rows",
  };
}
