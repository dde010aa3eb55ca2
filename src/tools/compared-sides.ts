import { stat } from "node:fs/promises";
import type { CatalogObject } from "../catalog/objects/object.ts";
import { readObjects } from "../catalog/objects/objects.ts";
import { readOrigin } from "../catalog/origin.ts";
import { readRoles } from "../catalog/roles.ts";
import { readOwnSettings, type Settings } from "../catalog/settings.ts";
import { openSnapshot } from "../catalog/snapshot-database.ts";
import type { Side } from "../compare/compare.ts";
import type { LiveDatabase } from "../database/live-database.ts";
import { ToolError } from "../error.ts";
import { parseStatements } from "../sql/parse.ts";
import { withoutPsqlLines } from "../sql/psql.ts";
import { quote } from "../sql/quote.ts";
import { isShipped, lent } from "../twin/extensions.ts";
import { loadSchemaText, needsOfText } from "../twin/schema-text.ts";
import type { Needs } from "../twin/twin.ts";
import type { Basis } from "./answer.ts";
import { schemaOf } from "./history-text.ts";
import { textLimits } from "./limits.ts";
import { migrationsIn } from "./migration-files.ts";
import { learnRights } from "./rights.ts";
import { basisOf } from "./source.ts";
import { unloadedLimits } from "./text-limits.ts";
import type { Context } from "./tool.ts";

/** What one side is called, and what is known of it before it is compared. */
export interface NamedSide {
  readonly name: string;
  readonly side: Side;
  readonly basis: Basis;
  /** Also what loading told: read it afterwards. */
  readonly limits: string[];
}

/** DDL text may be a whole dump, a folder the migrations of years. */
const BYTES = 8_000_000;

/** The one side: what the tool is asked about. */
export async function ownSide(schema_sql: string | undefined, context: Context): Promise<NamedSide> {
  if (schema_sql !== undefined) return textSide(schema_sql, "schema_sql");
  return databaseSide(context.database(), "the database", context);
}

/** The other: a database of the configuration, a folder of migrations, a file, or DDL text. */
export async function namedSide(written: string, context: Context): Promise<NamedSide> {
  if (/[;\n]|^\s*(?:create|alter|set|begin|--)\s/i.test(written)) return textSide(written, "compare_to");
  const other = context.others.named(written.toLowerCase());
  if (other) return databaseSide(other, written.toLowerCase(), context);
  const file = context.fileNamed(written);
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) return folderSide(file);
  if (found && file.endsWith(".sql")) return textSide(await schemaOf(file, []), file);
  if (found) return databaseSide(openSnapshot(file), file, context);
  throw new ToolError("invalid_argument", `compare_to names no database, folder or file: ${written.slice(0, 200)}. ${placesIn(context)}`);
}

function placesIn({ others: { names } }: Context): string {
  const more = "Or pass a folder of migrations, a snapshot, an .sql file, or DDL text.";
  if (names.length === 0) return `Set DATABASE_URL_STAGING for a database that is called staging. ${more}`;
  return `There are ${names.join(", ")}. ${more}`;
}

async function folderSide(folder: string): Promise<NamedSide> {
  const files = await migrationsIn([folder]);
  if (files.length === 0) throw new ToolError("invalid_argument", `No migration is in ${folder}: its files end in .sql.`);
  return textSide(await schemaOf(undefined, files), `${folder} (${files.length === 1 ? "1 migration" : `${files.length} migrations`})`);
}

async function textSide(text: string, name: string): Promise<NamedSide> {
  const statements = await parseStatements(withoutPsqlLines(text), { what: name, bytes: BYTES });
  const limits: string[] = [];
  const side: Side = {
    needs: needsOfText(statements),
    objects: undefined,
    versionNumber: undefined,
    database: undefined,
    roles: new Set(),
    async load(session) {
      const loaded = await loadSchemaText(session, statements);
      limits.push(...[...textLimits(loaded), ...unloadedLimits(loaded)].map((limit) => limit.replaceAll("schema_sql", name)));
      return loaded.missingExtensions.map(asExtension);
    },
  };
  return { name, side, basis: { source: "schema_sql", statistics: "none" }, limits };
}

/** Of a text that asks for it: where it would stand and in which version, nobody says. */
const asExtension = (extension: string): CatalogObject => ({
  kind: "extension",
  name: quote(extension),
  of: null,
  facts: {},
  create: `create extension if not exists ${quote(extension)}`,
  drop: `drop extension ${quote(extension)}`,
});

async function databaseSide(database: LiveDatabase, name: string, context: Context): Promise<NamedSide> {
  context.progress(`Reading the catalog of ${name}`);
  const { called, settings, objects, roles } = await database.transaction(async (connection) => {
    await learnRights(database, connection);
    const objects = await readObjects(connection);
    const roles = await readRoles(connection);
    const { database: called } = await readOrigin(connection);
    return {
      called: quote(called),
      settings: await readOwnSettings(connection),
      objects,
      roles: new Set(roles.map((role) => quote(role.name))),
    };
  }, context);
  if (database.snapshot() && objects.length === 0) {
    throw new ToolError(
      "bad_snapshot",
      `The snapshot ${name} holds nothing to compare: it may be older than this comparison. Write it anew with \`backend-db-mcp snapshot\`.`,
    );
  }
  return {
    name,
    side: {
      needs: needsOf(settings, objects),
      objects,
      versionNumber: settings.versionNumber,
      database: called,
      roles,
      load: async () => [],
    },
    basis: basisOf(database, settings, { grade: "none", asOf: undefined }),
    limits: [],
  };
}

const needsOf = ({ sortsByBytes }: Settings, objects: readonly CatalogObject[]): Needs => {
  const extensions = objects.filter(({ kind }) => kind === "extension").map(({ name }) => name.replaceAll('"', ""));
  return { sortsByBytes, extensions: [...new Set([...extensions.filter(isShipped), ...lent])] };
};
