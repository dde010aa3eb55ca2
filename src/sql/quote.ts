import { escapedIdentifier, hasHidden } from "./hidden.ts";

/** The name of something in a database. In a message it reads as people say it, in SQL it is quoted where Postgres needs it. */
export interface Name {
  readonly schema: string | undefined;
  readonly name: string;
  toString(): string;
}

export const nameOf = (schema: string | undefined, name: string): Name => ({
  schema,
  name,
  toString: () => (schema === undefined || schema === "public" ? quote(name) : `${quote(schema)}.${quote(name)}`),
});

/** Text that is SQL already. */
export interface Raw {
  readonly sql: string;
}

export const raw = (text: string): Raw => ({ sql: text });

type Part = Name | Raw | string | number | readonly string[];

/** SQL that we write: names, identifiers (one or several) and numbers go in, quoted as they need to be. */
export function sql(texts: TemplateStringsArray, ...parts: readonly Part[]): string {
  return texts.reduce((written, text, index) => written + write(parts[index - 1] ?? "") + text);
}

function write(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return quote(part);
  if ("sql" in part) return part.sql;
  return isList(part) ? part.map(quote).join(", ") : part.toString();
}

const isList = (part: object): part is readonly string[] => Array.isArray(part);

/** An identifier, with double quotes only where Postgres would read it as something else without them, and nothing in it hidden. */
export function quote(identifier: string): string {
  if (hasHidden(identifier)) return escapedIdentifier(identifier);
  const plain = /^[a-z_][a-z0-9_]*$/.test(identifier) && !reserved.has(identifier);
  return plain ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}

/** The name behind an identifier as the catalog prints it: `email`, `"a ""b"""`. */
export const unquote = (identifier: string): string =>
  identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;

/** A string constant. A backslash makes it an escape string, which reads the same under every setting. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** Keywords that no column or table can be called bare: those marked reserved in the manual's appendix on key words. */
export const reserved: ReadonlySet<string> = new Set(
  `
  all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
  collation column concurrently constraint create cross current_catalog current_date current_role
  current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
  except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is
  isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only
  or order outer overlaps placing primary references returning right select session_user similar some symmetric
  system_user table tablesample then to trailing true union unique user using variadic verbose when where
  window with
  `
    .trim()
    .split(/\s+/),
);
