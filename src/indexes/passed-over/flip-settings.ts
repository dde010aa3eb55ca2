import { literal, quote, unquote } from "../../sql/quote.ts";
import { explain } from "../planner.ts";
import { leavesOf } from "../script.ts";
import { type Asking, isPlain, readsOf, type Scene } from "../unused.ts";

/** What would have the planner read an index after all: it was planned so, with all else as it is. */
export interface Flip {
  readonly by: "setting" | "correlation" | "selectivity";
  /** After "it is read": "with random_page_cost = 1.6 or less (4 now)". */
  readonly text: string;
}

/** Whether it is read once these statements ran; `after` takes them back. */
async function isReadAfter(
  scene: Scene,
  { planned }: Asking,
  change: { readonly run: readonly string[]; readonly after: readonly string[] },
) {
  await scene.session.run(change.run);
  try {
    const { plan } = await explain(scene, planned.statement);
    return plan !== undefined && readsOf(plan, scene.trial).length > 0;
  } finally {
    await scene.session.run(change.after);
  }
}

interface Settings {
  readonly page: string;
  readonly cache: string;
  /** Kilobytes. */
  readonly kilobytes: number;
}

const settingsSql = `
  select pg_catalog.current_setting('random_page_cost') as page,
         pg_catalog.current_setting('effective_cache_size') as cache,
         (pg_catalog.pg_size_bytes(pg_catalog.current_setting('effective_cache_size')) / 1024)::pg_catalog.float8 as kilobytes`;

export async function flipsBySetting(scene: Scene, asking: Asking): Promise<readonly Flip[]> {
  const [settings] = await scene.session.read<Settings>(settingsSql);
  if (!settings) return [];
  return [...(await byPageCost(scene, asking, settings)), ...(await byCacheSize(scene, asking, settings))];
}

/** For solid-state drives (https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-RANDOM-PAGE-COST), in tenths. */
const SOLID_STATE = 11;

async function byPageCost(scene: Scene, asking: Asking, { page }: Settings): Promise<readonly Flip[]> {
  const at = (tenths: number) =>
    isReadAfter(scene, asking, {
      run: [`set local random_page_cost = ${tenths / 10}`],
      after: [`set local random_page_cost = ${page}`],
    });
  let [read, not] = [SOLID_STATE, Math.ceil(Number(page) * 10)];
  if (not <= read || !(await at(read))) return [];
  while (not - read > 1) {
    const middle = (read + not) >> 1;
    if (await at(middle)) read = middle;
    else not = middle;
  }
  return [{ by: "setting", text: `with random_page_cost = ${read / 10} or less (${page} now)` }];
}

/** Times as much as now: more is no longer the same machine. */
const MORE_CACHE = [2, 4, 8, 16];

async function byCacheSize(scene: Scene, asking: Asking, { cache, kilobytes }: Settings): Promise<readonly Flip[]> {
  const at = (times: number) =>
    isReadAfter(scene, asking, {
      run: [`set local effective_cache_size = '${kilobytes * times}kB'`],
      after: [`set local effective_cache_size = ${literal(cache)}`],
    });
  if (!(await at(MORE_CACHE.at(-1) ?? 1))) return [];
  for (const times of MORE_CACHE) {
    if (await at(times)) return [{ by: "setting", text: `with effective_cache_size = ${sizeText(kilobytes * times)} (${cache} now)` }];
  }
  return [];
}

function sizeText(kilobytes: number): string {
  const [gigabytes, megabytes] = [kilobytes / 1024 ** 2, kilobytes / 1024];
  if (Number.isInteger(gigabytes)) return `${gigabytes}GB`;
  return Number.isInteger(megabytes) ? `${megabytes}MB` : `${kilobytes}kB`;
}

interface Ordered {
  readonly schema: string;
  readonly relation: string;
  readonly inherited: boolean;
  readonly correlation: number;
}

/** Between this and 1 rows stand nearly in order. */
const IN_ORDER = 0.9;

/** A scan in the order of the index reads each block once where the rows stand in that order (`cost_index` in src/backend/optimizer/path/costsize.c). */
export async function flipByCorrelation(scene: Scene, asking: Asking): Promise<readonly Flip[]> {
  const { session, index, trial, tables } = scene;
  const [key] = index.keys;
  if (index.method !== "btree" || key === undefined || !isPlain(key)) return [];
  const attribute = unquote(key);
  const places = leavesOf(trial.candidate.table, tables).map(({ schema, name }) => `(${literal(schema)}, ${literal(name)})`);
  const found = await session.read<Ordered>(
    `select schemaname::pg_catalog.text as schema, tablename::pg_catalog.text as relation, inherited, correlation::pg_catalog.float8 as correlation
       from pg_catalog.pg_stats
      where (schemaname, tablename) in (${places.join(", ")}) and attname = $1 and correlation is not null`,
    [attribute],
  );
  const scattered = found.filter(({ correlation }) => Math.abs(correlation) < IN_ORDER);
  if (scattered.length === 0) return [];
  const restore = (one: Ordered, correlation: number) =>
    `select pg_catalog.pg_restore_attribute_stats('schemaname', ${literal(one.schema)}, 'relname', ${literal(one.relation)}, 'attname', ${literal(attribute)},
       'inherited', ${one.inherited}, 'version', 180000, 'correlation', ${correlation}::pg_catalog.float4)`;
  const isRead = await isReadAfter(scene, asking, {
    run: scattered.map((one) => restore(one, 1)),
    after: scattered.map((one) => restore(one, one.correlation)),
  });
  if (!isRead) return [];
  const now = scattered.map(({ correlation }) => correlation).reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most));
  return [
    {
      by: "correlation",
      text: `with the rows stored in the order of ${quote(attribute)} (correlation 1, ${Number(now.toFixed(2))} now), as CLUSTER leaves them`,
    },
  ];
}
