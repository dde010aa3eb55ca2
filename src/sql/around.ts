import type { AlterTableCmd, Node } from "@pgsql/types";
import { grammar } from "./grammar.ts";
import type { Statement } from "./parse.ts";
import { characterOffsets } from "./position.ts";

/** The statements around one in the same text. Their places are counted in bytes, so only names and expressions are to be taken from them. */
export interface Around {
  readonly before: readonly Node[];
  readonly after: readonly Node[];
}

export function treesAround({ source, start }: Statement): Around {
  const trees = treesIn(source);
  let [from, to] = [0, trees.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((trees[middle]?.start ?? 0) <= start) from = middle;
    else to = middle;
  }
  return { before: trees.slice(0, from).map(({ tree }) => tree), after: trees.slice(from + 1).map(({ tree }) => tree) };
}

interface Placed {
  readonly tree: Node;
  /** In characters; comments and blanks before the first token belong to it. */
  readonly start: number;
}

/** The text that was asked about last: a script asks once for each of its statements. */
let last: { readonly source: string; readonly trees: readonly Placed[] } = { source: "", trees: [] };

function treesIn(source: string): readonly Placed[] {
  if (last.source === source) return last.trees;
  const character = characterOffsets(source);
  const statements = grammar().parseSync(source).stmts ?? [];
  const trees = statements.flatMap(({ stmt: tree, stmt_location: start = 0 }) => (tree ? [{ tree, start: character(start) }] : []));
  last = { source, trees };
  return trees;
}

/** The commands of every ALTER TABLE that stands before this statement, in whatever transaction. */
export function commandsBefore(statement: Statement): readonly { readonly table: string; readonly command: AlterTableCmd }[] {
  return treesAround(statement).before.flatMap((tree) => {
    if (!("AlterTableStmt" in tree)) return [];
    const { relation, cmds = [] } = tree.AlterTableStmt;
    return cmds.flatMap((node) => ("AlterTableCmd" in node ? [{ table: relation?.relname ?? "", command: node.AlterTableCmd }] : []));
  });
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
