import type { Evidence } from "./evidence.ts";
import { type Indicator, measured, unseen } from "./indicator.ts";
import { latency, migrationSuccess } from "./latency.ts";
import { archives, archiveText, few } from "./structured.ts";

const LEVEL = 5;
/** Of the values that a sequence has, percent: our own. */
const USED_UP = 50;

/** Extensions that make of Postgres another kind of database. */
const kinds: Readonly<Record<string, string>> = {
  vector: "vectors",
  timescaledb: "time series",
  postgis: "maps",
  age: "graphs",
  pg_search: "full text",
};

/** Level 5: the kind of database that each use asks for, capacity that is planned, recovery that is tested. */
export const cloudNative = (evidence: Evidence): readonly Indicator[] => [
  recovery(evidence),
  capacity(evidence),
  specialised(evidence),
  unseen(LEVEL, {
    name: "capacity that follows the load",
    value: "the platform decides it outside the database",
    ask: "Does compute grow and shrink by itself, and is what the next year needs reckoned? review_schema with response_format detailed reckons tables at ten times their rows.",
  }),
  unseen(LEVEL, {
    name: "chaos tests",
    value: "nothing in the database keeps them",
    ask: "When was a failure of the database last caused on purpose?",
  }),
  unseen(LEVEL, {
    name: "recovery tested each quarter",
    value: "nothing in the database keeps it",
    ask: "When was a backup last restored to a point in time, how long did it take, and what was lost?",
  }),
  unseen(LEVEL, {
    name: "data near its users",
    value: "a replica elsewhere looks like any other",
    ask: "Which regions read from a replica of their own?",
  }),
  latency(evidence, LEVEL, 50),
  migrationSuccess(LEVEL, "all"),
];

function recovery({ health: { settings, counters } }: Evidence): Indicator {
  const name = "recovery to a point in time";
  const ask = "To which moment can the database be restored, and how far back?";
  const platform = settings.get("platform");
  if (platform !== undefined) return unseen(LEVEL, { name, value: `${platform} keeps the log where SQL does not see it`, ask });
  const mode = settings.get("archive_mode");
  if (!counters || mode === undefined) return unseen(LEVEL, { name, value: "pg_stat_archiver was not read", ask });
  return measured(LEVEL, {
    name,
    met: mode !== "off" && archives(counters),
    value: mode === "off" ? "archive_mode is off" : archiveText(counters),
    needs: "WAL that is archived",
    step: "Archive WAL (archive_mode, archive_command or pg_receivewal) beside full backups: check_health with checks backups.",
  });
}

function capacity({ schema: { sequences } }: Evidence): Indicator {
  const name = "room in the sequences";
  const known = sequences.flatMap(({ name: sequence, last, max, increment, cycle }) =>
    last === undefined || cycle || increment < 0 ? [] : [{ sequence, used: last / max }],
  );
  const [fullest] = known.toSorted((one, other) => other.used - one.used);
  if (!fullest) return unseen(LEVEL, { name, value: "no position of a sequence was read", ask: "How much room do the keys have?" });
  const near = known.filter(({ used }) => used * 100 >= USED_UP);
  return measured(LEVEL, {
    name,
    met: near.length === 0,
    value: `${fullest.sequence} has given out ${Math.floor(fullest.used * 100)} % of its values, which is the most of ${known.length}`,
    needs: `less than ${USED_UP} %`,
    step: `Make room before it runs out: ${few(near.map(({ sequence }) => sequence))}; review_schema tells the column.`,
  });
}

function specialised({ schema: { extensions } }: Evidence): Indicator {
  const name = "kinds of database";
  const found = extensions.filter((extension) => extension.name in kinds);
  if (found.length === 0)
    return unseen(LEVEL, {
      name,
      value: "no extension for vectors, time series, maps or graphs is here; other databases cannot be seen",
      ask: "Is something kept in tables that another kind of database is for?",
    });
  return {
    level: LEVEL,
    name,
    state: "met",
    value: found.map((extension) => `${extension.name} (${kinds[extension.name]})`).join(", "),
    needs: "what each use asks for",
  };
}
