import type { Schema, View } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import { type Act, changesOf, type Outcome, perform, type Rows, type Scratch, seenOf } from "./act.ts";
import type { Actor } from "./actors.ts";
import type { Reach, Tried } from "./reach.ts";
import type { Verb } from "./table-acts.ts";
import { type Made, markOf, type World } from "./worlds.ts";

export interface Through {
  readonly actor: Actor;
  readonly schema: Schema;
  readonly made: Made;
  /** That hold rows. */
  readonly tables: readonly Table[];
  readonly before: Rows;
}

const others = ({ world }: Actor): readonly World[] => (world === "a" ? ["b"] : world === "b" ? ["a"] : ["a", "b"]);

function touched(outcome: Outcome, before: Rows, actor: Actor): number {
  if (outcome.refused) return 0;
  const changed = outcome.after
    ? others(actor)
        .map((world) => changesOf(outcome, before, world))
        .reduce((rows, each) => rows + Math.max(each.changed, each.added), 0)
    : 0;
  return Math.max(
    changed,
    others(actor).reduce((rows, world) => rows + seenOf(outcome, world), 0),
  );
}

/** Columns of a view that are set to what they are, one by one: some cannot be written. */
export const MOST_COLUMNS = 4;

/** Reads a view, and changes and deletes through it. */
export async function tryView(scratch: Scratch, view: View, through: Through): Promise<Tried> {
  const { actor, tables, before } = through;
  const on = qualified(view);
  const change = (verb: Verb, sql: string) => ({
    verb,
    what: `${verb} without WHERE`,
    act: { prepare: [], sql, reads: false, watched: tables },
  });
  const updates = view.columns
    .slice(0, MOST_COLUMNS)
    .map(({ name }) => change("update", `update ${on} set ${quote(name)} = ${quote(name)}`));
  const acts: readonly { verb: Verb; what: string; act: Act }[] = [
    { verb: "read", what: "read", act: { prepare: [], sql: `select * from ${on}`, reads: true, watched: [] } },
    ...(view.kind === "view" ? [...updates, change("delete", `delete from ${on}`)] : []),
  ];
  const reaches: Reach[] = [];
  for (const { verb, what, act } of acts) {
    if (reaches.some((reach) => reach.what === what)) continue;
    const rows = touched(await perform(scratch, actor, act), before, actor);
    const by = rows > 0 ? [await viewLet(scratch, view, { act, rows, through })] : [];
    if (rows > 0) reaches.push({ actor: actor.name, verb, what, object: on, whose: "other", rows, by });
  }
  return { reaches, undecided: [] };
}

/** Whether it is the view, or what it reads would have been reached without it. */
async function viewLet(
  scratch: Scratch,
  view: View,
  { act, rows, through: { actor, before } }: { act: Act; rows: number; through: Through },
): Promise<string> {
  if (view.kind === "materialized view") return "a materialized view has no row-level security";
  if (view.securityInvoker) return "what it reads is reached without it";
  const invoker = { ...act, prepare: [`alter view ${qualified(view)} set (security_invoker = true)`] };
  const left = touched(await perform(scratch, actor, invoker), before, actor);
  return left < rows ? `it reads as its owner ${quote(view.owner)}, without security_invoker` : "what it reads is reached without it";
}

/** Calls of one function at most. */
export const MOST_CALLS = 8;

/** Calls what runs with the rights of its owner: all else reaches what its caller reaches. */
export async function tryFunction(scratch: Scratch, made: Schema["functions"][number], through: Through): Promise<Tried> {
  const { actor, tables, before } = through;
  const calls = callsOf(made, through);
  if (!calls)
    return {
      reaches: [],
      undecided: [{ object: made.signature, act: `${actor.name}, call`, message: "no value is known for an argument" }],
    };
  const refusals: string[] = [];
  for (const { sql, given } of calls) {
    const act = { prepare: [], sql, reads: made.kind !== "procedure", watched: tables };
    const outcome = await perform(scratch, actor, act);
    if (outcome.refused && outcome.refused.code !== "42501") refusals.push(outcome.refused.message);
    // What was handed in and comes back tells nothing.
    const rows = touched(
      { ...outcome, seen: outcome.seen.map((text) => given.reduce((left, value) => left.replaceAll(value, ""), text)) },
      before,
      actor,
    );
    const verb: Verb = rows > 0 && !outcome.refused && changed(outcome, before) ? "update" : "read";
    if (rows > 0)
      return {
        reaches: [
          {
            actor: actor.name,
            verb,
            what: verb === "read" ? "read by calling it" : "change by calling it",
            object: made.signature,
            whose: "other",
            rows,
            by: [`SECURITY DEFINER as ${quote(made.owner)}`],
          },
        ],
        undecided: [],
      };
  }
  return {
    reaches: [],
    undecided: refusals.length === calls.length ? [{ object: made.signature, act: `${actor.name}, call`, message: refusals[0] ?? "" }] : [],
  };
}

const changed = ({ after }: Outcome, before: Rows) => after !== undefined && Object.keys(before).some((place) => !(place in after));

/** With values of others' rows: what an argument is called says which come first. */
function callsOf(
  made: Schema["functions"][number],
  { actor, made: world, tables }: Through,
): readonly { sql: string; given: readonly string[] }[] | undefined {
  const [target = "a"] = others(actor);
  const parts = made.arguments
    .split(/, (?![^(]*\))/)
    .filter((part) => part !== "" && !part.startsWith("OUT ") && !part.startsWith("TABLE"));
  const lists = parts.map((part) => valuesFor(part.replace(/^(?:IN|INOUT|VARIADIC) /, ""), { target, tables, world }));
  if (lists.some((list) => list.length === 0)) return undefined;
  const count = Math.min(MOST_CALLS, Math.max(1, ...lists.map((list) => list.length)));
  const name = `${quote(made.schema)}.${quote(made.name)}`;
  return Array.from({ length: count }, (_, at) => {
    const given = lists.map((list) => list[at % list.length] ?? { value: "", type: "text" });
    const call = `${name}(${given.map(({ value, type }) => `${literal(value)}::${type}`).join(", ")})`;
    return {
      sql: made.kind === "procedure" ? `call ${call}` : `select * from ${call}`,
      given: given.map(({ value }) => value).filter((value) => markOf[target].test(value)),
    };
  });
}

interface Value {
  readonly value: string;
  readonly type: string;
}

function valuesFor(
  argument: string,
  { target, tables, world }: { target: World; tables: readonly Table[]; world: Made },
): readonly Value[] {
  const [, name = "", type = argument] = /^(\S+) (.+)$/.exec(argument) ?? [];
  const isNamed = type !== argument && !/^(?:double|character|timestamp|time|bit)$/.test(name);
  const wanted = isNamed ? type : argument;
  const found = tables.flatMap((table) =>
    table.columns.flatMap((column) =>
      column.type === wanted || (wanted === "text" && column.type.startsWith("character varying"))
        ? (world.rows.get(table.oid)?.[target] ?? [])
            .slice(0, 2)
            .flatMap((row) =>
              row[column.name] === undefined
                ? []
                : [{ value: row[column.name] ?? "", type: wanted, near: nearness(name, table, column.name) }],
            )
        : [],
    ),
  );
  const sorted = found.sort((a, b) => b.near - a.near).map(({ value }) => value);
  const plain = simple[wanted];
  return [...new Set([...sorted, ...(plain === undefined ? [] : [plain])])].map((value) => ({ value, type: wanted }));
}

const simple: Readonly<Record<string, string>> = {
  boolean: "true",
  integer: "100",
  bigint: "100",
  text: "a",
  date: "2026-01-01",
  "timestamp with time zone": "2026-01-01",
  jsonb: "{}",
  json: "{}",
  numeric: "1",
};

function nearness(argument: string, { name }: Table, column: string): number {
  const bare = argument.replace(/^(?:p|v|in|arg)?_/, "");
  if (bare === column) return 3;
  if (bare === `${name}_${column}` || bare === `${name.replace(/s$/, "")}_${column}` || bare === name.replace(/s$/, "")) return 2;
  return column === "id" || column.endsWith("_id") ? 1 : 0;
}
