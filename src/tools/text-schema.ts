import { createHash } from "node:crypto";
import { type Catalog, type Directory, readMade, readRelationDirectory } from "../catalog/catalog.ts";
import { ToolError } from "../error.ts";
import { parseStatements } from "../sql/parse.ts";
import { withoutPsqlLines } from "../sql/psql.ts";
import { readRowComments } from "../sql/row-comments.ts";
import { type Loaded, loadSchemaText, needsOfText } from "../twin/schema-text.ts";
import type { Session } from "../twin/twin.ts";
import { type Counts, rowCountsOf } from "./text-sizes.ts";
import type { Context } from "./tool.ts";
import type { Chosen } from "./wanted.ts";

/** DDL text may be a whole dump. */
const SCHEMA_BYTES = 2_000_000;

/** What the twin holds of a text. */
interface HeldText {
  readonly loaded: Loaded;
  readonly directory: Directory;
  /** Read once for each choice: the text does not change. */
  catalogOf(session: Session, relations: Chosen["relations"]): Promise<Catalog>;
}

interface LoadedText extends HeldText {
  readonly session: Session;
  readonly counts: Counts;
}

interface Text {
  readonly text: string;
  readonly input: { readonly row_counts?: Readonly<Record<string, number>> | undefined };
  /** Statements will be run and committed in the twin, which is given up afterwards. */
  readonly rehearses?: true | undefined;
}

/** Loads the text, unless the twin holds it from the last question. */
export async function withText<Result>(
  { text, input: { row_counts }, rehearses }: Text,
  context: Context,
  ask: (loaded: LoadedText) => Promise<Result>,
): Promise<Result> {
  const script = withoutPsqlLines(text);
  const statements = await parseStatements(script, { what: "schema_sql", bytes: SCHEMA_BYTES });
  const comments = await readRowComments(script);
  if (statements.length === 0) {
    throw new ToolError(
      "invalid_argument",
      "schema_sql has no statement in it. Pass the CREATE TABLE statements of the tables in question.",
    );
  }
  const load = async (session: Session): Promise<HeldText> => {
    context.progress("Loading the schema");
    const loaded = await loadSchemaText(session, statements);
    const directory = await readRelationDirectory(session);
    const restored = loaded.restored.size > 0;
    const read = new Map<string, Promise<Catalog>>();
    const catalogOf = (session: Session, relations: Chosen["relations"]) => {
      const key = relations.join();
      const catalog = read.get(key) ?? readMade(session, { settings: directory.settings, relations, restored });
      read.set(key, catalog);
      return catalog;
    };
    return { loaded, directory, catalogOf };
  };
  const answer = async (session: Session, held: HeldText) =>
    ask({ session, ...held, counts: await rowCountsOf(session, { argument: row_counts, comments, directory: held.directory }) });
  const needs = needsOfText(statements);
  if (rehearses)
    return context.twin.use({ ...needs, alone: true }, async (session) => answer(session, await load(session)), context.signal);
  const key = `text ${createHash("sha256").update(text).digest("hex")}`;
  return context.twin.holding({ needs, key, hold: async (session, held) => held ?? load(session) }, answer, context.signal);
}
