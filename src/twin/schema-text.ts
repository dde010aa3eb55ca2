import type { Refused } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { isShipped } from "./extensions.ts";
import { preludeOf } from "./prelude.ts";
import type { Needs, Session } from "./twin.ts";

/** What a text of DDL came to. */
export interface Loaded {
  readonly statements: number;
  /** Statements that Postgres said no to. */
  readonly refused: readonly { readonly statement: Statement; readonly refused: Refused }[];
  /** Extensions that the text asks for and PGlite does not ship. */
  readonly missingExtensions: readonly string[];
}

/** A text says nothing of how its database sorts; most sort by language, so a plain B-tree is not lent to `LIKE 'x%'`. */
export const needsOfText = (statements: readonly Statement[]): Needs => ({
  sortsByBytes: false,
  extensions: extensionsOf(statements).filter(isShipped),
});

function extensionsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ tree }) =>
    "CreateExtensionStmt" in tree && tree.CreateExtensionStmt.extname ? [tree.CreateExtensionStmt.extname] : [],
  );
}

/** Of a dump or a migration folder: transactions, rows and comments say nothing of the schema, and all of it is owned by one role here. */
const passedOver = new Set([
  "TransactionStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CopyStmt",
  "SelectStmt",
  "AlterOwnerStmt",
  "CommentStmt",
  "VacuumStmt",
  "LockStmt",
  "NotifyStmt",
  "CreateEventTrigStmt",
  "CreateSubscriptionStmt",
]);

/** Runs the DDL where it can hurt nobody. Names without a schema go to `public`, unless the text sets `search_path`. */
export async function loadSchemaText(session: Session, statements: readonly Statement[]): Promise<Loaded> {
  const loaded = statements.filter((statement) => !passedOver.has(statement.kind) && !isOtherSetting(statement) && !isOwner(statement));
  const missingExtensions = extensionsOf(loaded).filter((extension) => !isShipped(extension));
  const run = loaded.filter(
    ({ tree }) => !("CreateExtensionStmt" in tree && missingExtensions.includes(tree.CreateExtensionStmt.extname ?? "")),
  );
  await session.run(["set local search_path = pg_catalog", ...preludeOf(statements), "set local search_path = public"]);
  const outcomes = await session.run(run.map(inTransaction));
  await session.run(["set local search_path = pg_catalog"]);
  const refused = run.flatMap((statement, position) => {
    const no = outcomes[position]?.refused;
    return no ? [{ statement, refused: no }] : [];
  });
  return { statements: loaded.length, refused, missingExtensions };
}

/** `SET` counts only where it decides which schema a name means; an empty path (what pg_dump writes) would leave bare names nowhere. */
function isOtherSetting({ tree }: Statement): boolean {
  if (!("VariableSetStmt" in tree)) return false;
  return tree.VariableSetStmt.name !== "search_path";
}

function isOwner({ tree }: Statement): boolean {
  if (!("AlterTableStmt" in tree)) return false;
  const commands = tree.AlterTableStmt.cmds ?? [];
  return (
    commands.length > 0 && commands.every((command) => "AlterTableCmd" in command && command.AlterTableCmd.subtype === "AT_ChangeOwner")
  );
}

/** All of it is one transaction here, which CONCURRENTLY refuses; on an empty table it makes no difference. */
const inTransaction = ({ text, kind }: Statement): string =>
  kind === "IndexStmt" ? text.replace(/^(create\s+(?:unique\s+)?index)\s+concurrently\b/i, "$1") : text;
