import * as z from "zod";
import type { LiveDatabase } from "../database/live-database.ts";
import { ToolError } from "../error.ts";
import type { ListedTool } from "./listed.ts";
import type { Context, Tool } from "./tool.ts";

/** What stands in for a database in a call. */
const insteadOf = ["schema_sql", "plan"];

const DESCRIPTION = "Which one, where it is not the usual database";

/** The input of a tool where databases with names are configured: a call may say which of them it is about. */
export function inputAmong({ input, withoutDatabase }: Tool, names: readonly string[]): Tool["input"] {
  if (withoutDatabase || names.length === 0) return input;
  return input.extend({ database: z.enum(names).optional().describe(DESCRIPTION) });
}

/** The same as clients list it. */
export function listedAmong({ input, withoutDatabase }: ListedTool, names: readonly string[]): ListedTool["input"] {
  if (withoutDatabase || names.length === 0) return input;
  const database = { type: "string", enum: names, description: DESCRIPTION };
  return { ...input, properties: { ...(input.properties as object), database } };
}

interface Asked {
  readonly input: Readonly<Record<string, unknown>>;
  readonly context: Context;
}

/** A call as the tool knows it, about the database that it names. Throws `invalid_argument` and `no_database`. */
export function aboutOne({ withoutDatabase }: Tool, { input: { database, ...input }, context }: Asked): Asked {
  const { others, hasDatabase } = context;
  if (withoutDatabase || others.names.length === 0) return { input, context };
  const instead = insteadOf.find((argument) => input[argument] !== undefined);
  if (typeof database === "string") {
    if (instead === "schema_sql")
      throw new ToolError("invalid_argument", "Pass either database or schema_sql: one is used in the place of the other.");
    return { input, context: aboutNamed(database, context) };
  }
  if (hasDatabase || instead !== undefined) return { input, context };
  throw new ToolError(
    "no_database",
    `Say which database this is about: pass database, one of ${others.names.join(", ")}, or the schema as schema_sql.`,
  );
}

/** The same context about another database. Its replicas are those of the first, so it has none. */
export function aboutNamed(name: string, context: Context): Context {
  const database = named(name, context);
  return { ...context, hasDatabase: true, database: () => database, replicas: () => [] };
}

function named(name: string, { others }: Context): LiveDatabase {
  const database = others.named(name);
  if (database) return database;
  const known = others.names.join(", ") || "none";
  throw new ToolError("no_database", `No database is called ${name}: DATABASE_URL_${name.toUpperCase()} is not set. There are: ${known}.`);
}
