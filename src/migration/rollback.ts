import { type Backup, backupsOf } from "./backup.ts";
import { readState, type SchemaObject } from "./catalog-state.ts";
import type { Stage } from "./observe.ts";
import { withOwnPath } from "./own-path.ts";
import type { Surroundings } from "./rehearse.ts";
import { meaningIn, namesOf, sceneOf } from "./scene.ts";
import { readScript } from "./script.ts";
import type { Step } from "./step.ts";
import { type Difference, differenceOf, differences, type Undo, undo } from "./undo.ts";

export interface Rollback {
  /** The caller's, or ours; undefined where none was written. */
  readonly sql: string | undefined;
  readonly ran: boolean;
  /** Every object is there again under its name with its definition; undefined where it did not run. */
  readonly identical: boolean | undefined;
  readonly differences: readonly string[];
  readonly lossy: readonly string[];
  /** What keeps the rows of that; a rollback of ours says where they are put back. */
  readonly backups: readonly Backup[];
  /** Its statements, as they find the schema that the migration leaves. None of them was observed. */
  readonly steps: readonly Step[];
  /** Names of what the migration makes: that the rollback drops it is what it is for. */
  readonly made: ReadonlySet<string>;
  readonly refused: string | undefined;
}

export const stateOf = (stage: Stage): Promise<readonly SchemaObject[]> => withOwnPath(stage, () => readState(stage));

interface Question {
  /** As it was before the script. */
  readonly before: readonly SchemaObject[];
  readonly steps: readonly Step[];
  /** The caller's own rollback. */
  readonly given: string | undefined;
  /** The runner wraps the file: then nothing of it may be CONCURRENTLY. */
  readonly wrapped: boolean;
  readonly known: Pick<Surroundings, "real" | "isEmpty">;
}

/** Takes the rehearsed script back on the same stage and looks whether the schema is what it was. */
export async function rollBack(stage: Stage, { before, steps, given, wrapped, known }: Question): Promise<Rollback> {
  const changedRows = steps.flatMap(({ number, statement, inTransaction }) =>
    writes[statement.kind] === undefined || isUndone(steps, number, inTransaction)
      ? []
      : [`rows that statement ${number} (${writes[statement.kind]}) changes`],
  );
  if (steps.some((step) => step.refused)) {
    const nothing = { differences: [], lossy: [], backups: [], steps: [], made: new Set<string>() };
    return { ...nothing, sql: given, ran: false, identical: undefined, refused: "the migration itself is refused" };
  }
  const changes = differenceOf(before, await stateOf(stage));
  const written = undo(changes, { concurrently: !wrapped && steps.some(isConcurrent) });
  const backups = backupsOf(
    before,
    changes,
    steps.filter(({ number, inTransaction }) => !isUndone(steps, number, inTransaction)),
  );
  const sql = given ?? scriptOf(written, backups);
  const lossy = [...written.lossy, ...changedRows];
  const down = await readScript(sql, { wrapped, what: "rollback_sql" });
  const found = { sql, ran: true, lossy, backups, steps: await asFound(down, stage, { before, known }), made: namesMade(changes) };
  const refused = await firstRefusal(stage, down, wrapped);
  if (refused !== undefined) return { ...found, identical: false, differences: [], refused };
  const left = differences(before, await stateOf(stage));
  return { ...found, identical: left.length === 0, differences: left, refused: undefined };
}

/** The steps with what their names mean now; a table is known by what it was before the migration. */
async function asFound(
  steps: readonly Step[],
  stage: Stage,
  { before, known }: Pick<Question, "before" | "known">,
): Promise<readonly Step[]> {
  const scene = await sceneOf({ stage, names: namesOf(steps) });
  const tables = new Map(before.filter(({ kind }) => kind === "table").map(({ key, facts }) => [Number(key), facts]));
  const realOf = (oid: number) => {
    const { schema, bare } = tables.get(oid) ?? {};
    return schema && bare ? known.real({ schema, name: bare }) : undefined;
  };
  return steps.map((step) => ({ ...step, ...meaningIn(scene, { realOf, isEmpty: known.isEmpty, text: step }) }));
}

const namesMade = ({ added }: Difference): ReadonlySet<string> => new Set(added.map(({ name }) => name.replace(/^public\./, "")));

/** Rows are put back by comments: without the backup there is nothing to put back. */
function scriptOf({ statements, filledAfter }: Undo, backups: readonly Backup[]): string {
  const lines = statements.map((statement) => `${statement};`);
  const restores = backups.flatMap(({ restore }) => (restore === undefined ? [] : [`-- with the backup: ${restore}`]));
  return [...lines.slice(0, filledAfter), ...restores, ...lines.slice(filledAfter)].join("\n");
}

const writes: Readonly<Record<string, string>> = {
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  InsertStmt: "INSERT",
  MergeStmt: "MERGE",
  TruncateStmt: "TRUNCATE",
  CopyStmt: "COPY",
};

/** The script takes it back itself. */
const isUndone = (steps: readonly Step[], number: number, inTransaction: boolean) =>
  inTransaction &&
  steps
    .slice(number)
    .find(({ statement: { tree } }) => "TransactionStmt" in tree && /COMMIT$|ROLLBACK$/.test(tree.TransactionStmt.kind ?? ""))
    ?.statement.text.toLowerCase()
    .startsWith("rollback") === true;

const isConcurrent = ({ statement: { tree } }: Step) =>
  ("IndexStmt" in tree && tree.IndexStmt.concurrent === true) || ("DropStmt" in tree && tree.DropStmt.concurrent === true);

/** Statement by statement, as psql does it, up to the first that is refused. */
async function firstRefusal(stage: Stage, steps: readonly Step[], wrapped: boolean): Promise<string | undefined> {
  if (wrapped) await stage.execute("begin");
  for (const { statement } of steps) {
    const { refused } = await stage.execute(statement.text);
    if (refused) {
      await stage.execute("rollback");
      return `${statement.text.slice(0, 100)}: ${refused.message}`;
    }
  }
  await stage.execute("commit");
  return undefined;
}
