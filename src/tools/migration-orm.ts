import * as z from "zod";
import type { RelationName } from "../catalog/names.ts";
import { habits, type Runner } from "../migration/files/runner.ts";
import { schemaLine } from "../migration/files/schema-line.ts";
import { filesOf } from "../migration/files/write.ts";
import { type FindingWithFix, findingWithFix } from "./migration-fixes.ts";

const orm = z
  .object({
    tool: z.string(),
    because: z.string(),
    files: z.array(z.object({ path: z.string(), body: z.string() })).describe("<time>, <version>: the tool's own"),
    schema_line: z.string().optional().describe("For its schema, fields called as columns"),
    said: z.string().optional(),
  })
  .describe("The fix as migrations of the tool that runs them");
type Told = z.infer<typeof orm>;

/** A finding as the tool tells it. */
export const findingWithFiles = findingWithFix.extend({ fix_orm: orm.optional() });
export type FindingWithFiles = z.infer<typeof findingWithFiles>;

export interface Known {
  readonly runner: Runner;
  /** "its -- +goose comments are goose's" */
  readonly because: string;
}

/** Each fix as the tool's own files beside it, and what they lack. */
export async function withFiles(findings: readonly FindingWithFix[], known: Known | undefined): Promise<FindingWithFiles[]> {
  if (!known) return [...findings];
  return Promise.all(
    findings.map(async (found) => {
      const told = found.fix === undefined ? undefined : await toldOf(found.fix, found.object ?? found.rule, known);
      return told ? { ...found, fix_orm: told } : found;
    }),
  );
}

async function toldOf(fix: string, about: string, { runner, because }: Known): Promise<Told | undefined> {
  if (runner === "psql") return undefined;
  const files = await filesOf(runner, fix, about);
  const line = await schemaLine(runner, fix);
  const { before } = habits[runner];
  const said =
    files === undefined
      ? `nothing in a file of ${runner} leaves its transaction: run the fix with psql first`
      : before && files.length === 1
        ? `for ${runner} ${before.version} and later`
        : undefined;
  return {
    tool: runner,
    because,
    files: (files ?? []).map(({ name, text }) => ({ path: name, body: text })),
    ...(line !== undefined && { schema_line: line }),
    ...(said !== undefined && { said }),
  };
}

/** Where tools write down what ran. A table of several tools tells nothing. */
const histories: Readonly<Record<string, Runner>> = {
  _prisma_migrations: "Prisma",
  __drizzle_migrations: "Drizzle",
  flyway_schema_history: "Flyway",
  ar_internal_metadata: "Rails",
  goose_db_version: "goose",
  _sqlx_migrations: "sqlx",
  __diesel_schema_migrations: "diesel",
  gorp_migrations: "sql-migrate",
  pgmigrations: "node-pg-migrate",
  databasechangelog: "Liquibase",
  atlas_schema_revisions: "Atlas",
};

/** By the table that its tool keeps in the database. */
export function knownByHistory(relations: readonly Pick<RelationName, "schema" | "name">[]): Known | undefined {
  const found = relations.flatMap(({ schema, name }): readonly Known[] => {
    const runner = schema === "supabase_migrations" && name === "schema_migrations" ? "Supabase" : histories[name];
    return runner ? [{ runner, because: `${name} is in the database` }] : [];
  });
  const [first, ...others] = found;
  return first && others.every(({ runner }) => runner === first.runner) ? first : undefined;
}

/** What is said under a fix. */
export function ormLines({ fix_orm }: Pick<FindingWithFiles, "fix_orm">): readonly string[] {
  if (!fix_orm) return [];
  const { tool, because, files, schema_line: line, said } = fix_orm;
  const notes = [because, ...(said === undefined ? [] : [said])].join("; ");
  const directives = files.flatMap(({ path, body }) => {
    const way = directive.exec(body)?.[0].trim();
    return way === undefined ? [path] : [`${path} (${way})`];
  });
  return [
    `${tool} (${notes})${directives.length > 0 ? `: ${directives.join(", ")}` : ""}`,
    ...(line === undefined ? [] : [`in its schema: ${line.replaceAll("\n", " ")}`]),
  ];
}

/** The line of a file that leaves the transaction. */
const directive =
  /^.*(?:pg-delta: transaction=false|executeInTransaction=false|disable_ddl_transaction!|transaction:false|NO TRANSACTION|-- no-transaction|run_in_transaction = false|notransaction|runInTransaction:false|atlas:txmode none).*$/m;
