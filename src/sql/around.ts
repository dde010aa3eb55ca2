import type { AlterTableCmd, Node } from "@pgsql/types";
import { grammar } from "./grammar.ts";
import type { Statement } from "./parse.ts";

/** The statements around one in the same text. Their places are counted in bytes, so only names and expressions are to be taken from them. */
export interface Around {
  readonly before: readonly Node[];
  readonly after: readonly Node[];
}

const read = new WeakMap<Statement, Around>();

export function treesAround(statement: Statement): Around {
  const known = read.get(statement);
  if (known) return known;
  const { source, start, end } = statement;
  const around = { before: treesIn(source.slice(0, start)), after: treesIn(source.slice(end).replace(/^\s*;/, "")) };
  read.set(statement, around);
  return around;
}

function treesIn(text: string): readonly Node[] {
  if (text.trim() === "") return [];
  return (grammar().parseSync(text).stmts ?? []).flatMap(({ stmt }) => stmt ?? []);
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
