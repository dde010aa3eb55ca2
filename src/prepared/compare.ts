import type { Table } from "../catalog/tables.ts";
import { type Plan, type PlanNode, parsePlan } from "../plan/plan.ts";
import { shapeOf } from "../plan/shape.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { placeholdersOf } from "../sql/relations.ts";
import { type ColumnValues, readColumnValues } from "../twin/column-values.ts";
import type { Session } from "../twin/twin.ts";
import { type Compared, type Parameters, parametersOf } from "./parameters.ts";
import { type Argument, argumentOf, type Drawn, type Extent } from "./values.ts";

/** A plan of a prepared statement: no constant is in it. */
export interface Made {
  /** In the planner's units. */
  readonly cost: number;
  /** That the statement is expected to return. */
  readonly rows: number;
  /** Its nodes on one line, each with those below it in parentheses. */
  readonly outline: string;
}

export interface Custom extends Made {
  readonly values: readonly Drawn[];
  /** The dearer of this and the generic plan over the cheaper. */
  readonly factor: number;
  /** Whether it does the same work in the same way as the generic plan. */
  readonly sameShape: boolean;
}

/** The plan of a prepared statement for any values beside plans for some. */
export interface Prepared {
  readonly generic: Made;
  /** For values that many rows have, and for values that few have. */
  readonly custom: readonly Custom[];
  /**
   * Which Postgres takes from the sixth execution on. The first five are planned for their values; then the generic plan is
   * kept where it costs less than those did on average, with what planning them cost
   * (`choose_custom_plan` in src/backend/utils/cache/plancache.c). "by the first five": it depends on their values.
   */
  readonly keeps: "generic" | "custom" | "by the first five";
}

interface Asked {
  readonly session: Session;
  readonly searchPath: readonly string[];
  readonly query: Query<Table>;
}

const NAME = "backend_db_mcp_prepared";

/** Undefined for a statement without placeholders, and where no value of the statistics can stand for one. */
export async function comparePrepared(asked: Asked): Promise<Prepared | undefined> {
  const { query, session, searchPath } = asked;
  const { statement } = query;
  const numbers = placeholdersOf(statement);
  const parameters = numbers.length === 0 ? undefined : parametersOf(query);
  const known = parameters && (await knownOf(parameters.compared, session));
  if (!parameters || !known) return undefined;
  const [many, few] = [argumentsOf(parameters, known, "many"), argumentsOf(parameters, known, "few")];
  const generic = await planOf({ ...asked, sql: statement.text, generic: true });
  const [settings] = await session.read<Settings>(settingsSql);
  if (!generic || !settings || !many || !few) return undefined;
  await session.run([
    `set local search_path = ${searchPath.map(quote).join(", ") || "pg_catalog"}`,
    `prepare ${NAME} as ${statement.text}`,
    "set local search_path = pg_catalog; set local plan_cache_mode = force_custom_plan",
  ]);
  try {
    const custom: Custom[] = [];
    for (const values of isSame(many, few) ? [many] : [many, few]) {
      const sql = execute(values, { parameters, most: Math.max(...numbers) });
      const plan = await planOf({ ...asked, sql, generic: false });
      if (!plan) return undefined;
      custom.push(customOf(plan, generic, values));
    }
    return { generic: madeOf(generic), custom, keeps: keptOf(generic, custom, settings) };
  } finally {
    await session.run([`deallocate ${NAME}`, `set local plan_cache_mode = ${settings.mode}`]);
  }
}

const isSame = (many: readonly Argument[], few: readonly Argument[]) => many.every(({ sql }, place) => sql === few[place]?.sql);

/** By table and column; undefined where one has none. */
async function knownOf(compared: readonly Compared[], session: Session): Promise<((one: Compared) => ColumnValues) | undefined> {
  const byTable = new Map<Table, ReadonlyMap<string, ColumnValues>>();
  for (const { table } of compared) if (!byTable.has(table)) byTable.set(table, await readColumnValues(session, table));
  const found = new Map(compared.map((one) => [one, byTable.get(one.table)?.get(one.column)]));
  const nothing: ColumnValues = { common: [], bounds: [], nulls: 0, distinct: 0, correlation: undefined };
  return [...found.values()].includes(undefined) ? undefined : (one) => found.get(one) ?? nothing;
}

function argumentsOf({ compared }: Parameters, known: (one: Compared) => ColumnValues, extent: Extent): readonly Argument[] | undefined {
  const isOf = (one: Compared, other: Compared) => one.table === other.table && one.column === other.column;
  const found = compared.map((one, place) => {
    const same = compared.filter((other) => isOf(one, other));
    const nth = compared.slice(0, place).filter((other) => isOf(one, other) && other.number !== one.number).length;
    const ends = same.some(({ as }) => as === "above") && same.some(({ as }) => as === "below") ? "both" : "one";
    return argumentOf(one, known(one), { extent, nth, ends });
  });
  return found.includes(undefined) ? undefined : found.flatMap((each) => each ?? []);
}

/** What a page of a list asks for. */
const LIMIT = 10;

function execute(values: readonly Argument[], { parameters, most }: { parameters: Parameters; most: number }): string {
  const texts = Array.from({ length: most }, (_, place) => {
    const number = place + 1;
    const drawn = values.find((value) => value.number === number)?.sql;
    if (drawn !== undefined) return drawn;
    if (parameters.limits.includes(number)) return String(LIMIT);
    return parameters.offsets.includes(number) ? "0" : "null";
  });
  return `execute ${NAME} (${texts.join(", ")})`;
}

interface Planned extends Pick<Asked, "session" | "searchPath"> {
  readonly sql: string;
  readonly generic: boolean;
}

async function planOf({ session, searchPath, sql, generic }: Planned): Promise<Plan | undefined> {
  const explained = await session.explain({ sql, searchPath, generic });
  return explained.refused === undefined ? parsePlan(explained.plan) : undefined;
}

const madeOf = ({ root }: Plan): Made => ({ cost: root.totalCost, rows: root.planRows, outline: outline(root) });

const outline = ({ title, children }: PlanNode): string =>
  children.length === 0 ? title : `${title} (${children.map(outline).join(", ")})`;

function customOf(plan: Plan, generic: Plan, values: readonly Argument[]): Custom {
  const [one, other] = [plan.root.totalCost, generic.root.totalCost];
  return {
    ...madeOf(plan),
    values: values.map(({ drawn }) => drawn),
    factor: Math.max(one, other) / Math.max(Math.min(one, other), Number.MIN_VALUE),
    sameShape: shapeOf(plan) === shapeOf(generic),
  };
}

interface Settings {
  readonly mode: "auto" | "force_generic_plan" | "force_custom_plan";
  readonly operator: number;
}

const settingsSql = `
  select pg_catalog.current_setting('plan_cache_mode') as mode,
         pg_catalog.current_setting('cpu_operator_cost')::pg_catalog.float8 as operator`;

function keptOf(generic: Plan, custom: readonly Custom[], { mode, operator }: Settings): Prepared["keeps"] {
  if (mode !== "auto") return mode === "force_generic_plan" ? "generic" : "custom";
  // `cached_plan_cost` counts subqueries and joins as relations too.
  const relations = new Set(generic.nodes.flatMap(({ relation }) => relation?.alias ?? [])).size;
  const planning = 1000 * operator * (relations + 1);
  const cheaper = custom.filter(({ cost }) => generic.root.totalCost < cost + planning).length;
  if (cheaper === custom.length) return "generic";
  return cheaper === 0 ? "custom" : "by the first five";
}
