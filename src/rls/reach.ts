import type { Policy } from "../catalog/policies.ts";
import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import { changesOf, type Outcome, perform, type Rows, type Scratch, seenOf } from "./act.ts";
import type { Actor } from "./actors.ts";
import type { TableAct, Verb } from "./table-acts.ts";
import type { World } from "./worlds.ts";

/** Somebody reached rows. */
export interface Reach {
  readonly actor: string;
  readonly verb: Verb;
  /** "read", "update without WHERE", "read through the view all_bookings". */
  readonly what: string;
  readonly object: string;
  readonly whose: "own" | "other";
  readonly rows: number;
  /** What let them: the names of policies, or a sentence. Empty of own rows. */
  readonly by: readonly string[];
}

export interface Tried {
  readonly reaches: readonly Reach[];
  /** What neither worked nor was refused for want of a right. */
  readonly undecided: readonly Undecided[];
}

export interface Undecided {
  readonly object: string;
  /** "A, read". */
  readonly act: string;
  /** As Postgres says it. */
  readonly message: string;
}

/** Insufficient privilege: by GRANT or by a policy. */
const DENIED = "42501";

interface Asked {
  readonly table: Table;
  readonly actor: Actor;
  readonly schema: Schema;
  readonly before: Rows;
}

/** What an act reached of the rows of this user. */
function reached({ verb }: Pick<TableAct, "verb">, outcome: Outcome, before: Rows, world: World): number {
  if (outcome.refused) return 0;
  if (verb === "read") return seenOf(outcome, world);
  const { changed, added } = changesOf(outcome, before, world);
  return verb === "insert" ? added : Math.max(changed, added);
}

export async function tryAct(scratch: Scratch, act: TableAct, asked: Asked): Promise<Tried> {
  const { actor, table, before } = asked;
  const outcome = await perform(scratch, actor, act);
  if (outcome.refused && outcome.refused.code !== DENIED)
    return { reaches: [], undecided: [{ object: qualified(table), act: `${actor.name}, ${act.what}`, message: outcome.refused.message }] };
  const others: readonly World[] = actor.world === "a" ? ["b"] : actor.world === "b" ? ["a"] : ["a", "b"];
  const sum = (found: Outcome) => others.reduce((rows, world) => rows + reached(act, found, before, world), 0);
  const own = actor.world === undefined ? 0 : reached(act, outcome, before, actor.world);
  const theirs = sum(outcome);
  const told = { actor: actor.name, verb: act.verb, what: act.what, object: qualified(table) };
  const isOwn = own > 0 && (act.whose === "all" || act.whose === actor.world);
  return {
    reaches: [
      ...(isOwn ? [{ ...told, whose: "own" as const, rows: own, by: [] }] : []),
      ...(theirs > 0
        ? [{ ...told, whose: "other" as const, rows: theirs, by: await letBy(scratch, act, { ...asked, rows: theirs, sum }) }]
        : []),
    ],
    undecided: [],
  };
}

interface Let extends Asked {
  readonly rows: number;
  readonly sum: (outcome: Outcome) => number;
}

/** Each policy without which less is reached; where none is missed, each that lets them alone. */
async function letBy(scratch: Scratch, act: TableAct, { table, actor, schema, rows, sum }: Let): Promise<readonly string[]> {
  if (!table.rowSecurity) return ["no row-level security"];
  const own = schema.policies.filter((policy) => policy.table.oid === table.oid && policy.permissive);
  const without = (dropped: readonly TablePolicy[]) =>
    perform(scratch, actor, { ...act, prepare: [...act.prepare, ...dropped.map((policy) => dropSql(policy, table))] });
  if (sum(await without(own)) === rows) return [await exempt(scratch, table, actor)];
  const needed: string[] = [];
  for (const policy of own) if (sum(await without([policy])) < rows) needed.push(policy.name);
  if (needed.length > 0) return needed;
  const commands = new Set<Policy["command"]>(["all", act.verb === "read" ? "select" : act.verb]);
  const alike = own.filter(({ command }) => commands.has(command));
  const enough: string[] = [];
  for (const policy of alike) if (sum(await without(alike.filter((other) => other !== policy))) === rows) enough.push(policy.name);
  return enough.length > 0 ? enough : own.map(({ name }) => name);
}

type TablePolicy = Schema["policies"][number];

const dropSql = ({ name }: TablePolicy, table: Table) => `drop policy ${quote(name)} on ${qualified(table)}`;

/** Why policies say nothing to somebody (`check_enable_rls` in src/backend/utils/misc/rls.c). */
async function exempt(scratch: Scratch, table: Table, { role }: Actor): Promise<string> {
  const [found] = await scratch.read<{ bypass: boolean }>(
    "select r.rolbypassrls or r.rolsuper as bypass from pg_catalog.pg_roles r where r.rolname = $1",
    [role],
  );
  if (found?.bypass) return `${quote(role)} bypasses row-level security`;
  return table.forcesRowSecurity ? "not a policy of this table" : `${quote(role)} owns the table, which does not FORCE row-level security`;
}
