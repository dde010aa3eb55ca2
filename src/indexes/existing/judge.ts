import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import { loadGrammar } from "../../sql/grammar.ts";
import type { Candidate } from "../candidate.ts";
import type { Circumstances, Coverage } from "./circumstances.ts";
import { judgeCovered, type Wider, widerAdded, widerAmong } from "./covered.ts";
import { inOrderToKeep, isCopy } from "./covers.ts";
import { dutyOf, foreignKeyDuty, foreignKeyServed } from "./duties.ts";
import { judgeInvalid } from "./invalid.ts";
import { keepingCost, readsOf } from "./reads.ts";
import { missingFor } from "./servers.ts";
import { type Standing, shownName, standingsOf } from "./standing.ts";
import { judgeByReads } from "./unread.ts";
import { drop, type Facts, keep, type Replan, type Verdict } from "./verdict.ts";

export interface Judged extends Verdict {
  readonly index: Index;
  readonly table: Table;
}

interface Question {
  /** Whose indexes are judged, with all their partitions: the parts of a parent's index are judged with it. */
  readonly tables: readonly Table[];
  /** Undefined: DDL text. */
  readonly circumstances: Circumstances | undefined;
  readonly coverage: Coverage;
  /** What the advice builds. */
  readonly added: readonly Candidate[];
  readonly replan: Replan;
}

/** Each index that is there, once: whether it can go, and what speaks for that. */
export async function judgeIndexes({ tables, circumstances, coverage, added, replan }: Question): Promise<readonly Judged[]> {
  await loadGrammar();
  const facts: Facts = { tables, circumstances, coverage, missing: missingFor(circumstances, coverage), replan: once(replan) };
  const judged: Judged[] = [];
  for (const table of tables) judged.push(...(await judgeTable(standingsOf(table, tables, circumstances), added, facts)));
  return judged;
}

function once(replan: Replan): Replan {
  const known = new Map<Index, ReturnType<Replan>>();
  return (hidden) => {
    const answer = known.get(hidden) ?? replan(hidden);
    known.set(hidden, answer);
    return answer;
  };
}

async function judgeTable(standings: readonly Standing[], added: readonly Candidate[], facts: Facts): Promise<readonly Judged[]> {
  const verdicts = new Map<Standing, Verdict>();
  const inQuestion = standings.filter(({ index }) => index.parent === undefined);
  for (const standing of inQuestion) {
    const settled = judgeInvalid(standing, facts.tables) ?? judgeDuty(standing);
    if (settled) verdicts.set(standing, settled);
  }
  const copies = copiesAmong(standings, verdicts);
  for (const [copy, kept] of copies) verdicts.set(copy, judgeCopy(copy, kept, facts));

  const copiesOf = (standing: Standing) => [...copies].flatMap(([copy, kept]) => (kept === standing ? [copy] : []));
  const left = unreadFirst(
    inQuestion.filter((standing) => !verdicts.has(standing)),
    facts,
  );
  for (const standing of left) {
    const others = standings
      .filter((other) => other !== standing && other.index.valid && verdicts.get(other)?.verdict !== "drop")
      .sort(inOrderToKeep);
    const wider = widerAmong(standing, others) ?? widerAdded(standing, added);
    verdicts.set(standing, await judgeOne(standing, { others, wider, copies: copiesOf(standing) }, facts));
  }
  return inQuestion.flatMap((standing) => {
    const verdict = verdicts.get(standing);
    return verdict ? [{ index: standing.index, table: standing.table, ...verdict }] : [];
  });
}

function judgeDuty(standing: Standing): Verdict | undefined {
  const duty = dutyOf(standing);
  return duty === undefined ? undefined : keep(duty);
}

/** Each index that another one holds all of, with the one that stays. */
function copiesAmong(standings: readonly Standing[], verdicts: ReadonlyMap<Standing, Verdict>): ReadonlyMap<Standing, Standing> {
  const copies = new Map<Standing, Standing>();
  const usable = standings.filter(({ index }) => index.valid).sort(inOrderToKeep);
  for (const copy of usable) {
    if (verdicts.has(copy) || copy.index.parent !== undefined) continue;
    const kept = usable.find((other) => other !== copy && !copies.has(other) && holds(other, copy));
    if (kept && (!holds(copy, kept) || inOrderToKeep(kept, copy) < 0)) copies.set(copy, kept);
  }
  return copies;
}

const holds = (other: Standing, copy: Standing) => other.form !== undefined && copy.form !== undefined && isCopy(other.form, copy.form);

function judgeCopy(copy: Standing, kept: Standing, { tables, circumstances }: Facts): Verdict {
  const cost = circumstances ? [`${readsOf([copy], circumstances).sentence} ${keepingCost(copy, tables)}`] : [];
  return drop(copy, tables, [
    `${shownName(kept.index)} holds exactly the same entries in the same order, so no query needs both.`,
    ...cost,
  ]);
}

/** So that of two that could take each other's place the one that somebody reads stays, or else the one to keep. */
function unreadFirst(standings: readonly Standing[], { circumstances }: Facts): readonly Standing[] {
  if (!circumstances) return standings.toSorted((one, other) => inOrderToKeep(other, one));
  const scans = (standing: Standing) => readsOf([standing], circumstances).scans;
  return standings.toSorted((one, other) => Math.sign(scans(one)) - Math.sign(scans(other)) || inOrderToKeep(other, one));
}

interface Near {
  readonly others: readonly Standing[];
  readonly wider: Wider | undefined;
  readonly copies: readonly Standing[];
}

/** What nobody reads can go by itself: only of what is read must something else take the place. */
async function judgeOne(standing: Standing, { others, wider, copies }: Near, facts: Facts): Promise<Verdict> {
  const alone = await judgeAlone(standing, { others, copies }, facts);
  const isRead = !facts.circumstances || readsOf([standing, ...copies], facts.circumstances).scans > 0;
  if (!wider || (!isRead && alone.verdict === "drop")) return alone;
  return judgeCovered(standing, wider, copies, facts);
}

async function judgeAlone(standing: Standing, { others, copies }: Omit<Near, "wider">, facts: Facts): Promise<Verdict> {
  if (standing.index.unique) return keep("It keeps its columns unique, which no count of scans shows.");
  const foreignKey = foreignKeyServed(standing, others);
  if (foreignKey) return keep(foreignKeyDuty(foreignKey, standing, facts.tables));
  return judgeByReads(standing, copies, facts);
}
