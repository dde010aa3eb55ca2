import type { Weighed } from "../indexes/advise.ts";
import type { Given } from "../indexes/workload.ts";
import { changesBetween } from "../plan/changes.ts";
import type { Advised } from "./advice-answer.ts";
import { inCallersWords } from "./not-plannable.ts";
import type { Output } from "./suggest-indexes.ts";

/** Hundredths are more than the planner knows. */
export const rounded = (number: number) => Math.round(number * 100) / 100;

/** What `createTrials` calls them. */
export const TRIAL = "backend_db_mcp_candidate_";

/** In a concise answer about a whole server, statements that nothing changes for are only counted. */
const CONCISE_STATEMENTS = 60;

interface Listing {
  readonly told: boolean;
  readonly names: ReadonlyMap<string, string>;
}

export function listed({ statements: { given, counted }, sorted, format }: Advised, weighed: readonly Weighed[], { told, names }: Listing) {
  const byNumber = new Map(weighed.map((each) => [each.number, each]));
  const isChanged = (number: number) => {
    const each = byNumber.get(number);
    return each?.refused === undefined && each?.before !== each?.after;
  };
  const isLong = counted !== undefined && format === "concise";
  const wanted = given.filter(({ number }) => !sorted.idle.has(number) && (!isLong || isChanged(number) || !byNumber.has(number)));
  const shown = isLong ? wanted.slice(0, CONCISE_STATEMENTS) : wanted;
  const unlisted = given.length - shown.length - sorted.idle.size;
  return {
    statements: shown.map((each) => {
      const shared = statementOf(each, byNumber.get(each.number), { told, why: sorted.why.get(each.number) });
      const changes = format === "detailed" ? changesOf(byNumber.get(each.number), names) : [];
      return { ...shared, ...(changes.length > 0 && { plan_changes: changes }) };
    }),
    ...(unlisted > 0 && { unlisted }),
  };
}

/** With the names that the answer gives to the new indexes. */
function changesOf(weighed: Weighed | undefined, names: ReadonlyMap<string, string>): string[] {
  if (!weighed || weighed.refused !== undefined) return [];
  const trial = new RegExp(`${TRIAL}\\d+`, "g");
  return changesBetween(weighed.plans.before, weighed.plans.after).map((line) => line.replaceAll(trial, (own) => names.get(own) ?? own));
}

function statementOf(
  { number, text, weight, time, read }: Given,
  weighed: Weighed | undefined,
  { told, why }: { told: boolean; why: string | undefined },
): Output["statements"][number] {
  const shared = {
    number,
    sql: shortened(text),
    calls: weight,
    ...(time !== undefined && { mean_ms: rounded(time / Math.max(weight, 1)) }),
  };
  if (weighed && weighed.refused === undefined)
    return { ...shared, ...(told && { cost_before: rounded(weighed.before), cost_after: rounded(weighed.after) }) };
  const refused = weighed?.refused && read.statement ? inCallersWords(weighed.refused.message, read.statement) : undefined;
  return { ...shared, not_planned: read.why ?? why ?? refused ?? NO_SIZES };
}

const NO_SIZES = "sizes are unknown";
const LONGEST = 120;

export function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
