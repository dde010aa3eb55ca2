import { randomBytes } from "node:crypto";
import { type Refused, ToolError } from "../error.ts";
import { quote } from "../sql/quote.ts";
import type { Access } from "./access.ts";
import type { Database } from "./database.ts";
import { codeOf } from "./faults.ts";
import { refuseOtherReading } from "./guard/reading.ts";
import { refused } from "./guard/refused.ts";
import { resolve } from "./guard/resolve.ts";
import type { Admitted, Mode } from "./guard/statement.ts";
import type { Link } from "./link.ts";
import { layDown, readStanding, type Standing } from "./privileges.ts";
import { MARK, setLocally } from "./transaction.ts";

/** What EXPLAIN (FORMAT JSON) gave, or what Postgres said no to. */
export type Explained = { readonly plan: unknown; readonly refused?: undefined } | { readonly refused: Refused };

/** Milliseconds that a caller's statement may be planned or run. */
export const STATEMENT_TIMEOUT = 4_000;

/**
 * In the planner's units. A million is a sequential scan of some 8 GB of pages, which no server reads within
 * the time limit: whoever asks to run that wants the plan first.
 */
const MOST_COST = 1_000_000;

/** Bytes of an EXPLAIN's output: a plan of 2,000 nodes has about one million. */
const MOST_PLAN = 2_000_000;

interface Question {
  readonly admitted: Admitted;
  readonly mode: Mode;
  readonly access: Access;
  readonly versionNumber: number;
  /** Milliseconds, as the transaction was told. */
  readonly statementTimeout: number;
}

/** Layers 3 to 8 of the guard, inside a transaction that can only read and will be rolled back. */
export async function explainOn(link: Link, reads: Database, question: Question): Promise<Explained> {
  const { admitted, mode, access, versionNumber, statementTimeout } = question;
  const standing = await readStanding(link);
  await layDown(link, standing, mode, access);
  await refuseOtherReading(reads, admitted, versionNumber);
  await resolve(reads, admitted, { mode, schemas: standing.schemas, trusted: access.trusted, versionNumber });
  await readAsTheRole(link, standing);
  try {
    return await explainText(link, admitted, mode);
  } catch (error) {
    throw codeOf(error) === "57014" ? outOfTime(statementTimeout) : error;
  }
}

/** The statement alone, in a transaction that is left to the caller. */
export async function explainText(link: Link, { text, parameters }: Admitted, mode: Mode): Promise<Explained> {
  const planned = await (parameters > 0 ? generic(link, text) : plainly(link, PLAN, text));
  if (mode === "explain" || planned.refused !== undefined) return planned;
  refuseDear(planned.plan);
  return plainly(link, RUN, text);
}

/** Names are read by the very list that the guard resolved them by. */
const readAsTheRole = (link: Link, { schemas, own }: Standing): Promise<void> =>
  setLocally(link, { ...own, search_path: [...schemas, "pg_temp"].map(quote).join(", ") });

const PLAN = "explain (verbose, format json) ";
const RUN = "explain (analyze, verbose, buffers, format json) ";

const plainly = (link: Link, command: string, text: string) => asValue(explained(link, command + text), command);

async function explained(link: Link, sql: string): Promise<unknown> {
  const [row] = await link.query<{ readonly "QUERY PLAN": unknown }>(sql, [], { bytes: MOST_PLAN });
  return row?.["QUERY PLAN"];
}

/**
 * With placeholders, as the server plans for values that it does not know. GENERIC_PLAN (16 and later) would need the
 * simple protocol, which takes several statements in one text. A prepared statement outlives a rollback, so it is
 * deallocated in either case.
 */
async function generic(link: Link, text: string): Promise<Explained> {
  // Of its own, in case a pooler hands out a session in which an earlier one was left.
  const name = `backend_db_mcp_${randomBytes(4).toString("hex")}`;
  const prepare = `prepare ${name} as `;
  await setLocally(link, { plan_cache_mode: "force_generic_plan" });
  await link.query("savepoint prepared", []);
  const prepared = await asValue(link.query(prepare + text, []), prepare);
  if (prepared.refused !== undefined) return prepared;
  try {
    const [found] = await link.query<{ readonly number: number }>(parametersQuery, [name]);
    const nulls = Array.from({ length: found?.number ?? 0 }, () => "null").join(", ");
    return await asValue(explained(link, `${PLAN}execute ${name}(${nulls})`), undefined);
  } finally {
    await link.query("rollback to prepared", []).then(
      () => link.query(`deallocate ${name}`, []),
      () => undefined,
    );
  }
}

const parametersQuery = `
  select ${MARK} pg_catalog.cardinality(p.parameter_types)::pg_catalog.int4 as number
  from pg_catalog.pg_prepared_statements p
  where p.name operator(pg_catalog.=) $1::pg_catalog.text`;

/** Postgres's no is an answer; a connection that broke, or time that ran out, is none. `command` stood before the caller's text. */
async function asValue(plan: Promise<unknown>, command: string | undefined): Promise<Explained> {
  try {
    return { plan: await plan };
  } catch (error) {
    const code = codeOf(error);
    if (!/^(0A|21|22|23|2F|38|39|3F|42|44|54|P0|XX)/.test(code)) throw error;
    return { refused: refusalOf(error, code, command) };
  }
}

/** `after` in milliseconds. */
export const outOfTime = (after: number) =>
  new ToolError(
    "timeout",
    `The server was stopped after ${after / 1000} s of planning or running the statement. Ask without analyze for the plan, or ask about a smaller part.`,
  );

/**
 * What Postgres says of names and grammar (class 42) repeats the statement. What it says of values (22, 23, P0…) may
 * hold a cell of the user's tables, so of those only the code is told.
 */
function refusalOf(error: unknown, code: string, command: string | undefined): Refused {
  if (code === "42501") return { code, message: "this role may not plan it: it reads or writes what the role has no right to" };
  if (!/^(42|3F)/.test(code)) return { code, message: "a value in its tables or constants cannot be computed with" };
  const { message, hint, position } = error as Error & { readonly hint?: string; readonly position?: string };
  const place = command === undefined || position === undefined ? undefined : Number(position) - command.length;
  return { code, message, ...(hint !== undefined && { hint }), ...(place !== undefined && { position: place }) };
}

function refuseDear(plan: unknown): void {
  const cost = (plan as readonly { readonly Plan?: { readonly "Total Cost"?: number } }[] | undefined)?.[0]?.Plan?.["Total Cost"];
  if (cost === undefined || cost > MOST_COST) {
    throw refused(
      "limits",
      `the planner expects ${Math.round(cost ?? Number.NaN).toLocaleString("en")} cost units, and statements over ${MOST_COST.toLocaleString("en")} are not run`,
      "Ask without analyze for the plan, or narrow the statement.",
    );
  }
}
