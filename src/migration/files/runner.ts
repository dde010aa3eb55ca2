export const runners = [
  "psql",
  "Prisma",
  "Drizzle",
  "Supabase",
  "Flyway",
  "Rails",
  "dbmate",
  "golang-migrate",
  "goose",
  "sqlx",
  "diesel",
  "sql-migrate",
  "node-pg-migrate",
  "Liquibase",
  "Atlas",
] as const;
export type Runner = (typeof runners)[number];

/** What one BEGIN and COMMIT of the runner stand around: all files of one run, one file (or section of it), or nothing. */
export type Wrapping = "run" | "file" | "none";

/**
 * What is sent to the server at once; `breakpoints` are what the file itself marks as the ends. Several statements in one message are run in one transaction, though nobody wrote
 * BEGIN (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
 */
export type Message = "statement" | "file" | "lines" | "breakpoints";

export interface Habit {
  readonly wraps: Wrapping;
  readonly sends: Message;
  /** "one transaction around each file" */
  readonly words: string;
  /** How a file of this runner is run without the transaction; undefined where nothing in it can say so. */
  readonly wayOut: string | undefined;
  /** What was so before a version of the runner. */
  readonly before?: { readonly version: string; readonly wraps: Wrapping; readonly sends: Message; readonly words: string };
}

const perFile = "one transaction around each file";
const perRun = "one transaction around all files that are still to run";

/**
 * How each runner runs a file, as its source code of 2026 has it:
 * - psql: `-f` sends statement by statement unless told otherwise (https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-OPTION-SINGLE-TRANSACTION).
 * - Prisma: prisma/prisma-engines#5767 (7.4.0, February 2026) cuts the script into statements; before, `apply_migration_script`
 *   in schema-engine/connectors/sql-schema-connector/src/flavour/postgres/native/mod.rs sends it by one `simple_query`.
 * - Drizzle: `PgDialect.migrate` in drizzle-orm/src/pg-core/dialect.ts; `readMigrationFiles` in drizzle-orm/src/migrator.ts
 *   cuts at the breakpoints.
 * - Supabase: `execMigrationBatch` in apps/cli/src/legacy/shared/legacy-migration-apply.ts, one batch for each file that has no
 *   BEGIN or COMMIT of its own; before, `ExecBatch` in pkg/migration/file.go. Since 2.109.0 what refuses a transaction runs
 *   by itself (supabase/cli#5671, #6009), DROP INDEX CONCURRENTLY only since #6276 of August 2026.
 * - Flyway: `executeInTransaction` in org/flywaydb/core/internal/sqlscript/ParserSqlScript.java, which only the file
 *   `<name>.sql.conf` sets, no comment; `detectCanExecuteInTransaction` in PostgreSQLParser.java; `group` in DbMigrate.java.
 * - Rails: `ddl_transaction` in activerecord/lib/active_record/migration.rb.
 * - dbmate: `Migrate` in pkg/dbmate/db.go hands a section to one `Exec`; `parseMigrationContents` in pkg/dbmate/migration.go.
 * - golang-migrate: `Run` in database/postgres/postgres.go hands the file to one `ExecContext`.
 * - goose: internal/sqlparser/parser.go cuts at lines that end with a semicolon; `runSQL` in provider_run.go.
 * - sqlx: `apply` in sqlx-postgres/src/migrate.rs; "-- no-transaction" at the very start in sqlx-core/src/migrate/source.rs
 *   (since 0.8.0); without parameters it is one simple query.
 * - diesel: `run_in_transaction` in diesel_migrations/migrations_internals/src/lib.rs; `batch_execute` in
 *   diesel_migrations/src/file_based_migrations.rs.
 * - sql-migrate: `applyMigrations` in migrate.go, cut by sqlparse/sqlparse.go.
 * - node-pg-migrate: `singleTransaction` in src/runner.ts, true unless --no-single-transaction; `pgm.sql` of a whole section
 *   in src/sqlMigration.ts.
 * - Liquibase: `runInTransaction` and `splitStatements`, both true, in liquibase/parser/AbstractFormattedChangeLogParser.java.
 * - Atlas: `--tx-mode file` and `txmodeFor` in cmd/atlas/internal/cmdapi/migrate.go.
 */
export const habits: Readonly<Record<Runner, Habit>> = {
  psql: { wraps: "none", sends: "statement", words: "each statement by itself", wayOut: "do not pass --single-transaction" },
  Prisma: {
    wraps: "none",
    sends: "statement",
    words: "each statement by itself",
    wayOut: "nothing to write since 7.4.0; before, put the statement alone in a migration",
    before: { version: "7.4.0", wraps: "none", sends: "file", words: "the whole file in one message, which is one transaction" },
  },
  Drizzle: { wraps: "run", sends: "breakpoints", words: perRun, wayOut: undefined },
  Supabase: {
    wraps: "file",
    sends: "statement",
    words: `${perFile}; what refuses a transaction runs by itself`,
    wayOut: "nothing to write since 2.109.0, or -- pg-delta: transaction=false as the first line for the whole file",
    before: { version: "2.109.0", wraps: "file", sends: "statement", words: perFile },
  },
  Flyway: { wraps: "file", sends: "statement", words: perFile, wayOut: "executeInTransaction=false in a file <name>.sql.conf beside it" },
  Rails: { wraps: "file", sends: "breakpoints", words: "one transaction around each migration", wayOut: "disable_ddl_transaction!" },
  dbmate: {
    wraps: "file",
    sends: "file",
    words: "one transaction around each section",
    wayOut: "-- migrate:up transaction:false, with one statement in the section",
  },
  "golang-migrate": {
    wraps: "none",
    sends: "file",
    words: "the whole file in one message, which is one transaction if it has several statements",
    wayOut: "put the statement alone in a file, or pass x-multi-statement=true",
  },
  goose: { wraps: "file", sends: "lines", words: perFile, wayOut: "-- +goose NO TRANSACTION" },
  sqlx: { wraps: "file", sends: "file", words: perFile, wayOut: "-- no-transaction as the first line, with one statement in the file" },
  diesel: {
    wraps: "file",
    sends: "file",
    words: perFile,
    wayOut: "run_in_transaction = false in metadata.toml, with one statement in the file",
  },
  "sql-migrate": {
    wraps: "file",
    sends: "lines",
    words: "one transaction around each section",
    wayOut: "-- +migrate Up notransaction",
  },
  "node-pg-migrate": { wraps: "run", sends: "file", words: perRun, wayOut: "a migration in JavaScript with pgm.noTransaction()" },
  Liquibase: {
    wraps: "file",
    sends: "statement",
    words: "one transaction around each changeset",
    wayOut: "runInTransaction:false in the line of the changeset",
  },
  Atlas: { wraps: "file", sends: "statement", words: perFile, wayOut: "-- atlas:txmode none above an empty line at the top of the file" },
};
