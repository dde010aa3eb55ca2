import type { LockingClause } from "@pgsql/types";
import type { Span } from "../finding.ts";
import { clausesOf } from "./clauses.ts";
import { tokensOf } from "./grammar.ts";
import type { Item, Level, TableShape } from "./level.ts";
import type { Statement } from "./parse.ts";
import { spanOf } from "./position.ts";

/** FOR UPDATE or FOR NO KEY UPDATE that waits for rows which another transaction holds. */
export interface RowLocks<Table extends TableShape> {
  /** Whose rows are locked. */
  readonly items: readonly Item<Table>[];
  /** From FOR to the end of the clause; undefined where it cannot be told. */
  readonly span: Span | undefined;
}

export function waitingLocks<Table extends TableShape>(level: Level<Table>, statement: Statement): RowLocks<Table> | undefined {
  const [clause, ...more] = (level.select?.lockingClause ?? []).flatMap((node) => ("LockingClause" in node ? [node.LockingClause] : []));
  if (!clause || more.length > 0 || !excludes(clause) || clause.waitPolicy !== "LockWaitBlock") return undefined;
  const named = clause.lockedRels?.flatMap((node) => ("RangeVar" in node ? [node.RangeVar.relname] : []));
  return { items: level.items.filter(({ name }) => named?.includes(name) ?? true), span: placeOf(level, statement) };
}

const excludes = ({ strength }: LockingClause) => strength === "LCS_FORUPDATE" || strength === "LCS_FORNOKEYUPDATE";

const next = new Set(["limit", "offset", "fetch"]);

function placeOf(level: Level<TableShape>, statement: Statement): Span | undefined {
  const tail = clausesOf(level, statement)?.tail;
  if (!tail) return undefined;
  const { text, start, source } = statement;
  const tokens = tokensOf(text).filter((token) => start + token.start >= tail.start && start + token.end <= tail.end);
  const from = tokens.findIndex((token) => token.text.toLowerCase() === "for");
  const after = tokens.findIndex((token, at) => at > from && next.has(token.text.toLowerCase()));
  const [first, last] = [tokens[from], tokens[(after < 0 ? tokens.length : after) - 1]];
  return first && last && spanOf(source, start + first.start, start + last.end);
}
