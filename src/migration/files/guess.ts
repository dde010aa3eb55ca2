import type { MigrationFile } from "./read.ts";
import type { Runner } from "./runner.ts";

export interface Guess {
  /** Undefined: plain SQL of which nothing says who runs it. */
  readonly runner: Runner | undefined;
  /** "the comments -- +goose are goose's" */
  readonly because: string;
}

interface Sign {
  readonly runner: Runner;
  readonly because: string;
  fits(file: MigrationFile, names: readonly string[]): boolean;
}

const written = (runner: Runner, pattern: RegExp, because: string): Sign => ({ runner, because, fits: ({ text }) => pattern.test(text) });
const called = (runner: Runner, pattern: RegExp, because: string): Sign => ({ runner, because, fits: ({ name }) => pattern.test(name) });
const beside = (runner: Runner, pattern: RegExp, because: string): Sign => ({
  runner,
  because,
  fits: ({ name }, names) => names.some((other) => pattern.test(other) && isBeside(name, other)),
});

/** The first comment that Prisma writes above each statement that it makes. */
const prismaComment =
  /^-- (?:Create|Alter|Drop|Rename|Redefine)(?:Table|Index|Enum|ForeignKey|Schema|PrimaryKey)$|^-- (?:AddForeignKey|CreateExtension)$/m;

/** What stands in the text decides before the name: files are renamed more often than rewritten. */
const signs: readonly Sign[] = [
  written("Liquibase", /^\uFEFF?\s*--\s*liquibase\s+formatted/i, "it starts with --liquibase formatted sql"),
  written("goose", /^--\s*\+goose\s/m, "its -- +goose comments are goose's"),
  written("sql-migrate", /^-- \+migrate\s/m, "its -- +migrate comments are sql-migrate's"),
  written("dbmate", /^--\s*migrate:(?:up|down)\b/m, "its -- migrate:up comment is dbmate's"),
  written("Drizzle", /--> statement-breakpoint/, "--> statement-breakpoint is Drizzle's"),
  written("Atlas", /^-- atlas:(?:txmode|nolint|delimiter|checkpoint|import)\b/m, "its -- atlas: comment is Atlas's"),
  written("node-pg-migrate", /^[ \t]*--[ \t-]*(?:up|down)\s+migration\s*$/im, "its -- Up Migration comment is node-pg-migrate's"),
  written("sqlx", /^-- no-transaction/, "it starts with sqlx's -- no-transaction"),
  written("Rails", /<\s*ActiveRecord::Migration\b/, "it is a class of ActiveRecord::Migration"),
  called("Supabase", /(?:^|\/)supabase\/migrations\/[^/]*\.sql$/, "it lies in supabase/migrations"),
  called("Flyway", /(?:^|\/)(?:[VUB]\d[\w.]*|R)__[^/]*\.sql$/, "V1__name.sql, U1__name.sql and R__name.sql are Flyway's names"),
  beside("Drizzle", /(?:^|\/)meta\/_journal\.json$/, "meta/_journal.json beside it is Drizzle's"),
  called(
    "golang-migrate",
    /(?:^|\/)\d+_[^/]*\.(?:up|down)\.sql$/,
    "1_name.up.sql is golang-migrate's name, and sqlx's, which puts a transaction around the file: say which it is if it is sqlx",
  ),
  beside("Atlas", /(?:^|\/)atlas\.sum$/, "atlas.sum beside it is Atlas's"),
  called("Drizzle", /(?:^|\/)drizzle\/.*\.sql$/, "it lies in drizzle/"),
  called("Prisma", /(?:^|\/)\d+_[^/]*\/(?:migration|down)\.sql$/, "<time>_name/migration.sql is Prisma's name"),
  called("diesel", /(?:^|\/)[\d-]+_[^/]*\/(?:up|down)\.sql$/, "<time>_name/up.sql and down.sql are diesel's names"),
  called("psql", /(?:^|\/)structure\.sql$/, "structure.sql is what Rails loads with psql"),
  written("Prisma", prismaComment, "its comments are those that Prisma writes"),
  written("psql", /^-- PostgreSQL database (?:cluster )?dump$|^\\[a-z]/m, "it has lines for psql in it"),
];

/** Who runs a file, from its text, its name and the other files that came with it. */
export function guessRunner(file: MigrationFile, names: readonly string[]): Guess {
  const sign = signs.find(({ fits }) => fits(file, names));
  return sign ?? { runner: undefined, because: "nothing in its text or name says who runs it" };
}

/** In the same folder, or in one above. */
const isBeside = (name: string, other: string) => name !== other && name.startsWith(folderOf(other).replace(/meta\/$/, ""));

export const folderOf = (name: string): string => name.slice(0, name.lastIndexOf("/") + 1);
