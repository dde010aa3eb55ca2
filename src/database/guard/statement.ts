import type { Node } from "@pgsql/types";
import { explained } from "../../sql/explained.ts";
import { tokensOf } from "../../sql/grammar.ts";
import { parseStatements } from "../../sql/parse.ts";
import type { Kind } from "../../sql/walk.ts";
import { refuseLargeAmounts } from "./amounts.ts";
import { refuseLaboriousPlanning } from "./folding.ts";
import { refuseLarge } from "./input.ts";
import { admittedNodes, type Found, nodesOf } from "./nodes.ts";
import { refused } from "./refused.ts";

export type Mode = "explain" | "analyze";

export interface Admitted {
  /** The bare statement: without EXPLAIN, without comments and without a final semicolon. */
  readonly text: string;
  readonly kind: "SelectStmt" | "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt";
  /** The highest `$n`. */
  readonly parameters: number;
  /** Of `text`, in whose characters every `location` counts. */
  readonly tree: Node;
}

/**
 * The first two layers: no text reaches the server that is not one statement made of `nodes` alone. The caller's text
 * is cut down to the bare statement, and what was cut out must read the same on its own.
 */
export async function admit(sql: string, mode: Mode, nodes: ReadonlySet<Kind> = admittedNodes[mode]): Promise<Admitted> {
  await refuseLarge(sql);
  const [first, ...more] = await parseStatements(sql);
  if (!first) throw refused("statement", "there is no statement in it", "Pass one statement.");
  if (more.length > 0) throw refused("statement", `it is ${more.length + 1} statements`, "Pass one statement at a time.");

  const { statement: written, runs } = explained(first);
  if (runs) throw refused("statement", "it says EXPLAIN ANALYZE", "Pass the statement alone, with `analyze: true` to have it run.");
  const [statement, another] = await parseStatements(withoutComments(written.text));
  if (!statement || another || withoutPlaces(statement.tree) !== withoutPlaces(written.tree))
    throw refused("statement", "cut out of its text it reads otherwise", "Pass the statement alone, without comments around it.");

  const found = [...nodesOf(statement.tree, nodes)];
  for (const node of found) {
    refuseOtherDatabases(node);
    refuseSampling(node);
    refuseLargeAmounts(node);
  }
  refuseManyRelations(found);
  refuseLaboriousPlanning(statement.tree);
  return { text: statement.text, kind: statement.kind as Admitted["kind"], parameters: parametersOf(found, mode), tree: statement.tree };
}

/** Extensions of the planner take orders from comments (pg_hint_plan). Each becomes a blank of its length, so that places stay what they are. */
function withoutComments(text: string): string {
  const tokens = tokensOf(text);
  const parts = tokens.map(({ start, end }, at) => blank(text.slice(tokens[at - 1]?.end ?? 0, start)) + text.slice(start, end));
  return parts.join("") + blank(text.slice(tokens.at(-1)?.end ?? 0));
}

const blank = (gap: string) => gap.replaceAll(/[^\n]/gu, " ");

const places = new Set(["location", "list_start", "list_end", "name_location", "rexpr_list_start", "rexpr_list_end"]);
const withoutPlaces = (tree: Node): string => JSON.stringify(tree, (field, value) => (places.has(field) ? undefined : value));

/** Postgres takes the name of its own database in front of a schema, and no other. */
function refuseOtherDatabases({ kind, node }: Found): void {
  const isNamed =
    (kind === "RangeVar" && node.catalogname !== undefined) ||
    (kind === "ColumnRef" && (node.fields?.length ?? 0) > 3) ||
    (kind === "FuncCall" && (node.funcname?.length ?? 0) > 2) ||
    (kind === "TypeName" && (node.names?.length ?? 0) > 2);
  if (isNamed) throw refused("statement", "a name in it starts with a database", "Name it with its schema only.");
}

/** Those of Postgres, and those of tsm_system_rows and tsm_system_time (https://www.postgresql.org/docs/current/tsm-system-rows.html). */
const samplings = new Set(["system", "bernoulli", "system_rows", "system_time"]);

function refuseSampling({ kind, node }: Found): void {
  if (kind !== "RangeTableSample") return;
  const method = node.method?.at(-1);
  const name = method && "String" in method ? (method.String.sval ?? "") : "";
  if (!samplings.has(name)) throw refused("statement", `TABLESAMPLE ${name} is unknown here`, `Use ${[...samplings].join(", ")}.`);
}

const RELATIONS = 100;

function refuseManyRelations(found: readonly Found[]): void {
  const relations = found.filter(({ kind }) => kind === "RangeVar").length;
  if (relations > RELATIONS)
    throw refused("input", `it names ${relations} relations, and at most ${RELATIONS} are planned`, "Ask about a part of it.");
}

const PARAMETERS = 100;

function parametersOf(found: readonly Found[], mode: Mode): number {
  const numbers = found.flatMap(({ kind, node }) => (kind === "ParamRef" ? [node.number ?? 0] : []));
  const highest = Math.max(0, ...numbers);
  if (numbers.includes(0)) throw refused("statement", "there is no parameter $0", "Parameters are counted from $1.");
  if (highest > PARAMETERS)
    throw refused(
      "input",
      `its parameters go up to $${highest}, and at most $${PARAMETERS} is taken`,
      "Pass lists as one array parameter, = ANY($1).",
    );
  if (numbers.length > 0 && mode === "analyze")
    throw refused(
      "statement",
      "it cannot run without values for its parameters",
      "Write values in their place, or ask for the plan without `analyze: true`.",
    );
  return highest;
}
