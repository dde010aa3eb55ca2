import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import type { Circumstances, Coverage } from "./circumstances.ts";
import { removalOf } from "./removal.ts";
import type { Standing } from "./standing.ts";

export interface Verdict {
  readonly verdict: "drop" | "keep" | "cannot tell";
  /** One sentence each, the deciding one first. */
  readonly evidence: readonly string[];
  /** To paste; only where something is to be done. */
  readonly sql?: string;
  readonly undo?: string;
}

/** What each statement costs with all indexes in place, those that the advice adds included, and without this one; statements whose cost stays the same may be left out. */
export type Replan = (hidden: Index) => Promise<readonly { readonly number: number; readonly before: number; readonly after: number }[]>;

/** What all indexes are judged by. */
export interface Facts {
  readonly tables: readonly Table[];
  readonly circumstances: Circumstances | undefined;
  readonly coverage: Coverage;
  /** What is not known, so that no unread index is called needless. */
  readonly missing: readonly string[];
  readonly replan: Replan;
}

export const keep = (...evidence: readonly string[]): Verdict => ({ verdict: "keep", evidence });

/** `missing`: a few words for each thing that would have to be known. */
export const cannotTell = (evidence: readonly string[], missing: readonly string[] = []): Verdict => ({
  verdict: "cannot tell",
  evidence: missing.length === 0 ? evidence : [...evidence, `Missing to decide: ${missing.join("; ")}.`],
});

export function drop(standing: Standing, tables: readonly Table[], evidence: readonly string[]): Verdict {
  const { sql, undo, notes } = removalOf(standing, tables);
  return { verdict: "drop", evidence: [...evidence, ...notes], sql, undo };
}
