import type { CatalogObject } from "../catalog/objects/object.ts";
import { readObjects } from "../catalog/objects/objects.ts";
import type { Refused } from "../error.ts";
import type { Session } from "../twin/twin.ts";
import { byKey, type Difference, differencesBetween, granteeOf, keyOf, type State } from "./differences.ts";
import { rolesIn } from "./restore.ts";
import { type Change, changeFor, destroys } from "./statements.ts";

/** Statements that Postgres took in this order. */
export interface Closing {
  readonly statements: readonly string[];
  /** What takes something away that nothing brings back, and what that is. */
  readonly destructive: readonly string[];
  readonly destroys: readonly string[];
  readonly refused: readonly { readonly sql: string; readonly message: string }[];
  /** What is different still when all of it has run. */
  readonly left: readonly Difference[];
}

/** What was made anew may bring more to do: rights of a view that was dropped, views over a column that got another type. */
const ROUNDS = 5;

/** Written and run in the session that holds one side, `here` as it was read there, until it is as the other: first all that takes nothing away. */
export async function close(session: Session, here: readonly CatalogObject[], there: readonly CatalogObject[]): Promise<Closing> {
  await session.commit();
  for (const sql of ["set search_path = pg_catalog", "set check_function_bodies = off", ...rolesIn([...here, ...there])])
    await session.execute(sql);
  const goal = stateOf(there);
  const taking = differencesBetween(stateOf(here), goal).filter((difference) => destroys(difference) !== undefined);
  const kept = new Map(goal.objects);
  for (const { here: own } of taking) if (own) kept.set(keyOf(own), own);
  for (const own of partsOf(taking, here)) kept.set(keyOf(own), own);

  const gentle = await converge(session, here, { ...goal, objects: kept });
  const harsh = await converge(session, gentle.objects, goal);
  return {
    statements: gentle.statements,
    destructive: harsh.statements,
    destroys: taking.flatMap((difference) => destroys(difference) ?? []),
    refused: harsh.refused,
    left: differencesBetween(stateOf(harsh.objects), goal),
  };
}

/** Nobody's grants to the one who owns everything in the twin, where they do not show. */
const stateOf = (objects: readonly CatalogObject[]): State => ({
  objects: byKey(objects.filter(({ kind, name }) => (kind !== "grant" || granteeOf(name) !== "postgres") && !ofServer.has(kind))),
  server: false,
});

const ofServer: ReadonlySet<string> = new Set(["role setting", "server setting"]);

/** What goes with a table that only one side has. */
function partsOf(taking: readonly Difference[], objects: readonly CatalogObject[]): readonly CatalogObject[] {
  const names = new Set(taking.map(({ name }) => name));
  return objects.filter(({ of }) => of !== null && names.has(of));
}

interface Converged extends Ran {
  /** As they are in the end. */
  readonly objects: readonly CatalogObject[];
}

interface Ran {
  readonly statements: readonly string[];
  readonly refused: Closing["refused"];
}

async function converge(session: Session, from: readonly CatalogObject[], goal: State): Promise<Converged> {
  const statements: string[] = [];
  let objects = from;
  let refused: Closing["refused"] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const changes = inOrder(differencesBetween(stateOf(objects), goal))
      .map(changeFor)
      .filter(({ ways }) => ways.length > 0);
    const ran = await runAll(session, changes, objects);
    refused = ran.refused;
    if (ran.statements.length === 0) break;
    statements.push(...ran.statements);
    objects = await readObjects(session);
  }
  return { statements, refused, objects };
}

/** What is made comes in the order of kinds; what goes, in the other, after it. */
function inOrder(differences: readonly Difference[]): readonly Difference[] {
  const drops = differences.filter(({ there }) => there === undefined);
  return [...differences.filter(({ there }) => there !== undefined), ...drops.toReversed()];
}

/** What is refused for want of another is tried again after it, and last in another way. */
async function runAll(session: Session, changes: readonly Change[], objects: readonly CatalogObject[]): Promise<Ran> {
  const statements: string[] = [];
  let waiting = changes;
  for (let before = Number.POSITIVE_INFINITY; waiting.length > 0 && waiting.length < before; ) {
    before = waiting.length;
    const refused: Change[] = [];
    for (const change of waiting) {
      const [way = []] = change.ways;
      if ((await runWhole(session, way)) === undefined) statements.push(...way);
      else refused.push(change);
    }
    waiting = refused;
  }
  const never: { sql: string; message: string }[] = [];
  for (const change of waiting) {
    const ran = await runOtherwise(session, change, objects);
    if ("statements" in ran) statements.push(...ran.statements);
    else never.push(ran);
  }
  return { statements, refused: never };
}

/** With the views, policies and triggers that are in the way dropped first: the next round makes them anew. */
async function runOtherwise(session: Session, change: Change, objects: readonly CatalogObject[]) {
  const views = readersOf(change.kind === "view" ? change.name : change.of, objects).map(({ drop }) => drop);
  const parts = objects.filter(({ kind, of }) => (kind === "policy" || kind === "trigger") && of === change.of).map(({ drop }) => drop);
  const clearings = [[], views, [...views, ...parts]].filter((clearing, place) => place === 0 || clearing.length > 0);
  const ways = clearings.flatMap((clearing) => change.ways.map((way) => [...clearing, ...way]));
  const [first = []] = change.ways;
  let message = "";
  for (const way of ways) {
    const refused = await runWhole(session, way);
    if (refused === undefined) return { statements: way };
    message ||= refused.message;
  }
  return { sql: first.join("; "), message };
}

/** All of it or nothing, as a server takes it: a new label of an enum can be used by the statement after it. */
const runWhole = async (session: Session, statements: readonly string[]): Promise<Refused | undefined> =>
  (await session.execute(statements.join(";\n"))).refused;

/** The views over a relation, and those over them, the last first. */
function readersOf(relation: string, objects: readonly CatalogObject[]): readonly CatalogObject[] {
  const found: CatalogObject[] = [];
  const names = new Set([relation]);
  for (const view of objects.filter(({ kind }) => kind === "view")) {
    if (view.name === relation || !view.reads?.some((name) => names.has(name))) continue;
    names.add(view.name);
    found.unshift(view);
  }
  return found;
}
