import { type Evidence, withoutStatements } from "./evidence.ts";
import { type Indicator, measured, reaches, shareText, unseen } from "./indicator.ts";
import { latency, migrationSuccess } from "./latency.ts";

const LEVEL = 2;
/** Index coverage, percent: the level's own. */
const COVERED = 50;
/** Of tables with a key and names without quotes, percent. */
const NEARLY_ALL = 95;

/** Level 2: a schema that was designed, migrations that are versioned, backups. */
export const structured = (evidence: Evidence): readonly Indicator[] => [
  primaryKeys(evidence),
  migrations(evidence),
  backups(evidence),
  normalised(evidence),
  names(evidence),
  coverage(evidence, LEVEL, COVERED),
  unseen(LEVEL, {
    name: "statements with parameters",
    value: "pg_stat_statements replaces constants, so both look alike",
    ask: "Does every statement pass its values as parameters, through a typed query builder or ORM?",
  }),
  unseen(LEVEL, {
    name: "diagram",
    value: "no database holds it",
    ask: "Is there a diagram that people keep up to date? review_schema with response_format detailed draws one.",
  }),
  latency(evidence, LEVEL, 500),
  migrationSuccess(LEVEL, "more than 95 %"),
];

function primaryKeys({ tables }: Evidence): Indicator {
  const name = "primary keys";
  if (tables.length === 0) return unseen(LEVEL, { name, value: "there is no table", ask: "Is this the right database and schema?" });
  const keyed = tables.filter(({ constraints }) => constraints.some(({ kind }) => kind === "primary key"));
  return measured(LEVEL, {
    name,
    met: reaches(keyed.length, tables.length, NEARLY_ALL),
    value: `${shareText(keyed.length, tables.length)} tables`,
    needs: `${NEARLY_ALL} %`,
    step: "Give every table a primary key: review_schema lists those without (schema/table-without-primary-key).",
  });
}

function migrations({ migrations: lists }: Evidence): Indicator {
  return measured(LEVEL, {
    name: "versioned migrations",
    met: lists.length > 0,
    value: lists.length > 0 ? `${lists.join(", ")} lists them` : "no table that a known tool lists them in",
    needs: "a list of them in the database",
    step: "Let a tool run every change of the schema and keep the list in the database: compare_to of review_schema then tells what was changed beside it.",
  });
}

function backups({ health: { settings, counters } }: Evidence): Indicator {
  const name = "backups";
  const platform = settings.get("platform");
  if (platform !== undefined)
    return unseen(LEVEL, {
      name,
      value: `${platform} makes them where SQL does not see it`,
      ask: "Is there one a day, and how long is it kept?",
    });
  if (!counters || settings.get("archive_mode") === undefined)
    return unseen(LEVEL, { name, value: "pg_stat_archiver was not read", ask: "Is there a backup a day?" });
  if (settings.get("archive_mode") === "off")
    return unseen(LEVEL, {
      name,
      value: "archive_mode is off, and Postgres keeps no list of dumps",
      ask: "Is there a backup a day, and where is it kept?",
    });
  return measured(LEVEL, {
    name,
    met: archives(counters),
    value: archiveText(counters),
    needs: "the last try to archive succeeded",
    step: "Make archive_command succeed: check_health with checks backups tells what failed.",
  });
}

type Archiver = NonNullable<Evidence["health"]["counters"]>;

export const archives = ({ lastArchived, lastArchiveFailure }: Archiver) =>
  lastArchived !== undefined && (lastArchiveFailure === undefined || lastArchived >= lastArchiveFailure);

export const archiveText = ({ archived, lastArchived, archiveFailures }: Archiver) =>
  `${archived.toLocaleString("en-US")} files of WAL archived, last ${lastArchived ?? "never"}, ${archiveFailures.toLocaleString("en-US")} failures`;

function normalised({ tables, denormalised }: Evidence): Indicator {
  const name = "normal form";
  if (tables.length === 0) return unseen(LEVEL, { name, value: "there is no table", ask: "Is this the right database and schema?" });
  return measured(LEVEL, {
    name,
    met: denormalised.length === 0,
    value:
      denormalised.length === 0
        ? `no repeated columns, lists or names of attributes as values in ${tables.length.toLocaleString("en-US")} tables; what depends on what is not judged here`
        : `${shareText(denormalised.length, tables.length)} tables with repeated columns, lists or names of attributes as values: ${few(denormalised)}`,
    needs: "none of these",
    step: `Give what repeats a table of its own, first in ${denormalised[0]}: review_schema shows each.`,
  });
}

const MOST = 3;
export const few = (names: readonly string[]) =>
  `${names.slice(0, MOST).join(", ")}${names.length > MOST ? ` and ${names.length - MOST} more` : ""}`;

/** Postgres folds what is not quoted to lower case. */
const isPlain = (name: string) => /^[a-z_][a-z0-9_$]*$/.test(name);

function names({ tables }: Evidence): Indicator {
  const name = "names";
  if (tables.length === 0) return unseen(LEVEL, { name, value: "there is no table", ask: "Is this the right database and schema?" });
  const all = tables.flatMap((table) => [table.name, ...table.columns.map((column) => column.name)]);
  const plain = all.filter(isPlain);
  return measured(LEVEL, {
    name,
    met: reaches(plain.length, all.length, NEARLY_ALL),
    value: `${shareText(plain.length, all.length)} names of tables and columns need no quotes`,
    needs: `${NEARLY_ALL} %`,
    step: "Write one convention down and rename what departs from it: review_schema tells of names with capitals.",
  });
}

/** Used by two levels, which ask for different shares of it (percent). */
export function coverage({ statements }: Evidence, level: 2 | 4, share: number): Indicator {
  const name = "index coverage";
  const ask = "Which columns do your statements search by, and does an index begin with each?";
  if (statements.state !== "ready") return unseen(level, { name, value: withoutStatements[statements.state], ask });
  const { places, covered, calls, coveredCalls, bare } = statements.coverage;
  if (places === 0)
    return unseen(level, { name, value: "no statement that was counted searches a table of 1,000 rows or more by a value", ask });
  const ofCalls = `${Math.floor((coveredCalls * 100) / Math.max(calls, 1))} % of their calls`;
  const without = bare.length > 0 ? `; without: ${few(bare)}` : "";
  return measured(level, {
    name,
    met: covered * 100 > places * share,
    value: `an index begins with a column of ${shareText(covered, places)} predicates (${Math.floor((covered * 100) / places)} %, and ${ofCalls})${without}`,
    needs: `more than ${share} %`,
    step: 'Index what is searched by: suggest_indexes { "workload": true } finds which of them pay.',
  });
}
