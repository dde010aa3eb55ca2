import { ToolError } from "../error.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";

interface Written {
  readonly schema: string | undefined;
  readonly name: string;
}

/** One index that a caller wants made or dropped. */
export type Attempt =
  | { readonly kind: "create"; readonly statement: Statement }
  | (Written & {
      readonly kind: "drop";
      readonly statement: Statement;
      readonly concurrently: boolean;
      readonly cascade: boolean;
      readonly ifExists: boolean;
      /** How many indexes the same statement names. */
      readonly together: number;
    });

const TAKEN = "try takes CREATE INDEX and DROP INDEX statements";

/** What keeps a statement from being tried, and what to write instead. */
const instead: Readonly<Record<string, string>> = {
  ReindexStmt: "REINDEX builds an index anew and changes no plan. Leave it out.",
  AlterTableStmt:
    "an ALTER is none. What a constraint would have for its index is CREATE UNIQUE INDEX; what it loses with it is DROP INDEX of that index.",
  RenameStmt: "an ALTER is none, and another name changes no plan. Leave it out.",
  DropStmt: "this DROP is of something else.",
};

/** The caller's own statements, each index of DROP INDEX by itself. Throws `invalid_argument` for any other statement. */
export async function readAttempts(texts: readonly string[]): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (const text of texts) {
    for (const statement of await parseStatements(text, { what: "try" })) attempts.push(...attemptsIn(statement));
  }
  if (attempts.length === 0) throw new ToolError("invalid_argument", `${TAKEN}, and there is none in it.`);
  return attempts;
}

function attemptsIn(statement: Statement): readonly Attempt[] {
  const { tree, kind, text } = statement;
  if ("IndexStmt" in tree) return [{ kind: "create", statement }];
  if ("DropStmt" in tree && tree.DropStmt.removeType === "OBJECT_INDEX") {
    const { objects = [], concurrent = false, missing_ok: ifExists = false, behavior } = tree.DropStmt;
    const names = objects.map((object) => namesIn("List" in object ? object.List.items : []));
    return names.map((parts) => ({
      kind: "drop",
      statement,
      schema: parts.at(-2),
      name: parts.at(-1) ?? "",
      concurrently: concurrent,
      cascade: behavior === "DROP_CASCADE",
      ifExists,
      together: names.length,
    }));
  }
  const [word = ""] = text.split(/\s/);
  const why = instead[kind] ?? (/^alter/i.test(word) ? instead.RenameStmt : `this is ${word.toUpperCase()}.`);
  throw new ToolError("invalid_argument", `${TAKEN}: ${why}`);
}
