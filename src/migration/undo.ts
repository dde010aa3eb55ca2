import type { ObjectKind, SchemaObject } from "./catalog-state.ts";

/** What takes a schema from one state back to another, as far as that can be written. */
export interface Undo {
  readonly statements: readonly string[];
  /** Of the statements, how many come before values can be put back: columns are there again, and nothing is asked of their rows yet. */
  readonly filledAfter: number;
  /** What the statements cannot bring back, one sentence each. */
  readonly lossy: readonly string[];
}

interface Change {
  readonly before: SchemaObject;
  readonly after: SchemaObject;
}

export interface Difference {
  readonly added: readonly SchemaObject[];
  readonly removed: readonly SchemaObject[];
  readonly changed: readonly Change[];
}

/** Objects are known by what stays the same when they are renamed; what was made anew under its old name is the same too. */
export function differenceOf(before: readonly SchemaObject[], after: readonly SchemaObject[]): Difference {
  const has = new Map(after.map((object) => [idOf(object), object]));
  const had = new Set(before.map(idOf));
  const made = new Map(after.filter((object) => !had.has(idOf(object))).map((object) => [nameOfObject(object), object]));
  const pairs = before.map((object) => ({ before: object, after: has.get(idOf(object)) ?? made.get(nameOfObject(object)) }));
  const known = new Set(pairs.map((pair) => pair.after));
  return {
    added: after.filter((object) => !known.has(object)),
    removed: pairs.flatMap((pair) => (pair.after ? [] : [pair.before])),
    changed: pairs.flatMap((pair) =>
      pair.after && isChanged(pair.before, pair.after) ? [{ before: pair.before, after: pair.after }] : [],
    ),
  };
}

const isChanged = (before: SchemaObject, after: SchemaObject) => before.name !== after.name || before.definition !== after.definition;

const idOf = ({ kind, key }: SchemaObject) => `${kind} ${key}`;

/**
 * First what was made is dropped, under the names of now; then names go back; then what was changed and dropped is made
 * again, under the names of before.
 */
export function undo({ added, removed, changed }: Difference, { concurrently }: { concurrently: boolean }): Undo {
  const newTables = new Set(added.filter(({ kind }) => kind === "table").map(({ key }) => key));
  const goneTables = new Set(removed.filter(({ kind }) => kind === "table").map(({ key }) => key));
  const renames = changed.filter(
    (change) => change.before.facts.bare !== change.after.facts.bare || change.before.name !== change.after.name,
  );
  const back = renamedBack(renames);
  const drops = added.filter((object) => !newTables.has(object.facts.of ?? "")).reverse();
  const creates = removed.filter((object) => object.kind !== "column" || !goneTables.has(object.facts.of ?? ""));
  const first = [
    ...drops.map((object) => dropped(object, concurrently)),
    ...renames.flatMap(rename),
    ...changed.flatMap((change) => alterBack(change, back)),
    ...creates.filter(isPlace).map((object) => created(object, concurrently)),
  ];
  return {
    statements: [
      ...first,
      ...creates
        .filter(isUnfilled)
        .map(({ facts: { table, bare } }) => `alter table ${shown(table ?? "")} alter column ${bare} set not null`),
      ...creates.filter((object) => !isPlace(object)).map((object) => created(object, concurrently)),
    ],
    filledAfter: first.length,
    lossy: [...added.flatMap(lostAgain(newTables)), ...creates.flatMap(lost), ...changed.flatMap(mayNotFit)],
  };
}

/** Names in the schema that most search paths have are told without it. */
const shown = (name: string) => name.replaceAll(/\bpublic\./g, "");

const places: ReadonlySet<ObjectKind> = new Set(["schema", "type", "sequence", "table", "column"]);

/** Rows can be put into it. */
const isPlace = ({ kind }: SchemaObject) => places.has(kind);

/** The rows that are there have no value for it yet. */
const isUnfilled = ({ kind, facts }: SchemaObject) =>
  kind === "column" && facts.notNull === "true" && facts.default === null && facts.identity === null && facts.generated === null;

/** Bodies and definitions are left as they are: a name in them may mean something else without its schema. */
const verbatim: ReadonlySet<ObjectKind> = new Set(["function", "view", "trigger", "policy"]);

function dropped(object: SchemaObject, concurrently: boolean): string {
  const sql = shown(object.drop);
  return concurrently && object.kind === "index" ? sql.replace("drop index", "drop index concurrently") : sql;
}

function created(object: SchemaObject, concurrently: boolean): string {
  const sql = verbatim.has(object.kind)
    ? object.create.trimEnd()
    : shown(isUnfilled(object) ? object.create.replace(/ not null$/, "") : object.create);
  return concurrently && object.kind === "index" ? sql.replace(/^CREATE (UNIQUE )?INDEX/, "CREATE $1INDEX CONCURRENTLY") : sql;
}

const bareOf = (object: SchemaObject) => object.facts.bare ?? object.name.slice(object.name.lastIndexOf(".") + 1);

function rename({ before, after }: Change): readonly string[] {
  const [from, to] = [bareOf(after), bareOf(before)];
  const table = shown(before.facts.table ?? "");
  if (before.kind === "table") return renameTable({ before, after });
  if (from === to) return [];
  if (before.kind === "column") return [`alter table ${table} rename column ${from} to ${to}`];
  if (before.kind === "constraint") return [`alter table ${table} rename constraint ${from} to ${to}`];
  const words: Partial<Record<ObjectKind, string>> = { index: "index", type: "type", view: "view", sequence: "sequence", schema: "schema" };
  const word = words[before.kind];
  return word === undefined ? [] : [`alter ${word} ${shown(after.name)} rename to ${to}`];
}

function renameTable({ before, after }: Change): readonly string[] {
  const [was, is] = [before.facts, after.facts];
  const moved = was.schema !== is.schema ? [`alter table ${shown(after.name)} set schema ${was.schema}`] : [];
  const place = after.name.replace(/^[^.]+\./, `${was.schema}.`);
  const renamed = was.bare !== is.bare ? [`alter table ${shown(place)} rename to ${bareOfTable(before)}`] : [];
  return [...moved, ...renamed];
}

const bareOfTable = ({ name }: SchemaObject) => name.slice(name.indexOf(".") + 1);

/** Definitions that differ only because something they name was renamed. */
function renamedBack(renames: readonly Change[]): (definition: string) => string {
  const pairs = renames
    .filter(({ before }) => before.kind === "table" || before.kind === "column")
    .flatMap(
      ({ before, after }) =>
        [
          [shown(after.name), shown(before.name)],
          [bareOf(after), bareOf(before)],
        ] as const,
    );
  return (definition) =>
    pairs.reduce(
      (text, [from, to]) => text.replaceAll(new RegExp(`(?<![\\w"])${RegExpEscape(from)}(?![\\w"])`, "g"), () => to),
      shown(definition),
    );
}

const RegExpEscape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Nothing where nothing can be written: then the comparison tells what is left. */
function alterBack({ before, after }: Change, back: (definition: string) => string): readonly string[] {
  if (back(after.definition) === shown(before.definition)) return [];
  switch (before.kind) {
    case "column":
      return columnBack(before, after);
    case "table":
      return tableBack(before, after);
    case "type":
      return labelsBack(before, after);
    case "function":
      return [before.create.trimEnd()];
    case "view":
    case "trigger":
    case "policy":
      return [back(after.drop), before.create];
    case "constraint":
    case "index":
    case "statistics":
      return [back(after.drop), shown(before.create)];
    default:
      return [];
  }
}

/** A label that was renamed gets its name back; one that was added stays. */
function labelsBack(before: SchemaObject, after: SchemaObject): readonly string[] {
  const [was, is] = [labelsOf(before), labelsOf(after)];
  if (was.length !== is.length) return [];
  return was.flatMap((label, at) => (label === is[at] ? [] : [`alter type ${shown(before.name)} rename value ${is[at]} to ${label}`]));
}

/** Quoted. */
const labelsOf = ({ definition }: SchemaObject) => (definition.startsWith("enum (") ? (definition.match(/'(?:[^']|'')*'/g) ?? []) : []);

function columnBack(before: SchemaObject, after: SchemaObject): readonly string[] {
  const [was, is] = [before.facts, after.facts];
  if (was.identity !== is.identity || was.generated !== is.generated) return [];
  const alter = `alter table ${shown(was.table ?? "")} alter column ${was.bare}`;
  const type = typeBack(before, after);
  const typed = type !== undefined;
  const sql: string[] = [];
  if (is.default !== null && (typed || was.default === null)) sql.push(`${alter} drop default`);
  if (typed) sql.push(`${alter} ${type}`);
  if (was.default !== null && (typed || was.default !== is.default)) sql.push(`${alter} set default ${was.default}`);
  if (was.notNull !== is.notNull) sql.push(`${alter} ${was.notNull === "true" ? "set" : "drop"} not null`);
  return sql;
}

function typeBack({ facts: was }: SchemaObject, { facts: is }: SchemaObject): string | undefined {
  if (was.type === is.type && was.collation === is.collation) return undefined;
  const type = shown(was.type ?? "");
  const collation = was.collation === is.collation ? "" : ` collate ${was.collation ?? '"default"'}`;
  return `type ${type}${collation} using ${was.bare}::${type}`;
}

function tableBack(before: SchemaObject, after: SchemaObject): readonly string[] {
  const [was, is] = [before.facts, after.facts];
  const alter = `alter table ${shown(before.name)}`;
  const sql: string[] = [];
  if (was.rowSecurity !== is.rowSecurity) sql.push(`${alter} ${was.rowSecurity === "true" ? "enable" : "disable"} row level security`);
  if (was.forced !== is.forced) sql.push(`${alter} ${was.forced === "true" ? "force" : "no force"} row level security`);
  const [had, has] = [optionsOf(before), optionsOf(after)];
  const fresh = [...has.keys()].filter((name) => !had.has(name));
  const other = [...had].filter(([name, value]) => has.get(name) !== value).map(([name, value]) => `${name} = ${value}`);
  if (fresh.length > 0) sql.push(`${alter} reset (${fresh.join(", ")})`);
  if (other.length > 0) sql.push(`${alter} set (${other.join(", ")})`);
  return sql;
}

/** "fillfactor=80, autovacuum_enabled=off" */
const optionsOf = ({ facts: { options } }: SchemaObject): ReadonlyMap<string, string> =>
  new Map((options ?? "").split(", ").flatMap((option) => (option === "" ? [] : [option.split("=") as [string, string]])));

const lostAgain =
  (newTables: ReadonlySet<string>) =>
  ({ kind, name, facts }: SchemaObject): readonly string[] => {
    if (kind === "table") return [`rows written to ${shown(name)} after the migration`];
    return kind === "column" && !newTables.has(facts.of ?? "") ? [`values written to ${shown(name)} after the migration`] : [];
  };

function lost({ kind, name }: SchemaObject): readonly string[] {
  if (kind === "table") return [`the rows of ${shown(name)}, which the migration drops`];
  return kind === "column" ? [`the values of ${shown(name)}, which the migration drops`] : [];
}

/** Whatever a column was changed to goes back into these. */
const unlimited = new Set(["text", "character varying", "numeric"]);

function mayNotFit({ before, after }: Change): readonly string[] {
  if (before.kind === "type") {
    const had = new Set(labelsOf(before));
    const added = labelsOf(before).length < labelsOf(after).length ? labelsOf(after).filter((label) => !had.has(label)) : [];
    return added.map((label) => `${label} stays in ${shown(before.name)}: Postgres drops no value of an enum`);
  }
  if (before.kind !== "column") return [];
  const name = shown(before.name);
  const type = before.facts.type ?? "";
  const typed = type !== after.facts.type && !unlimited.has(type) ? [`values of ${name} that ${shown(type)} cannot hold stop it`] : [];
  const required =
    before.facts.notNull === "true" && after.facts.notNull !== "true" ? [`NULLs written to ${name} after the migration stop it`] : [];
  return [...typed, ...required];
}

/** What is not as it was, one line each, by name: whatever came back is another object. */
export function differences(before: readonly SchemaObject[], after: readonly SchemaObject[]): readonly string[] {
  const had = new Map(before.map((object) => [nameOfObject(object), object]));
  const has = new Map(after.map((object) => [nameOfObject(object), object]));
  const missing = [...had].filter(([name]) => !has.has(name)).map(([name]) => `${name} is missing`);
  const left = [...has].filter(([name]) => !had.has(name)).map(([name]) => `${name} is left over`);
  const other = [...has].flatMap(([name, { definition }]) => {
    const was = had.get(name)?.definition;
    return was === undefined || was === definition ? [] : [`${name} is ${changeInWords(shown(was), shown(definition))}`];
  });
  return [...missing, ...left, ...other];
}

/** Columns that only stand elsewhere are told without what they are. */
function changeInWords(was: string, is: string): string {
  const place = /^column (\d+), (.*)$/s;
  const [, oldPlace, oldRest] = place.exec(was) ?? [];
  const [, newPlace, newRest] = place.exec(is) ?? [];
  return oldPlace !== newPlace && oldRest === newRest ? `column ${newPlace} of its table, was ${oldPlace}` : `${is}, was ${was}`;
}

const nameOfObject = ({ kind, name }: SchemaObject) => `${kind} ${shown(name)}`;
