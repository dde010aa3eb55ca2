import { findRelation } from "../catalog/catalog.ts";
import { readSettings } from "../catalog/settings.ts";
import { missingStatements, readWorkload, readWorkloadPlace } from "../catalog/workload.ts";
import { ToolError } from "../error.ts";
import { readServerWorkload, type ServerWorkload } from "../indexes/server-workload.ts";
import { type Given, messageOf, readGiven } from "../indexes/workload.ts";
import type { Statement } from "../sql/parse.ts";
import { quote } from "../sql/quote.ts";
import { relationsOf } from "../sql/relations.ts";
import type { Context } from "./tool.ts";
import { type Choose, namedBy, together } from "./wanted.ts";

interface Asked {
  readonly sql?: string | undefined;
  readonly queries?: readonly { readonly sql: string; readonly calls?: number | undefined }[] | undefined;
  readonly workload?: boolean | undefined;
  readonly schema_sql?: string | undefined;
}

/** The statements of a question, in the order they were given or by the time they took. */
export interface Statements {
  readonly given: readonly Given[];
  /** What the server counted, where its own workload was asked about. */
  readonly counted?: ServerWorkload & { readonly since: string | undefined };
  readonly limits: readonly string[];
}

const ONE =
  "Pass sql (one statement), queries (a list of { sql, calls }) or workload: true (what pg_stat_statements counted), one of the three.";

export async function readStatements(asked: Asked, context: Context): Promise<Statements> {
  const { sql, queries, workload = false, schema_sql } = asked;
  const ways = [sql !== undefined, queries !== undefined && queries.length > 0, workload].filter(Boolean).length;
  if (ways !== 1) throw new ToolError("invalid_argument", ONE);
  if (!workload) return { given: await readGiven(asked), limits: [] };
  if (schema_sql !== undefined) {
    throw new ToolError(
      "invalid_argument",
      "A text has no workload: pass its statements as queries, or leave schema_sql out to ask about the database.",
    );
  }
  return fromServer(context);
}

async function fromServer(context: Context): Promise<Statements> {
  context.progress("Reading the workload");
  const { found, missing } = await context.database().transaction(async (connection) => {
    const place = await readWorkloadPlace(connection);
    const found = await readWorkload(connection);
    const { user } = await readSettings(connection);
    const hidden = "state" in found ? 0 : found.hiddenCalls;
    return { found, missing: missingStatements(place, hidden, quote(user)) };
  }, context);
  if ("state" in found) {
    const why =
      found.state === "left out"
        ? "The snapshot was written without the workload. Write it anew with `backend-db-mcp snapshot` and without --no-workload, or pass the statements as queries."
        : `${missing} Until then, pass the statements as queries.`;
    throw new ToolError(found.state === "not readable" ? "permission_denied" : "invalid_argument", why);
  }
  const { since, evictions = 0 } = found;
  const counted = await readServerWorkload(found.statements);
  if (counted.given.length === 0) {
    throw new ToolError(
      "invalid_argument",
      `pg_stat_statements counted no statement of this database that is planned${missing === undefined ? "" : `; ${missing}`} Pass the statements as queries.`,
    );
  }
  return {
    given: counted.given,
    counted: { ...counted, since },
    limits: [...(missing === undefined ? [] : [withoutPeriod(missing)]), ...evicted(evictions)],
  };
}

/** Limits are joined by semicolons. */
const withoutPeriod = (sentence: string) => sentence.replace(/[.;]$/, "");

const evicted = (evictions: number) =>
  evictions === 0 ? [] : [`statements that pg_stat_statements forgot to make room, ${evictions} times (pg_stat_statements.max)`];

/** What is planned, and of the others why they are not. */
export interface Sorted {
  readonly why: Map<number, string>;
  /** That read no table of the database: there is nothing to index, and nothing to plan. */
  readonly idle: Set<number>;
}

interface Asking {
  readonly statements: Statements;
  /** Indexes to be tried. */
  readonly attempts: readonly { readonly statement: Statement }[];
  /** What cannot be read is the caller's to put right, and there is nothing else to answer. */
  readonly isSingle: boolean;
}

/** The tables of all statements; of a list, one that names what is not there is left out and told. */
export function choosing({ statements: { given, counted }, attempts, isSingle }: Asking, { why, idle }: Sorted): Choose {
  return (directory) => {
    const tried = attempts.flatMap(({ statement }) =>
      relationsOf(statement).flatMap((written) => findRelation(directory, written)?.oid ?? []),
    );
    const chosen = given.flatMap(({ number, read: { statement } }) => {
      if (!statement) return [];
      try {
        const named = namedBy([statement])(directory);
        if (counted && named.relations.length === 0) idle.add(number);
        return [named];
      } catch (error) {
        if (isSingle) throw error;
        why.set(number, messageOf(error));
        return [];
      }
    });
    return together([...chosen, { relations: tried, functions: [] }]);
  };
}
