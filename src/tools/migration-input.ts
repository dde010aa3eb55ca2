import { type MigrationFile, readMigrations, type Script } from "../migration/files/read.ts";
import type { Runner } from "../migration/files/runner.ts";
import { hasWayOut } from "../migration/files/write.ts";
import { readScript } from "../migration/script.ts";
import type { Step } from "../migration/step.ts";

interface Asked {
  readonly sql: string;
  readonly rollback_sql?: string | undefined;
  readonly in_transaction?: boolean | undefined;
  readonly file?: string | undefined;
  readonly runner?: Runner | undefined;
  /** What belongs to it and is no migration. */
  readonly beside?: readonly MigrationFile[];
}

/** A migration as its runner runs it. */
export interface MigrationInput {
  readonly steps: readonly Step[];
  /** The caller's, or what came with the file. */
  readonly down: string | undefined;
  /** The runner puts a transaction around the way back. */
  readonly wrapped: boolean;
  /** Who runs it, how, and what in the file is not run. */
  readonly notices: readonly string[];
  /** Who runs it, where something says so. */
  readonly known: { readonly runner: Runner; readonly because: string } | undefined;
}

export async function readInput({ sql, rollback_sql, in_transaction, file = "", runner, beside = [] }: Asked): Promise<MigrationInput> {
  const read = await readMigrations([{ name: file, text: sql }, ...beside], { inTransaction: in_transaction, runner });
  const migrations = read.filter(({ up }) => up.file.name === file);
  const ups = migrations.map(({ up }) => up);
  const downs = migrations.flatMap(({ down }) => down ?? []).reverse();
  const transactions = new Map<number, number>();
  for (const [place, { statements }] of ups.entries())
    for (const { statement, transaction } of statements)
      if (transaction !== undefined) transactions.set(statement.start, transaction * ups.length + place);
  const known = migrations.flatMap(({ runner, guessed }) => (runner ? [{ runner, because: guessed }] : []))[0];
  const leavable = in_transaction === undefined && known !== undefined && hasWayOut(known.runner);
  const steps = await readScript(overlaid(ups), { transactionAt: (start) => transactions.get(start), leavable });
  const isAssumed = migrations.every(({ runner }) => runner === undefined) && in_transaction === undefined;
  const ways = isAssumed && steps.length < 2 ? [] : ups.map(({ because }) => because);
  const [first] = downs.length > 0 ? downs : ups;
  return {
    steps,
    down: rollback_sql ?? (downs.length > 0 ? downs.map((down) => down.sql().trim()).join("\n") : undefined),
    wrapped: first !== undefined && first.wraps !== "none",
    known,
    notices: [...new Set([...ways, ...migrations.flatMap(({ notices }) => notices)])],
  };
}

/** What a migration leaves for those after it, as DDL text. */
export async function upOf(sql: string, file: string): Promise<string> {
  return overlaid((await readMigrations([{ name: file, text: sql }])).map(({ up }) => up));
}

/** Scripts of one file, each with blanks where another has its statements: all of them in their places. */
function overlaid(scripts: readonly Script[]): string {
  const [first, ...more] = scripts.map((script) => script.sql());
  return more.reduce((whole, text) => whole.replaceAll(/ /g, (blank, at: number) => text[at] ?? blank), first ?? "");
}
