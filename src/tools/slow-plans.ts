import * as z from "zod";
import { type Catalog, readCatalog, readDirectory } from "../catalog/catalog.ts";
import { answersOf } from "../catalog/snapshot-database.ts";
import type { Snapshot } from "../catalog/snapshot-file.ts";
import { withoutUserValuesOf } from "../catalog/values-left-out.ts";
import type { Database } from "../database/database.ts";
import { messageOf } from "../indexes/workload.ts";
import { changesBetween } from "../plan/changes.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { shapeOf } from "../plan/shape.ts";
import { placeholdersOf } from "../sql/relations.ts";
import { build, needsOf } from "../twin/build.ts";
import type { Counted } from "../workload/counted.ts";
import { rounded } from "./advice-statements.ts";
import { inCallersWords } from "./not-plannable.ts";
import { differencesIn, type Part, parts, withPartOf } from "./slow-hybrid.ts";
import type { Context } from "./tool.ts";
import { namedBy, together } from "./wanted.ts";

export const planOf = z.object({
  statement: z.int(),
  verdict: z.enum(["flipped", "same plan", "not planned"]),
  because: z.array(z.enum([...parts, "several together"])).describe("What alone brings the old plan back"),
  plan_changes: z.array(z.string()),
  cost_before: z.number().optional(),
  cost_now: z.number().optional(),
  differences: z.array(z.string()).describe("What else is not as it was, of what it reads"),
  why: z.string().optional(),
});
export type PlanTold = z.infer<typeof planOf>;

interface Asked {
  readonly snapshot: Snapshot;
  readonly statements: readonly Counted[];
}

/** Plans each statement as the snapshot would have it and as it is now; of a plan that is another, which part alone brings the old one back. */
export async function plansThenAndNow({ snapshot, statements }: Asked, context: Context): Promise<readonly PlanTold[]> {
  if (statements.length === 0) return [];
  context.progress("Planning as before and as now");
  const refused = new Map<Counted, string>();
  const before = await catalogFor(answersOf(snapshot), statements, refused);
  const now = await context.database().transaction((connection) => {
    const compared = snapshot.holds.includes("values") ? connection : withoutUserValuesOf(connection);
    return catalogFor(compared, statements, refused);
  }, context);
  const asked = statements.filter((statement) => !refused.has(statement));
  const old = await plannedIn(before, asked, context);
  const own = await plannedIn(now, asked, context);
  const flipped = asked.filter((statement) => isFlipped(old.get(statement), own.get(statement)));
  const back = await broughtBack({ before, now }, { flipped, old }, context);
  return statements.map((statement) => {
    const [then, today] = [old.get(statement), own.get(statement)];
    const why = refused.get(statement) ?? [then, today].find((each) => typeof each === "string");
    if (why !== undefined || !isPlan(then) || !isPlan(today)) {
      const nothing = { statement: statement.number, because: [], plan_changes: [], differences: [] };
      return { ...nothing, verdict: "not planned", why: String(why) };
    }
    return toldOf(statement, {
      then,
      today,
      because: back.get(statement) ?? [],
      differences: differencesOf([then, today], { before, now }),
    });
  });
}

/** A plan, or why there is none. */
type Planned = Plan | string;

const isPlan = (planned: Planned | undefined): planned is Plan => typeof planned === "object";
const isFlipped = (one: Planned | undefined, other: Planned | undefined) => isPlan(one) && isPlan(other) && shapeOf(one) !== shapeOf(other);

async function catalogFor(database: Database, statements: readonly Counted[], refused: Map<Counted, string>): Promise<Catalog> {
  const directory = await readDirectory(database);
  const chosen = statements.flatMap((statement) => {
    try {
      return [namedBy([statement.statement])(directory)];
    } catch (error) {
      refused.set(statement, messageOf(error));
      return [];
    }
  });
  return readCatalog(database, { settings: directory.settings, ...together(chosen) });
}

async function plannedIn(catalog: Catalog, statements: readonly Counted[], context: Context): Promise<ReadonlyMap<Counted, Planned>> {
  if (statements.length === 0) return new Map();
  const { searchPath } = catalog.settings;
  return context.twin.use(
    needsOf(catalog),
    async (session) => {
      await build(session, catalog);
      const plans = new Map<Counted, Planned>();
      for (const each of statements) {
        const { statement } = each;
        const explained = await session.explain({ sql: statement.text, searchPath, generic: placeholdersOf(statement).length > 0 });
        plans.set(each, explained.refused ? inCallersWords(explained.refused.message, statement) : parsePlan(explained.plan));
      }
      return plans;
    },
    context.signal,
  );
}

interface Two {
  readonly before: Catalog;
  readonly now: Catalog;
}

interface Flipped {
  readonly flipped: readonly Counted[];
  readonly old: ReadonlyMap<Counted, Planned>;
}

/** Of each, the parts that alone bring its old plan back. */
async function broughtBack(two: Two, { flipped, old }: Flipped, context: Context): Promise<ReadonlyMap<Counted, readonly Part[]>> {
  const found = new Map<Counted, Part[]>(flipped.map((statement) => [statement, []]));
  const tables = new Set(two.now.tables.map(({ schema, name }) => `${schema}.${name}`));
  for (const part of parts) {
    if (flipped.length === 0 || differencesIn(part, two, tables).length === 0) continue;
    const planned = await plannedIn(withPartOf(part, two), flipped, context);
    for (const [statement, plan] of planned) {
      const then = old.get(statement);
      if (isPlan(then) && isPlan(plan) && shapeOf(then) === shapeOf(plan)) found.get(statement)?.push(part);
    }
  }
  return found;
}

/** Of the tables that either plan reads, also through views. */
function differencesOf(plans: readonly Plan[], two: Two): readonly string[] {
  const read = plans.flatMap(({ nodes }) => nodes.flatMap(({ relation }) => relation ?? []));
  const isRead = ({ schema, name }: Catalog["tables"][number]) =>
    read.some((relation) => relation.name === name && (relation.schema ?? schema) === schema);
  const names = new Set(two.now.tables.filter(isRead).map(({ schema, name }) => `${schema}.${name}`));
  return parts.flatMap((part) => differencesIn(part, two, names));
}

interface Told {
  readonly then: Plan;
  readonly today: Plan;
  readonly because: readonly Part[];
  readonly differences: readonly string[];
}

function toldOf({ number }: Counted, { then, today, because, differences }: Told): PlanTold {
  const flipped = isFlipped(then, today);
  return {
    statement: number,
    verdict: flipped ? "flipped" : "same plan",
    because: flipped ? (because.length > 0 ? [...because] : ["several together"]) : [],
    plan_changes: flipped ? [...changesBetween(then, today)] : [],
    cost_before: rounded(then.root.totalCost),
    cost_now: rounded(today.root.totalCost),
    differences: [...differences],
  };
}
