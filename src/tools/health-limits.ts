import type { Health } from "../catalog/health.ts";
import { quote } from "../sql/quote.ts";
import type { Check } from "./health-checks.ts";

interface Seen {
  readonly health: Health;
  readonly user: string;
  readonly chosen: readonly Check[];
}

/** Where a provider shows what it keeps, by what can be recognised of it. */
const consoles: Readonly<Record<string, string>> = {
  Supabase: "in the dashboard under Database, Backups",
  "Amazon RDS": "in the RDS console under Maintenance & backups",
  "Cloud SQL": "in the Google Cloud console under Backups",
  Azure: "in the Azure portal under Backup and restore",
};

/** What the server does not show, and to whom it would. */
export function healthLimits({ health, user, chosen }: Seen): readonly string[] {
  const asked = (...names: readonly Check[]) => names.some((name) => chosen.includes(name));
  return [
    ...(asked("connections", "transactions") ? hiddenSessions(health, user) : []),
    ...(asked("bloat")
      ? ["bloat of indexes other than B-trees, and of tables and indexes with columns whose statistics are missing or hidden"]
      : []),
    ...(asked("backups") ? [backupsOf(health)] : []),
    ...(asked("io") && health.counters?.clientWrites === undefined ? ["I/O by who did it: pg_stat_io came with PostgreSQL 16"] : []),
    ...(asked("replication") ? hiddenStandbys(health, user) : []),
    ...(asked("settings", "checkpoints") ? ["the machine: its memory and disks cannot be seen by SQL"] : []),
  ];
}

function hiddenSessions({ sessions }: Health, user: string): readonly string[] {
  if (!sessions || sessions.hidden === 0) return [];
  return [`what ${sessions.hidden} sessions of other roles do: grant pg_read_all_stats to ${quote(user)};`];
}

function hiddenStandbys({ followers }: Health, user: string): readonly string[] {
  const hidden = followers.filter(({ kind, bytes }) => kind === "standby" && bytes === undefined).length;
  return hidden === 0 ? [] : [`how far ${hidden} standbys lag: grant pg_read_all_stats to ${quote(user)};`];
}

function backupsOf({ settings }: Health): string {
  const platform = settings.get("platform");
  const where = platform === undefined ? undefined : consoles[platform];
  return where === undefined
    ? "whether there is a backup, and whether it was ever restored: Postgres keeps no list of them"
    : `whether there is a backup, and how far back it goes: ${platform} shows it ${where}`;
}
