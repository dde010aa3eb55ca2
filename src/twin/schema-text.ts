import type { Sequence } from "../catalog/sequences.ts";
import type { Refused } from "../error.ts";
import { type Call, constantCall } from "../sql/constant-call.ts";
import type { Statement } from "../sql/parse.ts";
import { functionsOf, relationsOf } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";
import { asCommitted } from "./enum-values.ts";
import { isShipped, lent } from "./extensions.ts";
import type { Outcome } from "./messages.ts";
import { preludeOf } from "./prelude.ts";
import type { Needs, Session } from "./twin.ts";

/** What a text of DDL came to. */
export interface Loaded {
  readonly statements: number;
  /** Statements that Postgres said no to. */
  readonly refused: readonly { readonly statement: Statement; readonly refused: Refused }[];
  /** Extensions that the text asks for and PGlite does not ship. */
  readonly missingExtensions: readonly string[];
  /** Relations (`schema.name`, unquoted) whose size the text brings along, as `pg_dump --statistics` does. */
  readonly restored: ReadonlySet<string>;
  /** Relations whose statistics the text brings along in vain: they are not there, or the values do not fit. */
  readonly notRestored: readonly string[];
  /** Sequences (unquoted, without their schema) of which the text says where they stand, as a dump does. */
  readonly positioned: ReadonlySet<string>;
  /** Statements that only call functions, which may be anybody's and do anything. */
  readonly notRun: readonly Statement[];
}

/** A text says nothing of how its database sorts; most sort by language, so a plain B-tree is not lent to `LIKE 'x%'`. */
export const needsOfText = (statements: readonly Statement[]): Needs => ({
  sortsByBytes: false,
  extensions: [...new Set([...extensionsOf(statements).filter(isShipped), ...lent])],
  alone: !statements.every(onlyDeclares),
});

function extensionsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ tree }) =>
    "CreateExtensionStmt" in tree && tree.CreateExtensionStmt.extname ? [tree.CreateExtensionStmt.extname] : [],
  );
}

/** Of a dump or a migration folder: transactions, sessions, rows and comments say nothing of the schema, and all of it is owned by one role here. */
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
  "LoadStmt",
  "PrepareStmt",
  "ExecuteStmt",
  "DeallocateStmt",
  "ListenStmt",
  "UnlistenStmt",
  "DeclareCursorStmt",
  "FetchStmt",
  "ClosePortalStmt",
  "DiscardStmt",
  "CheckPointStmt",
  "ExplainStmt",
]);

/** What runs no code that its writer chose, neither now nor when a query is planned: all else may read what others left behind. */
const declaring = new Set([
  ...passedOver,
  "AlterDefaultPrivilegesStmt",
  "AlterDomainStmt",
  "AlterEnumStmt",
  "AlterObjectSchemaStmt",
  "AlterPolicyStmt",
  "AlterRoleStmt",
  "AlterSeqStmt",
  "AlterTableStmt",
  "CompositeTypeStmt",
  "CreateDomainStmt",
  "CreateEnumStmt",
  "CreateExtensionStmt",
  "CreatePolicyStmt",
  "CreateRangeStmt",
  "CreateRoleStmt",
  "CreateSchemaStmt",
  "CreateSeqStmt",
  "CreateStatsStmt",
  "CreateStmt",
  "CreateTrigStmt",
  "DropStmt",
  "GrantRoleStmt",
  "GrantStmt",
  "IndexStmt",
  "RenameStmt",
  "RuleStmt",
  "VariableSetStmt",
  "ViewStmt",
]);

/** The bounds of a partition are calculated when it is made, whatever calculates them. */
const onlyDeclares = ({ kind, tree }: Statement): boolean => declaring.has(kind) && !callsInBound(tree);

const callsInBound = (tree: Statement["tree"]) =>
  [...walk(tree)].some((visit) => visit.kind === "PartitionBoundSpec" && [...walk(visit.node)].some(({ kind }) => kind === "FuncCall"));

/** Runs the DDL where it can hurt nobody. Names without a schema go to `public`, unless the text sets `search_path`. */
export async function loadSchemaText(session: Session, statements: readonly Statement[]): Promise<Loaded> {
  const calls = statements.map((statement) => ({ statement, call: statement.kind === "SelectStmt" ? constantCall(statement) : undefined }));
  const loaded = calls.flatMap(({ statement, call }) => (isLoaded(statement) || (call && positions(call)) ? [statement] : []));
  const missingExtensions = extensionsOf(loaded).filter((extension) => !isShipped(extension));
  const run = loaded.filter(
    ({ tree }) => !("CreateExtensionStmt" in tree && missingExtensions.includes(tree.CreateExtensionStmt.extname ?? "")),
  );
  await session.run(["set local search_path = pg_catalog", ...preludeOf(statements), "set local search_path = public"]);
  const outcomes = await runInParts(session, run.map(inTransaction));
  await session.run(["set local search_path = pg_catalog"]);
  const refused = run.flatMap((statement, position) => {
    const no = outcomes[position]?.refused;
    return no ? [{ statement, refused: no }] : [];
  });
  const known = new Set(loaded);
  const positioned = calls.flatMap(({ call }) => (call?.name === "setval" ? [/[^.]*$/.exec(call.arguments[0] ?? "")?.[0] ?? ""] : []));
  return {
    statements: loaded.length,
    refused,
    missingExtensions,
    positioned: new Set(positioned.map((name) => name.replaceAll('"', ""))),
    ...(await restore(session, calls)),
    notRun: calls.flatMap(({ statement, call }) =>
      known.has(statement) || statement.kind !== "SelectStmt" || (call && isHarmless(call)) || !onlyCalls(statement) ? [] : [statement],
    ),
  };
}

const isLoaded = (statement: Statement) => !passedOver.has(statement.kind) && !isOtherSetting(statement) && !isOwner(statement);

const onlyCalls = (statement: Statement) => functionsOf(statement).length > 0 && relationsOf(statement).length === 0;

/** A dump may have thousands of statements, and one request has a deadline. */
const PART = 500;

async function runInParts(session: Session, statements: readonly string[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let from = 0; from < statements.length; from += PART) outcomes.push(...(await session.run(statements.slice(from, from + PART))));
  return outcomes;
}

/** What code of the text drew from a sequence here says nothing of where it stands on a server. */
export const positionToldBy = ({ positioned }: Pick<Loaded, "positioned">, sequence: Sequence): Sequence =>
  positioned.has(sequence.name) ? sequence : { ...sequence, last: undefined };

/** Where a sequence stands, and which schema a name means: an empty path (what pg_dump writes) would leave bare names nowhere. */
const positions = ({ name, arguments: [what, value] }: Call) =>
  name === "setval" || (name === "set_config" && what === "search_path" && value !== "");

const restoring = new Set(["pg_restore_relation_stats", "pg_restore_attribute_stats"]);
const isHarmless = ({ name }: Call) => name === "set_config" || restoring.has(name);

/**
 * The statistics that `pg_dump --statistics` writes, put in place when all else is: an index that is made later would reset
 * the size of its table. What does not fit is warned of, and the rest of it taken.
 */
async function restore(
  session: Session,
  calls: readonly { readonly statement: Statement; readonly call: Call | undefined }[],
): Promise<Pick<Loaded, "restored" | "notRestored">> {
  const given = calls.flatMap(({ statement, call }) => (call && restoring.has(call.name) ? [{ statement, call }] : []));
  const outcomes = await runInParts(
    session,
    given.map(({ statement }) => statement.text),
  );
  const failed = given.filter((_, position) => outcomes[position]?.refused || outcomes[position]?.warned);
  const sized = given.filter(({ call }, position) => call.name === "pg_restore_relation_stats" && !outcomes[position]?.refused);
  return {
    restored: new Set(sized.map(({ call }) => relationIn(call))),
    notRestored: [...new Set(failed.map(({ call }) => relationIn(call)))],
  };
}

/** The arguments are names and values by turns. */
function relationIn({ arguments: given }: Call): string {
  const told = (name: string) => given.find((_, position) => position % 2 === 1 && given[position - 1] === name) ?? "";
  return `${told("schemaname")}.${told("relname")}`;
}

/** `SET` counts only where it decides which schema a name means. */
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
function inTransaction(statement: Statement): string {
  const { text, kind } = statement;
  if (kind !== "IndexStmt" && kind !== "DropStmt") return asCommitted(statement);
  return text.replace(/^(create\s+(?:unique\s+)?index|drop\s+index)\s+concurrently\b/i, "$1");
}
