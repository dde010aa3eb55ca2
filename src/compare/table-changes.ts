import type { CatalogObject } from "../catalog/objects/object.ts";

type Facts = CatalogObject["facts"];

/** What CREATE TABLE, CREATE SEQUENCE and CREATE TRIGGER do not say. */
const fresh: Readonly<Record<string, Facts>> = {
  table: { "row security": "off", "forced row security": "off", "replica identity": "default" },
  column: { storage: null, compression: null, "statistics target": null },
  sequence: { "owned by": null },
  trigger: { enabled: "yes" },
};

/** Of an object that was just made: what more it has. */
export function settled(object: CatalogObject): readonly string[] {
  const from = fresh[object.kind];
  return from === undefined ? [] : alterations({ ...object, facts: { ...object.facts, ...from } }, object);
}

/** What makes the facts of one those of the other, where ALTER can. */
export function alterations(here: CatalogObject, there: CatalogObject): readonly string[] {
  const write = writers[there.kind];
  return write?.(here, there) ?? [];
}

const writers: Partial<Record<CatalogObject["kind"], (here: CatalogObject, there: CatalogObject) => readonly string[]>> = {
  table: tableChanges,
  column: columnChanges,
  sequence: sequenceChanges,
  trigger: triggerChanges,
};

export const isOther = (here: CatalogObject, there: CatalogObject, property: string) =>
  (here.facts[property] ?? null) !== (there.facts[property] ?? null);

function tableChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  const { facts: to, name } = there;
  const alter = `alter table ${name}`;
  const ways: Readonly<Record<string, () => readonly string[]>> = {
    persistence: () => [`${alter} set ${to.persistence}`],
    options: () => optionChanges(alter, here.facts.options, to.options),
    "row security": () => [`${alter} ${to["row security"] === "on" ? "enable" : "disable"} row level security`],
    "forced row security": () => [`${alter} ${to["forced row security"] === "on" ? "force" : "no force"} row level security`],
    "replica identity": () => [`${alter} replica identity ${to["replica identity"]}`],
    inherits: () => parentChanges(alter, here.facts.inherits, to.inherits),
    "partition of": () => partitionChanges(name, here.facts["partition of"], to["partition of"]),
  };
  return Object.entries(ways).flatMap(([property, write]) => (isOther(here, there, property) ? write() : []));
}

type Fact = string | null | undefined;

const listed = (fact: Fact): readonly string[] => (fact ? fact.split(", ") : []);

/** "fillfactor=80, autovacuum_enabled=off" */
function optionChanges(alter: string, from: Fact, to: Fact): readonly string[] {
  const names = new Set(listed(to).map(optionName));
  const gone = listed(from)
    .map(optionName)
    .filter((name) => !names.has(name));
  const set = listed(to).filter((option) => !listed(from).includes(option));
  return [
    ...(gone.length > 0 ? [`${alter} reset (${gone.join(", ")})`] : []),
    ...(set.length > 0 ? [`${alter} set (${set.join(", ")})`] : []),
  ];
}

const optionName = (option: string) => option.slice(0, option.indexOf("="));

const parentChanges = (alter: string, from: Fact, to: Fact): readonly string[] => [
  ...listed(from)
    .filter((parent) => !listed(to).includes(parent))
    .map((parent) => `${alter} no inherit ${parent}`),
  ...listed(to)
    .filter((parent) => !listed(from).includes(parent))
    .map((parent) => `${alter} inherit ${parent}`),
];

/** "app.orders FOR VALUES FROM (1) TO (2)" */
function partitionChanges(name: string, from: Fact, to: Fact): readonly string[] {
  const place = /^((?:"(?:[^"]|"")*"|[^".\s]+)\.(?:"(?:[^"]|"")*"|[^".\s]+)) (.*)$/s;
  const [, parent] = place.exec(from ?? "") ?? [];
  const [, other, bound] = place.exec(to ?? "") ?? [];
  return [
    ...(parent === undefined ? [] : [`alter table ${parent} detach partition ${name}`]),
    ...(other === undefined ? [] : [`alter table ${other} attach partition ${name} ${bound}`]),
  ];
}

/** The column itself, without its table. */
export const columnOf = ({ name, of }: CatalogObject) => name.slice((of ?? "").length + 1);

function columnChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  if (isOther(here, there, "generated")) return generatedChanges(here, there);
  const { facts: to } = there;
  const alter = `alter table ${there.of} alter column ${columnOf(there)}`;
  const typed = isOther(here, there, "type") || isOther(here, there, "collation");
  const defaulted = isOther(here, there, "default") || typed;
  const lost = defaulted && here.facts.default != null && (typed || to.default == null);
  const ways: readonly (readonly [boolean, () => readonly string[]])[] = [
    [lost, () => [`${alter} drop default`]],
    [isOther(here, there, "identity") && to.identity == null, () => [`${alter} drop identity`]],
    [typed, () => [`${alter} type ${to.type}${collationOf(here, there)} using ${columnOf(there)}::${to.type}`]],
    [defaulted && to.default != null, () => [`${alter} set default ${to.default}`]],
    [isOther(here, there, "not null"), () => [notNull(there, alter)]],
    [isOther(here, there, "identity") && to.identity != null, () => [`${alter} ${identityChange(here.facts.identity, to.identity ?? "")}`]],
    [isOther(here, there, "storage"), () => [`${alter} set storage ${to.storage ?? "default"}`]],
    [isOther(here, there, "compression"), () => [`${alter} set compression ${to.compression ?? "default"}`]],
    [isOther(here, there, "statistics target"), () => [`${alter} set statistics ${to["statistics target"] ?? -1}`]],
  ];
  return ways.flatMap(([isMeant, write]) => (isMeant ? write() : []));
}

const collationOf = (here: CatalogObject, { facts }: CatalogObject) =>
  facts.collation != null ? ` collate ${facts.collation}` : here.facts.collation != null ? ' collate "default"' : "";

/** "always (start with 5)". Where there is a sequence already, it goes on from where it stands. */
function identityChange(from: Fact, to: string): string {
  const [, kind, , options = ""] = /^(always|by default)( \((.*)\))?$/s.exec(to) ?? [];
  if (from == null) return `add generated ${kind} as identity${options === "" ? "" : ` (${options})`}`;
  const told = (word: string, otherwise: string) => `set ${new RegExp(`${word} -?\\d+`).exec(options)?.[0] ?? otherwise}`;
  const parts = [
    `set generated ${kind}`,
    told("start with", "start with 1"),
    told("increment by", "increment by 1"),
    told("minvalue", "no minvalue"),
    told("maxvalue", "no maxvalue"),
    told("cache", "cache 1"),
    options.endsWith("cycle") ? "set cycle" : "set no cycle",
  ];
  return parts.join(" ");
}

function notNull(there: CatalogObject, alter: string): string {
  if (there.facts["not null"] === "not valid") return `alter table ${there.of} add not null ${columnOf(there)} not valid`;
  return `${alter} ${there.facts["not null"] == null ? "drop" : "set"} not null`;
}

/** No ALTER makes a plain column a generated one, and before 17 none changes the expression: the column is made anew. */
function generatedChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  const isPlain = there.facts.generated == null;
  if (isPlain && here.facts.generated?.endsWith(" stored"))
    return [`alter table ${there.of} alter column ${columnOf(there)} drop expression`];
  return [here.drop, there.create];
}

function sequenceChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  const { facts: to, name } = there;
  const words = { type: "as", increment: "increment by", minvalue: "minvalue", maxvalue: "maxvalue", start: "start with", cache: "cache" };
  const parts = Object.entries(words).flatMap(([property, word]) => (isOther(here, there, property) ? [`${word} ${to[property]}`] : []));
  if (isOther(here, there, "cycle")) parts.push(to.cycle == null ? "no cycle" : "cycle");
  return [
    ...(parts.length > 0 ? [`alter sequence ${name} ${parts.join(" ")}`] : []),
    ...(isOther(here, there, "owned by") ? [`alter sequence ${name} owned by ${to["owned by"] ?? "none"}`] : []),
  ];
}

function triggerChanges(here: CatalogObject, there: CatalogObject): readonly string[] {
  if (!isOther(here, there, "enabled")) return [];
  const words: Readonly<Record<string, string>> = { no: "disable", yes: "enable", replica: "enable replica", always: "enable always" };
  return [`alter table ${there.of} ${words[there.facts.enabled ?? "yes"]} trigger ${columnOf(there)}`];
}
