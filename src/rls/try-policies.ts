import type { Schema } from "../catalog/schema.ts";
import { readTypes } from "../rewrites/check.ts";
import { quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import type { Session } from "../twin/twin.ts";
import { openActs, rowsNow, type Scratch } from "./act.ts";
import { type Actor, castOf } from "./actors.ts";
import { fill } from "./fill.ts";
import { identityOf } from "./identity.ts";
import { type Reach, type Tried, tryAct, type Undecided } from "./reach.ts";
import { refillSql, setStage } from "./stage.ts";
import { actsOn, rightsOf } from "./table-acts.ts";
import { MOST_CALLS, MOST_COLUMNS, tryFunction, tryView } from "./through.ts";
import { type Made, VARIANTS } from "./worlds.ts";

export interface PolicyTrial {
  /** Who tried, in order. */
  readonly actors: readonly string[];
  /** What tells the policies who asks: "claim sub", "setting app.tenant_id". */
  readonly identity: readonly string[];
  /** Tables, views and functions on which everything was tried. */
  readonly objects: readonly string[];
  /** Rows of each user in a table at most. */
  readonly rows: number;
  readonly reaches: readonly Reach[];
  readonly limits: readonly string[];
}

/** Tables that are filled: what is beyond is told. */
const MOST_TABLES = 60;

/**
 * Two users with rows of their own, and nobody: what each of them reaches of the other's rows under the policies, privileges,
 * views and functions of this schema. Of schemas that the `platform` owns, only tables with policies are tried. The scratch session is empty, and its worker is its own.
 */
export async function tryPolicies(scratch: Session, schema: Schema, platform: ReadonlySet<string>): Promise<PolicyTrial> {
  const missing = await setStage(scratch, schema);
  const trial = await tryOnStage(scratch, schema, platform);
  return { ...trial, limits: [...missing, ...trial.limits] };
}

/** The same where the schema is in place already, with no row in its tables. */
export async function tryOnStage(scratch: Scratch, schema: Schema, platform: ReadonlySet<string>): Promise<PolicyTrial> {
  const all = schema.tables.filter(({ kind, partition }) => kind !== "foreign table" && partition.bound === undefined);
  const isOwn = (thing: { readonly schema: string }) => !platform.has(thing.schema);
  const asked = all.filter((table) => isOwn(table) || schema.policies.some((policy) => policy.table.oid === table.oid));
  const views = schema.views.filter(isOwn);
  const functions = callable(schema).filter(isOwn);
  const outside = schema.foreignKeys
    .map(({ references }) => references)
    .filter(({ oid }) => !schema.tables.some((table) => table.oid === oid));
  const tables = [...new Map([...asked, ...outside, ...all].map((table) => [table.oid, table])).values()];
  const made: Made = {
    identity: identityOf({ ...schema, tables }),
    types: await readTypes(scratch, [...tables, ...schema.views]),
    tables: tables.slice(0, MOST_TABLES),
    rows: new Map(),
  };
  const cast = castOf(schema, made);
  await scratch.run([...cast.prepare]);
  const filled = await fill(scratch, made);
  await scratch.run(refillSql(schema.views));
  await openActs(scratch);
  const tried = filled.tables.filter((table) => asked.includes(table));
  const path = schema.settings.searchPath.map(quote).join(", ") || "public";
  const actors = cast.actors.map((actor) => ({ ...actor, settings: { ...actor.settings, search_path: path } }));
  const found: Tried[] = [];
  for (const actor of actors) found.push(...(await tryAs(scratch, actor, { schema, made, tables: tried, views, functions })));
  return {
    actors: actors.map(({ name }) => name),
    identity: [...made.identity.sources.keys()],
    objects: [...[...tried, ...views].map(qualified), ...functions.map(({ signature }) => signature)],
    rows: VARIANTS,
    reaches: found.flatMap(({ reaches }) => reaches),
    limits: [
      ...cast.limits,
      ...filled.limits,
      ...folded(found.flatMap(({ undecided }) => undecided)),
      ...beyond(schema, { views, functions }),
      ...(tables.length > MOST_TABLES
        ? [`${tables.length - MOST_TABLES} of ${tables.length} tables, on which policies were not tried`]
        : []),
    ],
  };
}

/** What nobody tried of what is there. */
const beyond = ({ policies }: Schema, { views, functions }: Pick<Schema, "views" | "functions">): readonly string[] => [
  ...(policies.some(({ using, check }) => /\brealtime\.topic\(/.test(`${using} ${check}`))
    ? ["policies by realtime.topic(): no topic is set"]
    : []),
  ...(views.length > 0 ? [`views: they are updated by their first ${MOST_COLUMNS} columns, and nothing is inserted through them`] : []),
  ...(functions.length > 0 ? [`functions: each is called with at most ${MOST_CALLS} sets of arguments that were guessed`] : []),
];

/** One line for what was refused for one reason. */
function folded(undecided: readonly Undecided[]): readonly string[] {
  const reasons = [...new Set(undecided.map(({ object, message }) => `${object}: ${message}`))];
  return reasons.map((reason) => {
    const acts = [...new Set(undecided.filter(({ object, message }) => `${object}: ${message}` === reason).map(({ act }) => act))];
    return `${reason} (${acts.slice(0, 3).join("; ")}${acts.length > 3 ? ` and ${acts.length - 3} more` : ""})`;
  });
}

/** What runs with its owner's rights and can be called. */
const callable = ({ functions }: Schema) =>
  functions.filter(
    ({ securityDefiner, returns, kind, schema }) =>
      securityDefiner && returns !== "trigger" && returns !== "event_trigger" && kind !== "window function" && schema !== "auth",
  );

async function tryAs(
  scratch: Scratch,
  actor: Actor,
  {
    schema,
    made,
    tables,
    views,
    functions,
  }: { schema: Schema; made: Made; tables: Made["tables"]; views: Schema["views"]; functions: Schema["functions"] },
): Promise<readonly Tried[]> {
  const rights = await rightsOf(scratch, actor.role, tables);
  const tried: Tried[] = [];
  for (const table of tables) {
    const before = await rowsNow(scratch, [table]);
    for (const act of await actsOn(scratch, table, { actor, rights, made }))
      tried.push(await tryAct(scratch, act, { table, actor, schema, before }));
  }
  const through = { actor, schema, made, tables, before: await rowsNow(scratch, tables) };
  for (const view of views) tried.push(await tryView(scratch, view, through));
  for (const called of functions) tried.push(await tryFunction(scratch, called, through));
  return tried;
}
