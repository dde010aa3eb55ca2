import type { BaseType } from "../catalog/base-types.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Collation } from "../catalog/collations.ts";
import type { Table } from "../catalog/tables.ts";
import type { UserType } from "../catalog/user-types.ts";
import { literal, quote } from "../sql/quote.ts";
import type { Definition } from "./definitions.ts";
import { isShipped } from "./extensions.ts";

/**
 * The C library of the twin sorts every language by bytes, ICU sorts it as it should be: a locale of a C library becomes
 * ICU's for its language. One that has no language ("C.UTF-8") sorts by bytes anywhere, and still serves no `LIKE 'x%'`.
 */
export function collationDefinition({ name, provider, locale, deterministic, rules }: Collation): Definition {
  const language = provider === "libc" ? languageOf(locale) : undefined;
  const parts = [
    `provider = ${language === undefined ? provider : "icu"}`,
    `locale = ${literal(language ?? locale)}`,
    ...(deterministic ? [] : ["deterministic = false"]),
    ...(rules === undefined ? [] : [`rules = ${literal(rules)}`]),
  ];
  return { sql: `create collation if not exists ${name} (${parts.join(", ")})`, what: `collation ${name}` };
}

/** "de-AT" of "de_AT.utf8@euro". */
const languageOf = (locale: string) => /^([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@]|$)/.exec(locale)?.slice(1, 3).filter(Boolean).join("-");

/** Its own collation of that name would sort by bytes. */
export const lentCollations = (collations: readonly Collation[]): readonly string[] =>
  collations
    .filter(({ name, provider, locale }) => provider === "libc" && name.startsWith("pg_catalog.") && languageOf(locale) !== undefined)
    .map(({ name }) => `drop collation if exists ${name}`);

export function typeDefinition({ name, kind, labels, base, attributes, notNull, collation, range }: UserType): Definition {
  const collate = collation === undefined ? "" : ` collate ${collation}`;
  const body = {
    enum: () => `create type ${name} as enum (${labels.map(literal).join(", ")})`,
    // Without its CHECK: the planner does not look at it, and it may call a function that is not there yet.
    domain: () => `create domain ${name} as ${base}${collate}${notNull ? " not null" : ""}`,
    composite: () => `create type ${name} as (${attributes.map(attributeDefinition).join(", ")})`,
    range: () => rangeDefinition(name, { base, collation, range }),
  };
  return { sql: body[kind](), what: `type ${name}` };
}

const attributeDefinition = ({ name, type, collation }: UserType["attributes"][number]) =>
  `${quote(name)} ${type}${collation === undefined ? "" : ` collate ${collation}`}`;

function rangeDefinition(name: string, { base, collation, range }: Pick<UserType, "base" | "collation" | "range">): string {
  const canonical = range?.canonical?.language === "internal" ? range.canonical : undefined;
  const parts = [
    `subtype = ${base}`,
    ...(range ? [`subtype_opclass = ${range.operatorClass}`, `multirange_type_name = ${range.multirange}`] : []),
    ...(collation === undefined ? [] : [`collation = ${collation}`]),
    ...(range?.difference === undefined ? [] : [`subtype_diff = ${range.difference}`]),
  ];
  if (!canonical) return `create type ${name} as range (${parts.join(", ")})`;
  return [
    `create type ${name}`,
    `create function ${canonical.name}(${name}) returns ${name} language internal immutable strict as ${literal(canonical.body)}`,
    `create type ${name} as range (${[...parts, `canonical = ${canonical.name}`].join(", ")})`,
  ].join("; ");
}

/** Types that the twin has no functions for: those of extensions that it lacks, and those that somebody made in C. */
export const foreignTypes = ({ baseTypes }: Pick<Catalog, "baseTypes">): readonly BaseType[] =>
  baseTypes.filter(({ extension }) => extension === undefined || !isShipped(extension));

const unknown = { length: -1, byValue: false, alignment: "double", storage: "extended" } as const;

/**
 * A type of that name and width without one operator, and no value of it can be written: a table can have the column, and
 * a statement that asks anything of its meaning is refused by its name.
 */
export function standInDefinition(type: Pick<BaseType, "name"> & Partial<BaseType>): Definition {
  const { name, length, byValue, alignment, storage } = { ...unknown, ...type };
  const parts = [
    `input = ${named(name, "in")}`,
    `output = ${named(name, "out")}`,
    `internallength = ${length < 0 ? "variable" : length}`,
    ...(byValue ? ["passedbyvalue"] : []),
    `alignment = ${alignment}`,
    `storage = ${length < 0 ? storage : "plain"}`,
  ];
  const sql = [
    `create type ${name}`,
    `create function ${named(name, "in")}(cstring) returns ${name} language internal immutable strict as 'shell_in'`,
    `create function ${named(name, "out")}(${name}) returns cstring language internal immutable strict as 'shell_out'`,
    `create type ${name} (${parts.join(", ")})`,
  ].join("; ");
  return { sql, what: `type ${name}` };
}

/** `public."geometry in"` of `public.geometry`. */
function named(type: string, role: string): string {
  const [, schema = "", bare = ""] = /^((?:"(?:[^"]|"")*"|[^".]+)\.)?(.*)$/.exec(type) ?? [];
  return `${schema}"${bare.replace(/^"|"$/g, "")} ${role}"`;
}

/** `public.geometry` of `public.geometry(Point,4326)[]`. */
export const bareType = (type: string) => type.replace(/(\([^()]*\))?(\[\])*$/, "");

/** `public.geometry[]` of that, where it is one of these: a stand-in takes no modifiers. */
export const withoutModifiers = (type: string, standIns: ReadonlySet<string>) =>
  standIns.has(bareType(type)) ? bareType(type) + (/(\[\])*$/.exec(type)?.[0] ?? "") : type;

/** Columns of a type that only stands in for the real one. */
export const standInColumns = ({ columns }: Table, standIns: ReadonlySet<string>) =>
  columns.filter(({ type }) => standIns.has(bareType(type)));
