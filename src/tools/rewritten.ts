import { createHash } from "node:crypto";
import { type Catalog, readCatalog } from "../catalog/catalog.ts";
import type { Table } from "../catalog/tables.ts";
import type { Advice } from "../indexes/advise.ts";
import { scriptFor } from "../indexes/script.ts";
import type { Limits } from "../indexes/solve.ts";
import { isMisjudged } from "../rewrites/misjudged.ts";
import type { Draft } from "../rewrites/rewrite.ts";
import {
  type Cheaper,
  cheaperRewrites,
  checkRewrites,
  LEAST_FACTOR,
  type Outcome,
  type Rewrite,
  sameRows,
  triedOf,
} from "../rewrites/rewrites-for.ts";
import { build, needsOf } from "../twin/build.ts";
import type { Session } from "../twin/twin.ts";
import { rounded } from "./advice-statements.ts";
import { written } from "./advice-verdict.ts";
import type { Statements } from "./asked-statements.ts";
import type { Subject } from "./schema.ts";
import type { Output } from "./suggest-indexes.ts";
import type { Context } from "./tool.ts";

interface Asked {
  readonly subject: Subject;
  readonly statements: Statements;
  readonly advice: Advice;
  readonly limits: Limits;
  isDue(): boolean;
}

/** Another text of a statement that the indexes leave dear, not compared yet. */
export interface Drafted {
  readonly number: number;
  readonly cheaper: readonly Cheaper[];
  /** What a cluster of its own has to hold, to compare them. */
  readonly catalog: Catalog;
}

/** Of DDL text only the tables were read: rows are generated for its types too, and its functions are called. */
export async function wholeCatalog({ session, catalog, directory, sizes }: Subject): Promise<Catalog> {
  if (sizes === "measured") return catalog;
  const { settings } = directory;
  const whole = await readCatalog(session, { settings, relations: catalog.tables.map(({ oid }) => oid), functions: [] });
  return { ...whole, tables: catalog.tables };
}

/** Share of its cost that a statement keeps at least, to be thought of. */
const LEFT = 0.5;
/** Statements that are thought of, the dearest first: each takes several plans. */
const MOST = 10;
/** What a rewritten statement may need besides. */
const MOST_BESIDES = 2;

export async function draftRewrites({ subject, statements, advice, limits, isDue }: Asked): Promise<readonly Drafted[]> {
  const { session, catalog, find, directory } = subject;
  const readOf = (number: number) => statements.given.find((each) => each.number === number)?.read.statement;
  const isDear = ({ number, before, after }: { number: number; before: number; after: number }) => {
    const statement = readOf(number);
    return after > before * LEFT || (statement !== undefined && isMisjudged(statement));
  };
  const dear = advice.statements
    .flatMap((each) => (each.refused === undefined && isDear(each) ? [each] : []))
    .sort((one, other) => other.weight * other.after - one.weight * one.after)
    .slice(0, MOST);
  const spent = advice.chosen.reduce((sum, { bytes }) => sum + bytes, 0);
  const left = limits.budget === undefined ? undefined : Math.max(0, limits.budget - spent);
  const drafted: Drafted[] = [];
  for (const { number } of dear) {
    const statement = readOf(number);
    if (!statement || isDue()) continue;
    const cheaper = await cheaperRewrites({
      session,
      searchPath: directory.settings.searchPath,
      statement,
      tables: catalog.tables,
      find,
      inPlace: advice.chosen,
      limits: { ...limits, budget: left, mostIndexes: MOST_BESIDES },
    });
    if (cheaper.length > 0) drafted.push({ number, cheaper, catalog: await wholeCatalog(subject) });
  }
  return drafted;
}

interface Checking {
  readonly drafted: readonly Drafted[];
  readonly subject: Pick<Subject, "catalog" | "directory">;
  /** Whether costs are real, or would be invented. */
  readonly told: boolean;
  /** Names of indexes that are there or promised. */
  readonly taken: Set<string>;
  isDue(): boolean;
}

/** Only those that returned the same rows. The twin of the question is given back before: two that wait for each other's would wait for ever. */
export async function checkedRewrites({ drafted, subject, told, taken, isDue }: Checking, context: Context): Promise<Output["rewrites"]> {
  const { catalog, directory } = subject;
  const { searchPath } = directory.settings;
  const [first] = drafted;
  if (!first || isDue()) return [];
  const schema = createHash("sha256")
    .update(JSON.stringify([schemaOf(first.catalog), searchPath], lasting))
    .digest("hex");
  const asked = drafted.map(({ number, cheaper }) => {
    const tried = triedOf(cheaper);
    return { number, tried, key: JSON.stringify([schema, tried[0]?.query.statement.text, ...tried.map(({ draft }) => draft)], named) };
  });
  const left = asked.filter(({ key }) => !outcomes.has(key));
  if (left.length > 0) {
    const compareAll = async (scratch: Session) => {
      for (const { number, tried, key } of left) {
        if (isDue()) break;
        context.progress(`Comparing a rewrite of #${number}`);
        remember(key, await checkRewrites(tried, { tables: catalog.tables, searchPath, scratch }));
      }
    };
    await inScratch(first.catalog, compareAll, context);
  }
  return asked.flatMap(({ number, tried, key }) => {
    const outcome = outcomes.get(key);
    const [best] = outcome ? sameRows(tried, outcome, catalog.tables) : [];
    return best ? [rewriteOf(number, best, { catalog, told, taken })] : [];
  });
}

/** Of statements and drafts that were compared, the latest: whoever asks again, with more room or after another index, asks the same of them. */
const outcomes = new Map<string, Outcome>();
const MOST_REMEMBERED = 200;

function remember(key: string, outcome: Outcome): void {
  outcomes.set(key, outcome);
  for (const oldest of [...outcomes.keys()].slice(0, outcomes.size - MOST_REMEMBERED)) outcomes.delete(oldest);
}

/** A table that a draft names is told by its oid. */
const named = (key: string, value: unknown) => {
  if (key === "reads") return (value as Draft["reads"])?.map(({ oid }) => oid);
  return key === "table" ? (value as Table).oid : value;
};

/** Of tables and indexes what changes with every row that is written, and says nothing of what rows there may be. */
const passing = new Set(["usage", "frozenAge", "analyzed", "size", "rows", "bytes", "toastBytes", "blocks", "pages", "tuples"]);
const lasting = (key: string, value: unknown) => (passing.has(key) ? undefined : value);

/** What is generated rests on: no statistics. */
const schemaOf = (catalog: Catalog): Catalog => ({ ...catalog, statistics: [], extendedValues: [] });

/** Statements of the caller are run there: no cluster that holds anything of the user's. */
const inScratch = <Result>(catalog: Catalog, ask: (session: Session) => Promise<Result>, { twin, signal }: Context): Promise<Result> =>
  twin.use(
    { ...needsOf(catalog), alone: true },
    async (session) => {
      await build(session, schemaOf(catalog));
      return ask(session);
    },
    signal,
  );

interface Telling {
  readonly catalog: Catalog;
  readonly told: boolean;
  readonly taken: Set<string>;
}

function rewriteOf(statement: number, rewrite: Rewrite, { catalog: { tables }, told, taken }: Telling): Output["rewrites"][number] {
  const { sql, pattern, costBefore, costAfter, expected, checked, holdsIf, restsOn, contract, indexes } = rewrite;
  return {
    statement,
    pattern,
    sql,
    ...(told && { cost_before: rounded(costBefore), cost_after: rounded(costAfter) }),
    ...(told && expected !== undefined && { cost_expected: rounded(expected) }),
    same_rows: checked.same,
    data_sets: checked.dataSets,
    ...(holdsIf !== undefined && { holds_if: holdsIf }),
    ...(restsOn.length > 0 && { rests_on: [...restsOn] }),
    ...(contract !== undefined && { contract }),
    indexes: indexes.map((candidate) => {
      const script = scriptFor({ candidate, tables, taken });
      return { sql: script.sql, undo: script.undo };
    }),
  };
}

export const rewriteLines = (rewrites: Output["rewrites"]): string => rewrites.map(renderRewrite).join("\n");

const misjudged = (expected: number) =>
  `the planner says ${written(expected)} of it as it is: it takes every second row to meet the OR, and so to reach the LIMIT at once; the branches by themselves say otherwise`;

function renderRewrite({
  statement,
  pattern,
  sql,
  cost_before,
  cost_after,
  cost_expected,
  same_rows,
  data_sets,
  holds_if,
  rests_on,
  contract,
  indexes,
}: Output["rewrites"][number]) {
  const isTold = cost_before !== undefined && cost_after !== undefined;
  const costs = !isTold
    ? `, at least ${LEAST_FACTOR} times cheaper by what is assumed`
    : `, ${written(cost_before)} -> ${written(cost_after)}`;
  const condition = holds_if === undefined ? "" : `, if ${holds_if}`;
  return [
    `REWRITE #${statement} (${pattern}${costs}): same rows in ${same_rows} of ${data_sets} generated data sets${condition}`,
    ...(cost_expected === undefined ? [] : [`   ${misjudged(cost_expected)}`]),
    ...(rests_on === undefined ? [] : [`   rests on ${rests_on.join(", ")}`]),
    `   ${sql.replaceAll("\n", "\n   ")}`,
    ...(contract === undefined ? [] : [`   ${contract}`]),
    ...indexes.flatMap((index) => [`   with ${index.sql}`, `   undo: ${index.undo}`]),
  ].join("\n");
}
