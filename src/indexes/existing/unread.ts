import { nameOf } from "../../sql/quote.ts";
import type { Circumstances, Coverage } from "./circumstances.ts";
import { dayOf, daysBetween, numberText } from "./figures.ts";
import { neededBy } from "./plans.ts";
import { keepingCost, type Reads, readsOf, tableReads } from "./reads.ts";
import { ENOUGH_DAYS, ENOUGH_SHARE } from "./servers.ts";
import type { Standing } from "./standing.ts";
import { cannotTell, drop, type Facts, keep, type Verdict } from "./verdict.ts";

/** Days: what runs once a year has run in that time. */
const A_YEAR = 366;

/** By who reads it, where nothing but reads speaks for it. `copies`: those whose reads come to it once they are gone. */
export async function judgeByReads(standing: Standing, copies: readonly Standing[], facts: Facts): Promise<Verdict> {
  const { circumstances, coverage, missing, replan } = facts;
  const needed = async () => neededBy(await replan(standing.index), circumstances ? "told" : "untold");
  if (!circumstances) {
    const plan = await needed();
    return plan === undefined ? cannotTell(["No planned statement gets dearer without it."], missing) : keep(plan);
  }
  const reads = readsOf([standing, ...copies], circumstances);
  const doubt = readingOf(reads, circumstances, coverage);
  if (doubt === "read") return keep(reads.sentence);
  const plan = await needed();
  if (plan !== undefined) return keep(plan, reads.sentence);
  if (doubt !== undefined) return cannotTell([reads.sentence, doubt], missing);
  if (missing.length > 0) return cannotTell([reads.sentence, keepingCost(standing, facts.tables)], missing);
  return judgeUnread(standing, reads, facts);
}

/** "read", a sentence that says why reads that were counted decide nothing, or undefined: as good as never read. */
function readingOf({ scans, last, days }: Reads, { asOf }: Circumstances, { share }: Coverage): string | undefined {
  if (scans === 0) return undefined;
  const ago = last === undefined ? undefined : daysBetween(last, asOf);
  if (ago !== undefined && ago > A_YEAR) return undefined;
  if (ago !== undefined && ago > ENOUGH_DAYS) return `Nothing has read it for ${ago} days: find what did, which may come once a year.`;
  const isRare = days !== undefined && scans < days && share !== undefined && share >= ENOUGH_SHARE;
  return isRare ? "It is read less than once a day, and by no planned statement: find what does." : "read";
}

/** Scans of a table by any way: building an index is one too. */
const FEW_READS = 100;

function judgeUnread(standing: Standing, { sentence }: Reads, { tables, coverage }: Facts): Verdict {
  const { table } = standing;
  const others = tableReads(table, tables);
  const on = nameOf(table.schema, table.name);
  if (others < FEW_READS)
    return cannotTell([
      sentence,
      `${on} itself was scanned ${others === 1 ? "once" : `${others} times`}, too few to say what its readers need.`,
    ]);
  return drop(standing, tables, [
    `${sentence.slice(0, -1)}, in ${numberText(others)} scans of ${on}.`,
    `${plannedText(coverage)} ${keepingCost(standing, tables)}`,
    NOT_SEEN,
  ]);
}

export const plannedText = ({ share = 0, since }: Coverage) =>
  `No planned statement gets dearer without it; they take ${Math.floor(share * 100)} % of the workload's time${since === undefined ? "" : ` since ${dayOf(since)}`}.`;

/** https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW lists only what is connected. */
export const NOT_SEEN = "Not known: when it was made, and whether a standby is fed from an archive.";
