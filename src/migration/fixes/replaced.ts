import { type Alteration, addedColumnOf, alterationsOf } from "../../sql/alterations.ts";
import { parseStatements, type Statement } from "../../sql/parse.ts";
import { raw, sql } from "../../sql/quote.ts";
import { readScript } from "../script.ts";
import type { Step } from "../step.ts";
import type { Place } from "./places.ts";

export interface Fix {
  /** Of the script. */
  readonly step: Step;
  /** What it is about: a command of an ALTER TABLE that has others is replaced alone. */
  readonly span: { readonly start: number; readonly end: number } | undefined;
  readonly sql: string;
  readonly place: Place;
}

/** A script with fixes in it, each statement for itself. */
interface Replaced {
  readonly steps: readonly Step[];
  /** The fix that a step is of, by its number. */
  readonly fixes: ReadonlyMap<number, Fix>;
}

const boundaries: ReadonlySet<string | undefined> = new Set(["TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT"]);

const transactionOf = ({ statement: { tree } }: Step) => ("TransactionStmt" in tree ? tree.TransactionStmt.kind : undefined);

/** Characters: what the parser takes at most, less room for a fix. */
const LONGEST = 80_000;

/** What a script takes back itself cannot be run statement by statement. */
export const canBeReplaced = (steps: readonly Step[]): boolean =>
  steps.every((step) => transactionOf(step) === undefined || boundaries.has(transactionOf(step))) &&
  steps.reduce((sum, { statement }) => sum + statement.text.length, 0) < LONGEST;

/** What Postgres refused in the script is left out of it. */
export async function replaced(steps: readonly Step[], fixes: readonly Fix[]): Promise<Replaced> {
  const written = await Promise.all(fixes.map(async (fix) => ({ fix, statements: await parseStatements(fix.sql) })));
  const renamed = new Set(written.flatMap(({ statements }) => statements.flatMap(renamedTo)));
  const isAdded = (part: Alteration) => renamed.has(addedColumnOf(part)?.colname ?? "");
  const texts: string[] = [];
  const places = new Map<number, Fix>();
  const put = (stands: Place["stands"], step?: Step) => {
    for (const { fix, statements } of written.filter(({ fix }) => fix.place.stands === stands && (!step || fix.step === step)))
      for (const { text } of statements) places.set(texts.push(text), fix);
  };
  put("first");
  for (const step of steps.filter((one) => transactionOf(one) === undefined)) {
    const own = fixes.filter((fix) => fix.step === step && fix.place.stands === "instead");
    const isWhole = own.length > 0 && alterationsOf(step.statement).length < 2;
    if (!isWhole && !step.refused) texts.push(...without(step.statement, (part) => isAdded(part) || own.some((fix) => isMeant(part, fix))));
    put("instead", step);
  }
  put("last");
  return { steps: await readScript(texts.map((text) => `${text}\n;`).join("\n"), { what: "fix" }), fixes: places };
}

/** The name that a column is given, where others add one of that name. */
const renamedTo = ({ tree }: Statement): readonly string[] =>
  "RenameStmt" in tree && tree.RenameStmt.renameType === "OBJECT_COLUMN" ? [tree.RenameStmt.newname ?? ""] : [];

const isMeant = ({ span }: Alteration, fix: Fix): boolean =>
  fix.span === undefined || (span.start < fix.span.end && fix.span.start < span.end);

/** Commands of an ALTER TABLE that stay. */
function without(statement: Statement, isOut: (part: Alteration) => boolean): readonly string[] {
  const parts = alterationsOf(statement);
  const kept = parts.filter((part) => !isOut(part));
  const [first] = kept;
  if (kept.length === parts.length) return [statement.text];
  if (!first) return [];
  return [sql`alter table ${raw(first.only ? "only " : "")}${first.table} ${raw(kept.map(({ text }) => text).join(", "))}`];
}
