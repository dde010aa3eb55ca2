/**
 * Extensions whose compiled functions only compute, and the libraries they are compiled into. Not here: what runs SQL from
 * a string, connects, reads files or pages, or takes locks (dblink, tablefunc, xml2, lo, pageinspect, pg_prewarm).
 */
export const knownLibraries: readonly (readonly [extension: string, library: string])[] = [
  ...["bloom", "btree_gin", "btree_gist", "citext", "cube", "earthdistance", "fuzzystrmatch", "hstore", "isn", "ltree"].map(itself),
  ...["pg_stat_statements", "pg_trgm", "pgcrypto", "seg", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp", "vector"].map(
    itself,
  ),
  ["intarray", "_int"],
  ["postgis", "postgis-3"],
  ["postgis", "postgis-2.5"],
];

function itself(name: string): readonly [string, string] {
  return [name, name];
}

/** Of these extensions a few functions only: pgcrypto's crypt() computes for hours where its argument says so. */
const only: Readonly<Record<string, ReadonlySet<string>>> = {
  pgcrypto: new Set(["digest", "hmac", "gen_random_uuid"]),
  pg_stat_statements: new Set(["pg_stat_statements", "pg_stat_statements_info"]),
};

/** VOLATILE, and still they only read or compute. */
const harmless = new Set([
  ...["gen_random_uuid", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "pg_stat_statements", "pg_stat_statements_info"],
]);

/** They change how the session computes. */
const settings = new Set(["isn_weak", "set_limit"]);

interface Member {
  readonly name: string;
  readonly volatility: string;
  readonly extension: string;
  readonly language: string;
  /** As `pg_proc.probin` names it. */
  readonly library: string | null;
}

/** A function that ALTER EXTENSION ... ADD FUNCTION made a member has another library or language than the extension's own. */
export function isCompiledBy({ extension, language, library }: Member): boolean {
  const libraries = knownLibraries.filter(([name]) => name === extension).map(([, of]) => of);
  if (language === "internal") return libraries.length > 0;
  return language === "c" && libraries.some((name) => library === name || library === `$libdir/${name}`);
}

export function isKnownToRead(member: Member): boolean {
  const { extension, name, volatility } = member;
  const listed = only[extension]?.has(name) ?? true;
  return isCompiledBy(member) && listed && !settings.has(name) && (volatility !== "v" || harmless.has(name));
}
