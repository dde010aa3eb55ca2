import type { Table } from "../catalog/tables.ts";
import { nameOf } from "../sql/quote.ts";
import { type Candidate, shapeOf } from "./candidate.ts";
import type { Proposal } from "./candidates.ts";
import { leavesOf } from "./script.ts";
import type { Found } from "./search.ts";
import { type Existing, existingOf, servedBy } from "./served.ts";
import type { Trial } from "./trial.ts";

export interface Refusal {
  readonly candidate: Candidate;
  readonly reason: string;
}

interface Sifted {
  readonly tables: readonly Table[];
  readonly leaveAlone?: ReadonlySet<Table>;
}

/** Without the twin: what an index that is there does already, tables that one read takes in whole, and tables of which nobody knows the size. */
export async function sift(all: readonly Proposal[], { tables, leaveAlone }: Sifted) {
  const existing = new Map<Table, readonly Existing[]>();
  for (const table of new Set(all.map(({ candidate }) => candidate.table))) existing.set(table, await existingOf(table));
  const refusals: Refusal[] = [];
  const worth: Proposal[] = [];
  for (const proposal of all) {
    const { candidate } = proposal;
    const parts = leavesOf(candidate.table, tables);
    const server = servedBy(candidate, existing.get(candidate.table) ?? []);
    if (leaveAlone?.has(candidate.table)) refusals.push({ candidate, reason: "its table is to be left alone" });
    else if (server) refusals.push({ candidate, reason: `served by ${server.name}` });
    else if (parts.every(isUnknown)) refusals.push({ candidate, reason: "nobody knows how many rows its table has" });
    else if (parts.every(isOnePage)) refusals.push({ candidate, reason: "one page, a scan is cheaper" });
    else worth.push(proposal);
  }
  return { worth, refusals };
}

const isOnePage = ({ size }: Table) => size.blocks <= 1;

/** The planner takes ten pages for such a table (`table_block_relation_estimate_size` in src/backend/access/table/tableam.c). */
const isUnknown = ({ rows, size }: Table) => rows === undefined && size.blocks === 0;

export const SMALL_GAIN = "gain too small for any statement";
export const NOT_USED = "the planner does not use it";

/** Those that say most first: passed over at the end, then of little use, then of none. */
export function refusedOf(
  placed: readonly Trial[],
  measured: readonly Trial[],
  { chosen, overBudget, tooMany, slight, tooLarge }: Found & { readonly slight: ReadonlySet<Trial>; readonly tooLarge: ReadonlySet<Trial> },
): readonly Refusal[] {
  const kept = new Set(chosen);
  const passed = measured.filter((trial) => !kept.has(trial));
  const reasonOf = (trial: Trial): string => {
    if (tooMany.has(trial)) return "pays, but less than those chosen";
    if (overBudget.has(trial)) return "over the budget";
    const { table, keys } = trial.candidate;
    const near = chosen.filter(({ candidate }) => candidate.table === table);
    const by = near.find(({ candidate }) => candidate.keys[0]?.text === keys[0]?.text) ?? near[0] ?? chosen[0];
    return by ? `served by ${nameOf(by.candidate.table.schema, by.candidate.table.name)} ${shapeOf(by.candidate)}` : SMALL_GAIN;
  };
  const names = new Set(measured.map(({ name }) => name));
  const unreadOf = (trial: Trial) => (tooLarge.has(trial) ? "over the budget" : slight.has(trial) ? SMALL_GAIN : NOT_USED);
  return [
    ...passed.map((trial) => ({ candidate: trial.candidate, reason: reasonOf(trial) })),
    ...placed.filter(({ name }) => !names.has(name)).map((trial) => ({ candidate: trial.candidate, reason: unreadOf(trial) })),
  ];
}
