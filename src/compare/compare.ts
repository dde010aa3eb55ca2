import type { CatalogObject, ObjectKind } from "../catalog/objects/object.ts";
import { readObjects } from "../catalog/objects/objects.ts";
import type { Needs, Session, Twin } from "../twin/twin.ts";
import { type Closing, close } from "./closing.ts";
import { byKey, type Difference, differencesBetween, keyOf, type Property, type State } from "./differences.ts";
import { restore, roleNames } from "./restore.ts";
import { serverStatements } from "./server-statements.ts";

/** One of two schemas that are compared, wherever it came from. */
export interface Side {
  readonly needs: Needs;
  /** As a server has it; undefined of a text, which the session is made to hold. */
  readonly objects: readonly CatalogObject[] | undefined;
  /** `server_version_num`; undefined of a text. */
  readonly versionNumber: number | undefined;
  /** Quoted name of the server's database. */
  readonly database: string | undefined;
  /** Quoted names of the server's roles. */
  readonly roles: ReadonlySet<string>;
  /** Of a text: makes the session hold it. What it declares and the twin cannot hold. */
  load(session: Session): Promise<readonly CatalogObject[]>;
}

export interface Comparison {
  readonly compared: number;
  readonly differences: readonly Difference[];
  readonly closing: Closing;
  /** What only a server takes, and was not run: owners, versions, settings, indexes that are not valid. */
  readonly notRun: readonly string[];
  /** Roles that the statements name and `here` does not. */
  readonly roles: readonly string[];
  readonly limits: readonly string[];
}

interface Sides {
  readonly here: Side;
  readonly there: Side;
  /** Leaves out what is nobody's to change. */
  isMeant(object: CatalogObject): boolean;
}

/**
 * Both sides are made in a twin and read there, so that one Postgres prints both: a server of 15 prints a view in other
 * words than one of 18. What only a server has is compared as the servers say it.
 */
export async function compare(twin: Twin, { here, there, isMeant }: Sides, signal: AbortSignal): Promise<Comparison> {
  const needs: Needs = { ...here.needs, extensions: [...new Set([...here.needs.extensions, ...there.needs.extensions])], alone: true };
  const theirs = await twin.use(needs, (session) => hold(session, there), signal);
  return twin.use(
    needs,
    async (session) => {
      const ours = await hold(session, here);
      const { differences, unknown, compared } = differencesOf(ours, theirs, isMeant);
      const goal = [...goalOf(ours, theirs).filter(isMeant), ...ours.twin.filter((object) => !isMeant(object))];
      const closed = await close(session, ours.twin, goal);
      const open = differences.filter(({ here: own, there: other }) =>
        [own ?? other ?? []].flat().some((object) => isMissing(object, ours)),
      );
      const closing = { ...closed, left: [...closed.left, ...open] };
      return {
        compared,
        differences,
        closing,
        notRun: serverStatements(differences, {
          known: here.objects !== undefined && there.objects !== undefined,
          database: here.database ?? "",
        }),
        roles: rolesMissing(ours, theirs),
        limits: [
          ...missingIn(ours, "here"),
          ...missingIn(theirs, "there"),
          ...unknown.map((name) => `whether ${name} differs: its two servers print it in their own words`),
        ],
      };
    },
    signal,
  );
}

/** One side, as the twin prints it and as its server does. */
interface Held {
  readonly side: Side;
  readonly twin: readonly CatalogObject[];
  /** With what the twin does not hold. */
  readonly all: ReadonlyMap<string, CatalogObject>;
  /** Keys of what the twin does not hold. */
  readonly missing: ReadonlySet<string>;
}

async function hold(session: Session, side: Side): Promise<Held> {
  const { objects } = side;
  if (objects === undefined) {
    const declared = await side.load(session);
    const twin = (await readObjects(session)).filter(({ kind }) => !isSetting(kind));
    return { side, twin, all: byKey([...twin, ...declared]), missing: new Set(declared.map(keyOf)) };
  }
  await restore(session, objects);
  const twin = await readObjects(session);
  const printed = byKey(twin);
  const all = objects.map((object) => [keyOf(object), asPrinted(object, printed.get(keyOf(object)))] as const);
  const missing = all.filter(([key, { kind }]) => !printed.has(key) && structural(kind)).map(([key]) => key);
  return { side, twin, all: new Map(all), missing: new Set(missing) };
}

const isSetting = (kind: ObjectKind) => kind === "role setting" || kind === "server setting";

/** Rights and settings read alike everywhere. */
const structural = (kind: ObjectKind) => kind !== "grant" && !isSetting(kind);

/** Rights are what the server says: in the twin another owns everything. */
function asPrinted(object: CatalogObject, printed: CatalogObject | undefined): CatalogObject {
  if (printed === undefined || !structural(object.kind)) return object;
  const { owner, valid, version } = object.facts;
  return {
    ...object,
    facts: { ...printed.facts, ...(owner != null && { owner }), ...(valid != null && { valid }), ...(version != null && { version }) },
  };
}

/** What both servers print themselves can be compared where they are of one version. */
function differencesOf(ours: Held, theirs: Held, isMeant: Sides["isMeant"]) {
  const major = ({ side: { versionNumber = 0 } }: Held) => Math.floor(versionNumber / 10_000);
  const isOneVersion = ours.side.objects !== undefined && major(ours) === major(theirs);
  const raw = ({ side, all }: Held): ReadonlyMap<string, CatalogObject> => (side.objects ? byKey(side.objects) : all);
  const [ownRaw, otherRaw] = [raw(ours), raw(theirs)];
  const known = ours.side.objects !== undefined && theirs.side.objects !== undefined;
  const isCompared = (object: CatalogObject) => isMeant(object) && (known || !isSetting(object.kind));
  const unheld = new Set([...ours.missing, ...theirs.missing]);
  const state = ({ all, side }: Held, printed: ReadonlyMap<string, CatalogObject>): State => ({
    objects: new Map(
      [...all]
        .filter(([, object]) => isCompared(object))
        .map(([key, object]) => [key, unheld.has(key) ? (printed.get(key) ?? object) : object]),
    ),
    server: side.objects !== undefined,
  });
  const [own, other] = [state(ours, ownRaw), state(theirs, otherRaw)];
  const all = differencesBetween(own, other);
  const unknown = isOneVersion
    ? []
    : all.filter((difference) => difference.state === "differs" && unheld.has(keyOf(difference)) && difference.properties.some(isPrinted));
  return {
    compared: new Set([...own.objects.keys(), ...other.objects.keys()]).size,
    differences: all.filter((difference) => !unknown.includes(difference)),
    unknown: unknown.map(({ kind, name }) => `${kind} ${name}`),
  };
}

const isPrinted = ({ property }: Property) => ["definition", "default", "using", "with check", "generated"].includes(property);

/** What the twin cannot hold of `here` is left as it is; what it cannot make is refused there, and told. */
const goalOf = (ours: Held, theirs: Held): readonly CatalogObject[] =>
  [...theirs.all.values()].filter((object) => !isMissing(object, ours));

/** Nor what it is a part of. */
const isMissing = (object: CatalogObject, { missing }: Held) =>
  missing.has(keyOf(object)) || (object.of !== null && missing.has(`table ${object.of}`));

function rolesMissing({ side: { objects, roles } }: Held, theirs: Held): readonly string[] {
  if (objects === undefined) return [];
  return [...roleNames([...theirs.all.values()])].filter((role) => !roles.has(role));
}

const missingIn = (held: Held, where: string): readonly string[] => {
  const names = [...held.missing].flatMap((key) => {
    const object = held.all.get(key);
    return object === undefined || (object.of !== null && held.missing.has(`table ${object.of}`)) ? [] : [`${object.kind} ${object.name}`];
  });
  if (names.length === 0) return [];
  return [
    `${names.join(", ")} (${where}): the twin cannot hold it, so it was compared as its server prints it, and nothing about it was run`,
  ];
};
