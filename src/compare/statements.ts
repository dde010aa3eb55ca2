import type { CatalogObject, ObjectKind } from "../catalog/objects/object.ts";
import { keepsRows, shapeOfType, type TypeShape } from "../sql/type-name.ts";
import type { Difference } from "./differences.ts";
import { alterations, isOther, settled } from "./table-changes.ts";

/** What is done about one difference: the first way that Postgres takes. */
export interface Change {
  readonly kind: ObjectKind;
  readonly name: string;
  /** The table or other object that it is about. */
  readonly of: string;
  readonly ways: readonly (readonly string[])[];
}

/** What makes `here` as `there` is, apart from what a server alone has. */
export function changeFor(difference: Difference): Change {
  const { kind, name, here, there } = difference;
  return { kind, name, of: (here ?? there)?.of ?? name, ways: waysFor(here, there) };
}

function waysFor(here: CatalogObject | undefined, there: CatalogObject | undefined): Change["ways"] {
  if (there === undefined) return here === undefined ? [] : [[here.drop]];
  if (here === undefined) return [[there.create, ...settled(there)]];
  return [change(here, there), [here.drop, there.create, ...settled(there)]].filter((way) => way.length > 0).filter(isAlone(there));
}

/** A table is never made anew: its rows would be gone. */
const isAlone =
  ({ kind }: CatalogObject) =>
  (_: readonly string[], place: number, ways: readonly unknown[]) =>
    !(kind === "table" || kind === "column") || (place === 0 && ways.length > 1);

function change(here: CatalogObject, there: CatalogObject): readonly string[] {
  const write = changes[there.kind];
  return write ? write(here, there) : [];
}

const byAlter = (here: CatalogObject, there: CatalogObject) => alterations(here, there);
const orReplace = (_: CatalogObject, there: CatalogObject) => [there.create.replace(/^create (?!or replace )/i, "create or replace ")];

const changes: Partial<Record<ObjectKind, (here: CatalogObject, there: CatalogObject) => readonly string[]>> = {
  table: byAlter,
  column: byAlter,
  sequence: byAlter,
  trigger: (here, there) => (isOther(here, there, "definition") ? [] : alterations(here, there)),
  function: orReplace,
  view: (here, there) => (there.facts.kind === "view" && here.facts.kind === "view" ? orReplace(here, there) : []),
  rule: orReplace,
  type: typeChanges,
  constraint: constraintChanges,
  grant: grantChanges,
  "default grant": grantChanges,
  "role setting": (_, there) => [there.create],
  "server setting": (_, there) => [there.create],
  extension: (here, there) => (isOther(here, there, "schema") ? [`alter extension ${there.name} set schema ${there.facts.schema}`] : []),
};

/** `VALIDATE` looks at the rows without making the constraint anew. */
function constraintChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  const isValidated = here.facts.definition === `${there.facts.definition} NOT VALID`;
  return isValidated
    ? [`${there.create.replace(/ add constraint ([\s\S]*)$/, "")} validate constraint ${there.name.slice((there.of ?? "").length + 1)}`]
    : [];
}

function grantChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  const kept = (there.facts.privileges ?? "").split(", ");
  const isMore =
    (here.facts.privileges ?? "").split(", ").every((privilege) => kept.includes(privilege)) && here.facts["may be passed on"] == null;
  return isMore ? [there.create] : [here.drop, there.create];
}

/** Labels can only be added; a domain's type stays what it is. */
function typeChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  if (isOther(here, there, "kind")) return [];
  if (there.facts.kind === "enum") return labelChanges(here, there);
  if (there.facts.kind !== "domain" || isOther(here, there, "type") || isOther(here, there, "collation")) return [];
  const alter = `alter domain ${there.name}`;
  return [
    ...(isOther(here, there, "default")
      ? [there.facts.default == null ? `${alter} drop default` : `${alter} set default ${there.facts.default}`]
      : []),
    ...(isOther(here, there, "not null") ? [`${alter} ${there.facts["not null"] == null ? "drop" : "set"} not null`] : []),
  ];
}

function labelChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  const labels = ({ facts }: CatalogObject): readonly string[] => (facts.labels ?? "").match(/'(?:[^']|'')*'/g) ?? [];
  const [had, has] = [labels(here), labels(there)];
  const kept = has.filter((label) => had.includes(label));
  if (kept.join() !== had.join()) return [];
  return has.flatMap((label, place) => {
    if (had.includes(label)) return [];
    const before = has[place - 1];
    const [first] = had;
    const where = before !== undefined ? ` after ${before}` : first === undefined ? "" : ` before ${first}`;
    return [`alter type ${there.name} add value ${label}${where}`];
  });
}

/** What takes every value of one type without a loss (https://www.postgresql.org/docs/current/datatype.html). */
const wider: Readonly<Record<string, readonly string[]>> = {
  smallint: ["integer", "bigint", "numeric", "text"],
  integer: ["bigint", "numeric", "text"],
  bigint: ["numeric", "text"],
  real: ["double precision"],
  json: ["text"],
  uuid: ["text"],
};

function isWider(from: string, to: string): boolean {
  const [one, other] = [shapeOfType(from), shapeOfType(to)];
  return keepsRows(one, other) || keepsNumbers(one, other) || (wider[from] ?? []).includes(to);
}

/** As many digits before the point and after it. */
function keepsNumbers(from: TypeShape, to: TypeShape): boolean {
  const [[digits, scale = 0], [more, finer = 0]] = [from.modifiers, to.modifiers];
  if (from.name !== "numeric" || to.name !== "numeric" || from.array !== to.array || digits === undefined || more === undefined)
    return false;
  return finer >= scale && more - finer >= digits - scale;
}

/** What is lost with rights and settings is written down in the script itself. */
const given: ReadonlySet<ObjectKind> = new Set(["grant", "default grant", "role setting", "server setting"]);

/** Why closing this takes something away that nothing brings back; undefined where it does not. */
export function destroys({ kind, name, here, there }: Difference): string | undefined {
  if (here === undefined || given.has(kind)) return undefined;
  if (there === undefined)
    return lost[kind] === undefined ? `${kind} ${name}, which is only here` : `${lost[kind]} of ${name}, which is only here`;
  if (kind !== "column") return undefined;
  const plain = here.facts.generated == null && there.facts.generated != null;
  if (plain) return `the values of ${name}: a plain column becomes a generated one`;
  const [from, to] = [here.facts.type ?? "", there.facts.type ?? ""];
  return from === to || isWider(from, to) ? undefined : `what of the values of ${name} does not fit into ${to}`;
}

const lost: Partial<Record<ObjectKind, string>> = { table: "the rows", column: "the values", sequence: "the position" };
