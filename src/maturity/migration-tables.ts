/** The tables in which tools list the migrations that they have run, by the names that each gives them unless told otherwise. */
const names: ReadonlySet<string> = new Set([
  "schema_migrations", // Rails, Ecto, golang-migrate, dbmate, Supabase
  "flyway_schema_history",
  "databasechangelog", // Liquibase
  "_prisma_migrations",
  "__drizzle_migrations",
  "django_migrations",
  "alembic_version",
  "knex_migrations",
  "__efmigrationshistory",
  "sequelizemeta",
  "typeorm_migrations",
  "mikro_orm_migrations",
  "kysely_migration",
  "pgmigrations",
  "_sqlx_migrations",
  "__diesel_schema_migrations",
  "refinery_schema_history",
  "seaql_migrations",
  "goose_db_version",
  "atlas_schema_revisions",
  "doctrine_migration_versions",
  "phinxlog",
  "migration_versions",
  "migrations", // Laravel, TypeORM
]);

/** Sqitch and graphile-migrate keep theirs in a schema of that name. */
const schemas: ReadonlySet<string> = new Set(["sqitch", "graphile_migrate", "pgroll"]);

export const listsMigrations = ({ schema, name }: { readonly schema: string; readonly name: string }) =>
  names.has(name.toLowerCase()) || schemas.has(schema);
