import { indexParts } from "../../sql/index-parts.ts";
import { type Candidate, definitionFor } from "../candidate.ts";
import { createSql } from "../definition.ts";
import { covers } from "./covers.ts";
import { bytesText } from "./figures.ts";
import { neededBy } from "./plans.ts";
import { keepingCost, readsOf } from "./reads.ts";
import { type Form, type Standing, shownName } from "./standing.ts";
import { NOT_SEEN, plannedText } from "./unread.ts";
import { cannotTell, drop, type Facts, keep, type Verdict } from "./verdict.ts";

/** What could take the place of an index. */
export interface Wider {
  /** "orders_customer_id_created_at_idx", or what the advice builds: "orders (customer_id, created_at)". */
  readonly name: string;
  readonly isBuilt: boolean;
  readonly bytes: number | undefined;
}

export const widerAmong = (standing: Standing, others: readonly Standing[]): Wider | undefined => {
  const found = others.find(({ form, index }) => standing.form && form && index !== standing.index && covers(form, standing.form));
  return found && { name: shownName(found.index), isBuilt: true, bytes: found.bytes };
};

export const widerAdded = (standing: Standing, added: readonly Candidate[]): Wider | undefined => {
  const found = added.find((candidate) => {
    const form = candidate.table.oid === standing.table.oid ? formOf(candidate) : undefined;
    return standing.form && form && covers(form, standing.form);
  });
  return found && { name: definitionFor(found).on, isBuilt: false, bytes: undefined };
};

function formOf(candidate: Candidate): Form | undefined {
  const parts = indexParts(createSql(definitionFor(candidate), "added"));
  return parts && { ...parts, deferrable: false };
}

/** What many more pages cost those who read it is not in a plan of one statement: they leave less of the cache to the others. */
const MUCH_BIGGER = 3;

export async function judgeCovered(standing: Standing, wider: Wider, copies: readonly Standing[], facts: Facts): Promise<Verdict> {
  const { circumstances, missing, replan, tables, coverage } = facts;
  const covered = wider.isBuilt
    ? `${wider.name} holds all of it and can be read in its order, so it serves the same statements.`
    : `Once ${wider.name} is built, that serves the same statements.`;
  const needed = neededBy(await replan(standing.index), circumstances ? "told" : "untold");
  if (needed !== undefined) return keep(needed, covered);
  if (!circumstances) return cannotTell([covered, "Drop it if no statement needs the shorter one."], missing);
  const reads = readsOf([standing, ...copies], circumstances);
  if (missing.length > 0) return cannotTell([covered, reads.sentence, keepingCost(standing, tables)], missing);
  if (reads.scans > 0 && wider.bytes !== undefined && wider.bytes > MUCH_BIGGER * standing.bytes)
    return cannotTell(
      [covered, `${reads.sentence} It takes ${bytesText(standing.bytes)} and the other ${bytesText(wider.bytes)}.`],
      ["what its readers pay for the larger one"],
    );
  const when = wider.isBuilt ? covered : `After building ${wider.name}, this one is covered: drop it then.`;
  return drop(standing, tables, [when, `${reads.sentence} ${plannedText(coverage)} ${keepingCost(standing, tables)}`, NOT_SEEN]);
}
