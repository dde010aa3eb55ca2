import type { CatalogObject, ObjectKind } from "../catalog/objects/object.ts";
import type { Session } from "../twin/twin.ts";
import { granteeOf } from "./differences.ts";
import { settled } from "./table-changes.ts";

/** What only a server has. */
const notMade: ReadonlySet<ObjectKind> = new Set(["column", "grant", "role setting", "server setting"]);

/** Makes a session hold these, whatever order they need. Returns those that it cannot. */
export async function restore(session: Session, objects: readonly CatalogObject[]): Promise<readonly CatalogObject[]> {
  await session.run(["set local search_path = pg_catalog", "set local check_function_bodies = off", ...rolesIn(objects)]);
  const made = objects.filter(({ kind }) => !notMade.has(kind));
  const notHeld = await runAll(session, made.map(created));
  const missing = new Set(notHeld.map(({ name }) => name));
  const refused = [...notHeld, ...objects.filter(({ kind, of }) => kind === "column" && missing.has(of ?? ""))];
  const held = objects.filter((object) => !refused.includes(object));
  // A function that is made may be called by whom the server does not let.
  await session.run(held.filter(({ kind, facts }) => kind === "function" && facts.kind !== undefined).map(withoutPublic));
  await runAll(session, held.filter(({ kind }) => kind === "grant").map(created));
  await session.run(held.flatMap(settled));
  return refused;
}

const created = (object: CatalogObject): Made => ({ object, sql: object.create });

const withoutPublic = ({ name, facts }: CatalogObject) => `revoke all on ${facts.kind} ${name} from public`;

interface Made {
  readonly object: CatalogObject;
  readonly sql: string;
}

/** What is refused for want of another is tried again once that is there. */
async function runAll(session: Session, made: readonly Made[]): Promise<readonly CatalogObject[]> {
  const outcomes = await inParts(
    session,
    made.map(({ sql }) => sql),
  );
  const refused = made.filter((_, place) => outcomes[place] === true);
  return refused.length === 0 || refused.length === made.length ? refused.map(({ object }) => object) : runAll(session, refused);
}

/** One request has a deadline. */
const PART = 500;

async function inParts(session: Session, statements: readonly string[]): Promise<readonly boolean[]> {
  const refused: boolean[] = [];
  for (let from = 0; from < statements.length; from += PART) {
    const outcomes = await session.run(statements.slice(from, from + PART));
    refused.push(...outcomes.map((outcome) => outcome.refused !== undefined));
  }
  return refused;
}

/** Refused where they are there already. */
export const rolesIn = (objects: readonly CatalogObject[]): readonly string[] =>
  [...roleNames(objects)].map((role) => `create role ${role}`);

/** Quoted. */
export function roleNames(objects: readonly CatalogObject[]): ReadonlySet<string> {
  const names = objects.flatMap(({ kind, name, facts, create }) => {
    if (kind === "grant") return [granteeOf(name)];
    if (kind === "default grant") return [granteeOf(name), /for role ("(?:[^"]|"")*"|\S+)/.exec(create)?.[1] ?? ""];
    return kind === "policy" ? (facts.roles ?? "").split(", ") : [];
  });
  return new Set(names.filter((name) => name !== "" && name !== "public"));
}
