import type { AlterTableCmd, Node } from "@pgsql/types";
import { parsedOf, type Statement } from "./parse.ts";
import { characterOffsets } from "./position.ts";

/** The statements around one in the same text. Their places are counted in bytes, so only names and expressions are to be taken from them. */
export interface Around {
  readonly before: readonly Node[];
  readonly after: readonly Node[];
}

export function treesAround({ source, start }: Statement): Around {
  const { trees, starts } = textOf(source);
  const place = placeOf(starts, start);
  return { before: trees.slice(0, place), after: trees.slice(place + 1) };
}

/** Of the statement that starts there, among all. */
function placeOf(starts: readonly number[], start: number): number {
  let [from, to] = [0, starts.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((starts[middle] ?? 0) <= start) from = middle;
    else to = middle;
  }
  return from;
}

interface Placed {
  /** Of its statement, among all. */
  readonly place: number;
  readonly command: AlterTableCmd;
}

interface Text {
  readonly source: string;
  readonly trees: readonly Node[];
  /** Of each, in characters; comments and blanks before the first token belong to it. */
  readonly starts: readonly number[];
  /** What is done to each table, by its name without its schema. */
  readonly commands: ReadonlyMap<string, readonly Placed[]>;
}

/** The text that was asked about last: a script asks once for each of its statements. */
let last: Text = { source: "", trees: [], starts: [], commands: new Map() };

function textOf(source: string): Text {
  if (last.source === source) return last;
  const character = characterOffsets(source);
  const statements = parsedOf(source).filter(({ stmt }) => stmt !== undefined);
  const trees = statements.flatMap(({ stmt }) => stmt ?? []);
  last = { source, trees, starts: statements.map(({ stmt_location: start = 0 }) => character(start)), commands: commandsIn(trees) };
  return last;
}

function commandsIn(trees: readonly Node[]): Text["commands"] {
  const all = new Map<string, Placed[]>();
  for (const [place, tree] of trees.entries()) {
    if (!("AlterTableStmt" in tree)) continue;
    const { relation, cmds = [] } = tree.AlterTableStmt;
    const own = cmds.flatMap((node) => ("AlterTableCmd" in node ? [{ place, command: node.AlterTableCmd }] : []));
    const known = all.get(relation?.relname ?? "");
    if (known) known.push(...own);
    else all.set(relation?.relname ?? "", own);
  }
  return all;
}

/** The commands of every ALTER TABLE of this table that stands before this statement, in whatever transaction. */
export function commandsBefore({ source, start }: Statement, table: string): readonly AlterTableCmd[] {
  const { starts, commands } = textOf(source);
  const own = placeOf(starts, start);
  return (commands.get(table) ?? []).flatMap(({ place, command }) => (place < own ? [command] : []));
}

/** The statements after this one up to the end of the transaction that the text ends itself, or of the text. */
export function restOfTransaction(statement: Statement): readonly Node[] {
  const { after } = treesAround(statement);
  const end = after.findIndex((tree) => "TransactionStmt" in tree);
  return end < 0 ? after : after.slice(0, end);
}

const turns: Readonly<Record<string, number>> = {
  TRANS_STMT_BEGIN: 1,
  TRANS_STMT_START: 1,
  TRANS_STMT_COMMIT: -1,
  TRANS_STMT_ROLLBACK: -1,
  TRANS_STMT_PREPARE: -1,
};

/** How many more transactions the text opens before this statement than it closes: below 0, it closed one that somebody else had opened. */
export const openTransactions = (statement: Statement): number =>
  treesAround(statement)
    .before.map((tree) => ("TransactionStmt" in tree ? (turns[tree.TransactionStmt.kind ?? ""] ?? 0) : 0))
    .reduce((sum, turn) => sum + turn, 0);
