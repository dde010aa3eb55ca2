import type { Runner } from "./runner.ts";

/** What is given in the place of SQL, and the command that gives the SQL of it. https://www.prisma.io/docs/cli/migrate/diff, https://orm.drizzle.team/docs/drizzle-kit-export */
const foreign: readonly { readonly name?: RegExp; readonly sign: RegExp; readonly answer: string }[] = [
  {
    name: /\.prisma$/,
    sign: /^[ \t]*(?:model|datasource|generator)\s+\w+\s*\{\s*$/m,
    answer:
      "This is a Prisma schema, not SQL. For the migration itself, pass the migration.sql that `npx prisma migrate dev --create-only` writes; for the whole schema, the output of `npx prisma migrate diff --from-empty --to-schema prisma/schema.prisma --script` (before Prisma 7: --to-schema-datamodel).",
  },
  {
    sign: /\b(?:mysqlTable|sqliteTable|singlestoreTable|mssqlTable)\s*\(/,
    answer: "This is a Drizzle schema for another database than Postgres, whose tables are made by pgTable.",
  },
  {
    sign: /\bpgTable\s*\(|\bfrom\s+["']drizzle-orm(?:\/[\w-]+)?["']|\bpgEnum\s*\(/,
    answer:
      "This is a Drizzle schema in TypeScript, not SQL. For the migration itself, pass the file that `npx drizzle-kit generate` writes; for the whole schema, the output of `npx drizzle-kit export`.",
  },
  {
    sign: /^[ \t]*(?:exports\.up\s*=|export\s+(?:default\s+)?(?:async\s+)?(?:const|function)\s+up\b|module\.exports\s*=)/m,
    answer: "This is a migration in JavaScript, not SQL. Pass the SQL that it sends: most tools print it with a dry run.",
  },
  {
    sign: /^[ \t]*(?:from\s+alembic\s+import\s+op|from\s+django\.db\s+import\s+migrations)\b/m,
    answer:
      "This is a migration in Python, not SQL. Pass the output of `python manage.py sqlmigrate <app> <name>` (Django) or `alembic upgrade <from>:<to> --sql`.",
  },
  {
    sign: /^[ \t]*<databaseChangeLog\b|^databaseChangeLog:/m,
    answer: "This is a Liquibase changelog, not SQL. Pass the output of `liquibase update-sql`, or changesets in formatted SQL.",
  },
];

/** Undefined for what may be SQL: comments and constants of SQL do not count. */
export function foreignText(text: string, name: string): string | undefined {
  const bare = withoutQuoted(text);
  return foreign.find(({ name: called, sign }) => called?.test(name) || (sign.test(text) && !startsAsSql.test(bare)))?.answer;
}

/** The first word of a file that is SQL, whatever its comments and constants say. */
const startsAsSql =
  /^\s*(?:alter|analyze|begin|call|cluster|comment|commit|copy|create|delete|discard|do|drop|execute|grant|import\s+foreign|insert|lock|merge|notify|prepare|reassign|refresh|reindex|reset|revoke|rollback|savepoint|security|select|set|show|start|truncate|update|vacuum|values|with|pragma|use)\b/i;

const withoutQuoted = (text: string) =>
  text.replace(/--.*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|(\$(?:[\p{L}_]\w*)?\$)[\s\S]*?\1/gu, (found) => (/^[-/]/.test(found) ? " " : "''"));

interface Dialect {
  readonly sign: RegExp;
  readonly answer: string;
}

/** The first that fits is told, so what only one dialect has stands first. */
const dialects: readonly Dialect[] = [
  {
    sign: /\bengine\s*=?\s*\w*mergetree\b|\bcodec\s*\(/i,
    answer: "ENGINE = MergeTree and CODEC are ClickHouse, which is another database.",
  },
  { sign: /\bautoincrement\b/i, answer: "AUTOINCREMENT is SQLite: in Postgres, write bigint generated always as identity." },
  { sign: /^[ \t]*pragma\b/im, answer: "PRAGMA is SQLite: Postgres has no such statement; foreign keys are always checked. Leave it out." },
  { sign: /\)\s*(?:strict|without\s+rowid)\b/i, answer: "STRICT and WITHOUT ROWID are SQLite's: leave them out in Postgres." },
  { sign: /\bauto_increment\b/i, answer: "AUTO_INCREMENT is MySQL: in Postgres, write bigint generated always as identity." },
  {
    sign: /\bengine\s*=\s*\w+|\bdefault\s+charset\b|\bcollate\s*=/i,
    answer: "ENGINE, CHARSET and COLLATE= after a table are MySQL: leave them out in Postgres.",
  },
  {
    sign: /\b(?:modify|change)\s+(?:column\s+)?[`"\w]+\s+\w+/i,
    answer: "MODIFY and CHANGE COLUMN are MySQL: in Postgres, write alter column … type …, set not null and rename column.",
  },
  {
    sign: /\balgorithm\s*=\s*\w+|\block\s*=\s*(?:none|shared)\b/i,
    answer: "ALGORITHM= and LOCK= are MySQL: Postgres has create index concurrently and not valid constraints.",
  },
  { sign: /\bunsigned\b/i, answer: "UNSIGNED is MySQL: Postgres has no unsigned types; take the next larger type, or a CHECK." },
  { sign: /\bon\s+update\s+current_timestamp\b/i, answer: "ON UPDATE CURRENT_TIMESTAMP is MySQL: in Postgres, write a trigger." },
  { sign: /\b(?:tiny|small|medium|big)?int\s*\(\s*\d+\s*\)/i, answer: "A width, as in int(11), is MySQL: write int." },
  { sign: /`/, answer: 'Backticks are MySQL and SQLite: Postgres quotes names with double quotes, "like this".' },
  { sign: /^[ \t]*go\s*$/im, answer: "GO is SQL Server's: end statements with a semicolon." },
  {
    sign: /\[\w+\]\.\[\w+\]|\bidentity\s*\(\s*\d+\s*,/i,
    answer: 'Brackets around names and IDENTITY(1,1) are SQL Server: Postgres quotes "like this", and writes generated always as identity.',
  },
  { sign: /^[ \t]*delimiter\s+\S/im, answer: "DELIMITER is a command of MySQL's client: Postgres quotes bodies with $$." },
];

/** Why a text is refused by the grammar, where it is another dialect or was to be filled in first. */
export function whyNotSql(text: string, runner: Runner | undefined): string | undefined {
  const bare = withoutQuoted(text);
  if (/\$\{[^}]*\}/.test(bare)) {
    return `${runner ?? "The tool that runs it"} fills in \${…} before it sends the text: pass it with the values filled in.`;
  }
  if (runner === "psql" && /(?<![:\w\]]):['"]?[a-z_]/i.test(bare)) {
    return "psql fills in :name from \\set and -v before it sends the text: pass it with the values filled in.";
  }
  return dialects.find(({ sign }) => sign.test(bare))?.answer;
}
