import { type Evidence, withoutStatements } from "./evidence.ts";
import { type Indicator, measured, shareText, unseen } from "./indicator.ts";
import { latency } from "./latency.ts";
import { coverage, few } from "./structured.ts";

const LEVEL = 4;
/** Index coverage, percent: the level's own. */
const COVERED = 80;
/** Bytes of a table from which on we take partitions to be due: our own. */
const LARGE = 100 * 1024 ** 3;

/** Level 4: partitions, replicas, monitoring, pages by key. */
export const scalable = (evidence: Evidence): readonly Indicator[] => [
  monitoring(evidence),
  logs(evidence),
  replicas(evidence),
  partitions(evidence),
  pages(evidence),
  coverage(evidence, LEVEL, COVERED),
  unseen(LEVEL, {
    name: "reading apart from writing",
    value: "how the application is built does not show in the database",
    ask: "Where reads and writes differ most, do they have models of their own?",
  }),
  unseen(LEVEL, {
    name: "branches of the database",
    value: "each is a database of its own",
    ask: "Does every preview of the application get its own copy of the database?",
  }),
  unseen(LEVEL, {
    name: "migrations without downtime",
    value: "it is known to whatever runs them",
    ask: "Did the last ten migrations run while clients kept writing? migration_checklist tells what each locks.",
  }),
  latency(evidence, LEVEL, 100),
];

function monitoring({ statements }: Evidence): Indicator {
  const name = "pg_stat_statements";
  if (statements.state === "left out")
    return unseen(LEVEL, { name, value: statements.why, ask: "Is pg_stat_statements loaded and looked at?" });
  const met = statements.state === "ready" || statements.state === "not readable";
  return measured(LEVEL, {
    name,
    met,
    value: statements.state === "ready" ? `${statements.calls.toLocaleString("en-US")} calls counted` : statements.why,
    needs: "loaded and installed",
    step: "Load pg_stat_statements (shared_preload_libraries, a restart) and run: create extension pg_stat_statements;",
  });
}

function logs({ health: { settings } }: Evidence): Indicator {
  const name = "slow statements in the log";
  const [plain, explained] = [settings.get("log_min_duration_statement"), settings.get("auto_explain.log_min_duration")];
  if (plain === undefined) return unseen(LEVEL, { name, value: "the settings were not read", ask: "Does the log name slow statements?" });
  const logged = (value: string | undefined) => value !== undefined && Number(value) >= 0;
  const auto = explained === undefined ? "" : `, auto_explain.log_min_duration ${explained}`;
  return measured(LEVEL, {
    name,
    met: logged(plain) || logged(explained),
    value: `log_min_duration_statement ${plain}${auto}, log_lock_waits ${settings.get("log_lock_waits") ?? "unknown"} (milliseconds; -1 is off)`,
    needs: "a threshold in one of them",
    step: "Log what is slow: alter system set log_min_duration_statement = '1s'; select pg_reload_conf();",
  });
}

function replicas({ standbys, health: { replica, settings } }: Evidence): Indicator {
  const name = "read replicas";
  const needs = "one that follows";
  const connected = standbys.filter((standby) => standby.connected);
  if (replica) return { level: LEVEL, name, state: "met", value: "this is one", needs };
  if (connected.length > 0) {
    const value = `${connected.length} ${connected.length === 1 ? "standby follows" : "standbys follow"} the log; whether applications read from them cannot be seen from here`;
    return { level: LEVEL, name, state: "met", value, needs };
  }
  const platform = settings.get("platform");
  if (platform !== undefined)
    return unseen(LEVEL, {
      name,
      value: `no standby shows, and ${platform} may keep them out of sight`,
      ask: "Are there read replicas, and what reads from them?",
    });
  const waiting = standbys.length > 0 ? `; ${standbys.length} ${standbys.length === 1 ? "slot waits" : "slots wait"} for one` : "";
  return measured(LEVEL, {
    name,
    met: false,
    value: `no standby follows the log${waiting}; one that is fed from an archive would not show`,
    needs,
    step: "Set up a standby and send it what only reads: check_health with checks replication shows how far it lags.",
  });
}

function partitions({ schema: { tables } }: Evidence): Indicator {
  const name = "partitions";
  const parents = tables.filter(({ kind, partition }) => kind === "partitioned table" && partition.bound === undefined);
  const parts = tables.filter(({ partition }) => partition.bound !== undefined);
  const whole = tables.filter(({ kind, partition }) => kind === "table" && partition.bound === undefined);
  const large = whole.filter(({ bytes = 0 }) => bytes > LARGE);
  const [largest] = whole.toSorted((one, other) => (other.bytes ?? 0) - (one.bytes ?? 0));
  if (large.length > 0)
    return measured(LEVEL, {
      name,
      met: false,
      value: `${few(large.map((table) => table.name))}: more than ${gigabytes(LARGE)} in one piece`,
      needs: `no table of more than ${gigabytes(LARGE)} in one piece`,
      step: `Partition ${large[0]?.name} by what old rows are told by: search_docs for partitioning.`,
    });
  if (parents.length > 0) {
    const value = `${few(parents.map((table) => table.name))}, ${parts.length} ${parts.length === 1 ? "partition" : "partitions"}`;
    return { level: LEVEL, name, state: "met", value, needs: "for large tables" };
  }
  return unseen(LEVEL, {
    name,
    value: largest
      ? `none; the largest table takes ${gigabytes(largest.bytes ?? 0)}, and the server's memory cannot be seen`
      : "there is no table",
    ask: "Is a table larger than the server's memory? From there on the manual takes partitions to be worthwhile.",
  });
}

const gigabytes = (bytes: number) =>
  bytes >= 1024 ** 3
    ? `${(bytes / 1024 ** 3).toFixed(1).replace(/\.0$/, "")} GB`
    : `${(bytes / 1024 ** 2).toFixed(1).replace(/\.0$/, "")} MB`;

function pages({ statements }: Evidence): Indicator {
  const name = "pages by key";
  const ask = "Do lists go on from the last key they showed, or do they skip rows by OFFSET?";
  if (statements.state !== "ready") return unseen(LEVEL, { name, value: withoutStatements[statements.state], ask });
  const paged = statements.counted.filter((counted) => counted.pages !== undefined);
  const skipping = paged.filter((counted) => counted.pages === "by offset");
  if (paged.length === 0) return unseen(LEVEL, { name, value: "no statement that was counted has LIMIT or OFFSET", ask });
  return measured(LEVEL, {
    name,
    met: skipping.length === 0,
    value: `${shareText(skipping.length, paged.length)} statements with LIMIT skip rows by OFFSET`,
    needs: "none of them",
    step: "Page by the last key in place of OFFSET: analyze_query writes the statement.",
  });
}
