import type { CatalogObject, ObjectKind } from "../catalog/objects/object.ts";

/** What one side has of a schema, by kind and name. */
export interface State {
  readonly objects: ReadonlyMap<string, CatalogObject>;
  /** A server says it, or a snapshot of one: a text says nothing of owners, versions, validity and settings. */
  readonly server: boolean;
}

export interface Property {
  readonly property: string;
  readonly here: string | undefined;
  readonly there: string | undefined;
}

export interface Difference {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly state: "only here" | "only there" | "differs";
  readonly properties: readonly Property[];
  readonly here: CatalogObject | undefined;
  readonly there: CatalogObject | undefined;
}

export const keyOf = ({ kind, name }: Pick<CatalogObject, "kind" | "name">) => `${kind} ${name}`;

export const byKey = (objects: readonly CatalogObject[]): ReadonlyMap<string, CatalogObject> =>
  new Map(objects.map((object) => [keyOf(object), object]));

/** What no text tells, and no twin decides. */
const ofServers: ReadonlySet<string> = new Set(["owner", "valid", "version"]);
const kindsOfServers: ReadonlySet<ObjectKind> = new Set(["role setting", "server setting"]);
/** Not defined by their printed facts alone: the statement is what they are. */
const shortened: ReadonlySet<ObjectKind> = new Set(["extension"]);

/** Object by object, in the order of `there` and then of `here`. Parts of what is only on one side go with it. */
export function differencesBetween(here: State, there: State): readonly Difference[] {
  const known = here.server && there.server;
  const isTold = ({ kind }: CatalogObject) => known || !kindsOfServers.has(kind);
  const owners = ownersOf(here, there);
  const chosen = ({ objects }: State) => [...objects].filter(([, object]) => isTold(object) && !isOwners(object, owners));
  const [ours, theirs] = [new Map(chosen(here)), new Map(chosen(there))];
  const both = [...theirs].flatMap(([key, object]) => {
    const own = ours.get(key);
    return own ? changed(own, object, known) : [only("only there", object)];
  });
  const extra = [...ours].filter(([key]) => !theirs.has(key)).map(([, object]) => only("only here", object));
  return withoutParts([...both, ...extra]);
}

/** A grant to the owner of a thing, by either side, gives nothing. */
function ownersOf(...states: readonly State[]): ReadonlySet<string> {
  return new Set(
    states
      .filter(({ server }) => server)
      .flatMap(({ objects }) => [...objects.values()].flatMap(({ name, facts }) => (facts.owner ? [`${facts.owner} ${name}`] : []))),
  );
}

const isOwners = ({ kind, name, of }: CatalogObject, owners: ReadonlySet<string>) =>
  kind === "grant" && owners.has(`${granteeOf(name)} ${of}`);

/** Of the name of a grant, or of a default grant. */
export const granteeOf = (name: string): string => /^("(?:[^"]|"")*"|\S+) on /.exec(name)?.[1] ?? "";

const only = (state: "only here" | "only there", object: CatalogObject): Difference => ({
  kind: object.kind,
  name: object.name,
  state,
  properties: [],
  here: state === "only here" ? object : undefined,
  there: state === "only there" ? object : undefined,
});

function changed(here: CatalogObject, there: CatalogObject, known: boolean): readonly Difference[] {
  const names = [...new Set([...Object.keys(there.facts), ...Object.keys(here.facts)])];
  const properties = names
    .filter((name) => (known || !ofServers.has(name)) && (here.facts[name] ?? null) !== (there.facts[name] ?? null))
    .map((property) => ({ property, here: here.facts[property] ?? undefined, there: there.facts[property] ?? undefined }));
  return properties.length === 0 ? [] : [{ kind: there.kind, name: there.name, state: "differs", properties, here, there }];
}

/** Of a table that only one side has, its columns, indexes and grants are on that side only too. */
function withoutParts(differences: readonly Difference[]): readonly Difference[] {
  const whole = new Set(
    differences.filter(({ state, kind }) => state !== "differs" && !shortened.has(kind)).map(({ name, state }) => `${state} ${name}`),
  );
  const isPart = ({ state, here, there }: Difference) => {
    const of = (here ?? there)?.of;
    return of != null && whole.has(`${state} ${of}`);
  };
  return differences.filter((difference) => difference.state === "differs" || !isPart(difference));
}
