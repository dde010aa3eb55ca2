import { findRelation } from "../catalog/catalog.ts";
import { ToolError } from "../error.ts";
import type { Attempt } from "../indexes/attempts.ts";
import type { Tried } from "../indexes/try.ts";
import type { Given } from "../indexes/workload.ts";
import type { Plan } from "../plan/plan.ts";
import { verifyRemedies } from "../remedies/verify.ts";
import type { Statement } from "../sql/parse.ts";
import { relationsOf } from "../sql/relations.ts";
import type { Output } from "./analyze-query.ts";
import type { ResponseFormat } from "./answer.ts";
import { analysisOf, type Seen } from "./query-analysis.ts";
import { answerOf, isReal } from "./query-answer.ts";
import { type Improvement, improve, isDear, LITTLE, tryFor } from "./query-improvement.ts";
import { planIn } from "./query-plan.ts";
import { compared } from "./query-prepared.ts";
import type { Submission, Submitted } from "./query-statements.ts";
import { type Furniture, readFurniture } from "./query-surroundings.ts";
import { type UnusedTold, unusedBy } from "./query-unused.ts";
import { checkedRewrites } from "./rewritten.ts";
import { readKnown, type SchemaInput, type Subject, withSchema } from "./schema.ts";
import { askServer, notRun, type Served } from "./served-plan.ts";
import type { Context } from "./tool.ts";
import { triedOf } from "./tried-indexes.ts";
import { type Choose, namedBy, together } from "./wanted.ts";

interface Asked {
  readonly submission: Submission;
  readonly attempts: readonly Attempt[];
  readonly input: SchemaInput;
  readonly analyze: boolean;
  readonly format: ResponseFormat;
}

/** Milliseconds. Clients give up after a minute; until then plans are told, whatever else was hoped for. */
const DEADLINE = 40_000;
/** Statements that are improved in one answer, the first of them. */
const MOST_IMPROVED = 10;
const CALLERS_SERVER = "the caller's server";

/** Reads, plans and judges each statement, then looks for what would make the dear ones cheaper. */
export async function analyzed(asked: Asked, context: Context): Promise<Output> {
  const { submission, input, analyze, format } = asked;
  const mode = analyze ? "analyze" : "explain";
  const bare = { submission, format, improvements: [], rewrites: [], unused: [], prepared: [], tried: undefined, skipped: [] };
  if (input.schema_sql === undefined && !context.hasDatabase) {
    const analyses = await each(submission, (submitted) => analysisOf({ submitted, known: undefined, ...ofCaller(submitted), limits: [] }));
    return answerOf({ ...bare, known: undefined, analyses, served: notRun(mode) });
  }
  const isOwn = input.schema_sql === undefined && input.row_counts === undefined;
  const served = await each<Served>(submission, async ({ statement, given }) => {
    if (!statement || !isOwn || given) return { limits: notRun(mode) };
    return isSingle(submission) ? askServer(statement, mode, context) : { limits: notSent(submission, context) };
  });
  const furniture = await readFurniture(statementsIn(submission), input, context);
  const unknown = new Map<number, string>();
  const choose = choosing(asked, furniture, unknown);
  const scene: Scene = { asked, furniture, served, unknown };
  const said = [...new Set(served.flatMap(({ limits }) => limits))];
  if (served.every(({ plan }) => plan && !isDear(plan)) && asked.attempts.length === 0) {
    const known = await readKnown(choose, context);
    const analyses = await each(submission, (submitted, place) => analysisOf({ ...seenOf(submitted, scene, served[place]), known }));
    return answerOf({ ...bare, known, analyses, served: said, skipped: [LITTLE] });
  }
  const found = await withSchema({ input, choose }, context, (subject) => inTwin(scene, subject, context));
  const { subject, improvements } = found;
  const told = isReal(subject);
  const taken = new Set(subject.catalog.tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  const drafted = improvements.flatMap((improvement) => improvement.drafted);
  const rewrites = await checkedRewrites({ drafted, subject, told, taken, isDue: found.isDue }, context);
  return answerOf({ ...bare, ...found, known: subject, rewrites, served: said });
}

const isSingle = ({ submitted, passed }: Submission) => submitted.length + passed.length === 1;

/** One of several may set or commit what another rests on. */
const notSent = ({ submitted, passed }: Submission, { database }: Context): readonly string[] =>
  database().access === "catalog"
    ? []
    : [
        `Not sent to the database (guard, statement): it is ${submitted.length + passed.length} statements. Pass one at a time for the server's own plan`,
      ];

interface Scene {
  readonly asked: Asked;
  readonly furniture: Furniture;
  /** For each statement. */
  readonly served: readonly Served[];
  /** Why the names of a statement lead nowhere, by its number. */
  readonly unknown: ReadonlyMap<number, string>;
}

async function inTwin(scene: Scene, subject: Subject, context: Context) {
  const { submission, attempts, format } = scene.asked;
  const due = Date.now() + DEADLINE;
  const isDue = () => Date.now() > due || context.signal.aborted;
  context.progress("Planning");
  const planned = await each(submission, (submitted, place) => plannedIn(submitted, { scene, subject, served: scene.served[place] }));
  const improvements: Improvement[] = [];
  for (const { open } of planned) {
    if (!open || improvements.length >= MOST_IMPROVED || isDue()) continue;
    const improvement = await improve(open, subject, format);
    if (improvement) improvements.push(improvement);
  }
  const open = planned.flatMap((each) => each.open ?? []);
  const unused: UnusedTold = [];
  for (const one of format === "detailed" ? open.slice(0, MOST_IMPROVED) : []) {
    if (!isDue()) unused.push(...(await unusedBy({ ...one, told: isReal(subject) }, subject)));
  }
  const tried = await tryFor({ attempts, statements: open }, subject, context);
  return {
    ...{ subject, improvements, unused, isDue },
    analyses: planned.map(({ analysis }) => analysis),
    prepared: planned.flatMap(({ prepared }) => prepared?.told ?? []),
    tried: tried && (await triedIn(tried, subject, submission)),
  };
}

interface Planning {
  readonly scene: Scene;
  readonly subject: Subject;
  readonly served: Served | undefined;
}

/** `open`: what may be improved. */
async function plannedIn(submitted: Submitted, { scene, subject, served }: Planning) {
  const { number, statement } = submitted;
  const seen = seenOf(submitted, scene, served);
  const needsPlan = statement && !seen.plan && seen.refused === undefined && !scene.unknown.has(number);
  const planned = needsPlan ? await planIn(subject, statement) : undefined;
  if (planned?.refused && scene.asked.submission.submitted.length === 1) throw planned.refused;
  const plan = seen.plan ? await remediesVerified(seen.plan, subject) : planned?.plan;
  const refused = seen.refused ?? planned?.refused?.message;
  const { format } = scene.asked;
  const isCompared = statement && planned?.plan && isReal(subject);
  const prepared = isCompared ? await compared({ number, statement, plan: planned.plan, format }, subject) : undefined;
  const limits = [...seen.limits, ...(planned?.limits ?? [])];
  const more = prepared?.finding ? [prepared.finding] : [];
  const analysis = await analysisOf({ ...seen, known: subject, plan, refused, more, limits });
  const isOpen = statement && refused === undefined && subject.sizes !== "unknown" && !scene.unknown.has(number);
  return { analysis, prepared, open: isOpen ? { number, statement, plan: planned?.plan } : undefined };
}

/** Of a plan that was run. */
const remediesVerified = (plan: Plan, subject: Subject): Promise<Plan> | Plan =>
  plan.misestimates.length > 0 && isReal(subject)
    ? verifyRemedies(plan, { ...subject, searchPath: subject.directory.settings.searchPath, tables: subject.catalog.tables })
    : plan;

/** As suggest_indexes tells it. */
const triedIn = (tried: Tried, subject: Subject, { submitted }: Submission): Promise<NonNullable<Output["tried"]>> => {
  const given = submitted.flatMap(({ number, text, statement }): readonly Given[] =>
    statement ? [{ number, weight: 1, text, read: { statement } }] : [],
  );
  return triedOf(tried, { subject, given, told: isReal(subject) });
};

function seenOf(submitted: Submitted, { asked, furniture, unknown }: Scene, served: Served | undefined): Omit<Seen, "known"> {
  const missing = unknown.get(submitted.number);
  const isMade = missing !== undefined && asked.submission.submitted.some(({ aside }) => aside !== undefined);
  const refused = isMade ? undefined : missing;
  if (served?.plan)
    return { submitted, furniture, refused, plan: served.plan, by: { planner: served.planner, sent: served.sent }, limits: [] };
  return { submitted, furniture, refused, ...ofCaller(submitted), limits: isMade ? [missing] : [] };
}

const ofCaller = ({ given }: Submitted) => (given ? { plan: given.plan, by: { planner: CALLERS_SERVER } } : { plan: undefined });

/** In their order, one after the other: each waits for the same twin. */
async function each<Result>(
  { submitted }: Submission,
  ask: (submitted: Submitted, place: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const [place, one] of submitted.entries()) results.push(await ask(one, place));
  return results;
}

const statementsIn = ({ submitted }: Submission): readonly Statement[] => submitted.flatMap(({ statement }) => statement ?? []);

/** The tables that statements name and those that a write reaches. Of several statements, one that names what is not there is told beside the others. */
function choosing({ submission: { submitted }, attempts }: Asked, { relations }: Furniture, unknown: Map<number, string>): Choose {
  return (directory) => {
    const tried = attempts.flatMap(({ statement }) =>
      relationsOf(statement).flatMap((written) => findRelation(directory, written)?.oid ?? []),
    );
    const chosen = submitted.flatMap(({ number, statement, given }) => {
      if (!statement) return [];
      try {
        return [namedBy([statement])(directory)];
      } catch (error) {
        if (!(error instanceof ToolError) || submitted.length === 1) throw error;
        if (!given) unknown.set(number, error.message);
        return [];
      }
    });
    return together([...chosen, { relations: [...tried, ...relations], functions: [] }]);
  };
}
