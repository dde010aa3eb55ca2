/** The thread that owns the twin's Postgres. It knows nothing of catalogs: it runs what it is sent, in one transaction that only a rehearsal commits. */
import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import type { PGlite } from "@electric-sql/pglite";
import { boundMemory, confine, type Watch, watch } from "./confine.ts";
import { loadExtensions } from "./extensions.ts";
import { blocksOf, stretchFile } from "./files.ts";
import { installHook } from "./hook.ts";
import { filesOf } from "./image.ts";
import type { Answer, Executed, IndexSize, Notice, Outcome, RelationSize, Request, Start, Started } from "./messages.ts";
import { costs, endPlanning, explain, isAmongPlans, type Planning } from "./plans.ts";
import { asRefused, LONGEST_MESSAGE } from "./refusal.ts";

/** Statements that share a savepoint until one of them is refused. */
const BATCH = 25;

/** The planner calls stable functions to estimate by their result, and these few read whatever table they are told to: the values in its statistics. */
const NOT_WHILE_PLANNING =
  "update pg_catalog.pg_proc set provolatile = 'v' where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^(table|schema|database)_to_xml'";

interface Cluster extends Planning {
  readonly watch: Watch;
  /** Blocks of the files whose length tells a size, by path. */
  stretched: Map<string, number>;
  /** Blocks that these files had before. */
  readonly own: Map<string, number>;
  /** What every question starts from. */
  marked: Sizes | undefined;
}

interface Sizes {
  readonly relations: ReadonlyMap<number, RelationSize>;
  readonly indexes: ReadonlyMap<number, IndexSize>;
  readonly stretched: ReadonlyMap<string, number>;
}

async function start({ image, sorting, extensions, memoryPages, sizes }: Start): Promise<Cluster & { started: Started }> {
  // Baseline code only: half the start-up, a third of the memory, and EXPLAIN is as fast. It holds for the whole process.
  setFlagsFromString("--liftoff-only");
  boundMemory(memoryPages);
  const { PGlite } = await import("@electric-sql/pglite");
  // Nothing that is read here is an array: not to ask for their types saves a tenth of the start.
  PGlite.prototype._initArrayTypes = async () => undefined;
  const watched = watch();
  const db = await PGlite.create({
    database: sorting === "bytes" ? "postgres" : "linguistic",
    fs: await filesOf(image, (module) => watched.meter(module)),
    extensions: await loadExtensions(extensions),
    // Autovacuum would have CREATE INDEX reset the size of its table; 128 MB of shared buffers would only be touched.
    startParams: [...PGlite.defaultStartParams, "-c", "autovacuum=off", "-c", "shared_buffers=4MB"],
  });
  const hook = sizes === "hook" ? await installHook(db) : undefined;
  await db.exec(NOT_WHILE_PLANNING);
  const { rows } = await db.query<{ version: string }>("select current_setting('server_version') as version");
  watched.guard(db.Module as unknown as Parameters<Watch["guard"]>[0]);
  confine(db);
  return {
    db,
    watch: watched,
    hook,
    stretched: new Map(),
    own: new Map(),
    marked: undefined,
    planning: undefined,
    hidden: [],
    started: { version: rows[0]?.version ?? "", sizes: hook ? "hook" : "files" },
  };
}

async function answer(cluster: Cluster, request: Request): Promise<unknown> {
  const { db } = cluster;
  if (!isAmongPlans(request, cluster)) await endPlanning(cluster);
  switch (request.do) {
    case "begin":
      await db.exec(
        "begin; set local search_path = pg_catalog; set local client_min_messages = warning; set local check_function_bodies = off",
      );
      return undefined;
    case "run":
      return run(db, request.statements);
    case "read":
      return (await db.query(request.sql, [...request.values])).rows;
    case "explain":
      return explain(cluster, request);
    case "costs":
      return costs(cluster, request);
    case "size":
      return size(cluster, request);
    case "plan as":
      return (await cluster.hook?.planAs(request.versionNumber)) ?? false;
    case "mark":
      await db.exec("savepoint question");
      cluster.marked = sizesOf(cluster);
      return undefined;
    case "reset":
      // The savepoint takes back what was hidden after it.
      cluster.hidden = [];
      await db.exec("rollback to savepoint question; release savepoint question");
      if (cluster.marked) restoreSizes(cluster, cluster.marked);
      return memoryOf(db);
    case "commit":
      forgetSizes(cluster);
      await db.exec("commit");
      return undefined;
    case "execute":
      return execute(db, request.sql);
    case "rollback":
      forgetSizes(cluster);
      await db.exec("rollback");
      return memoryOf(db);
  }
}

const memoryOf = ({ Module }: PGlite): number => Module.HEAPU8.length;

/** Where one of a batch is refused or warned of, all of it is taken back and run one by one, to tell which. */
async function run(db: PGlite, statements: readonly string[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let from = 0; from < statements.length; from += BATCH) {
    const batch = statements.slice(from, from + BATCH);
    const together = await runInSavepoint(db, batch);
    if (together.refused === undefined && !together.warned) outcomes.push(...batch.map(() => together));
    else for (const statement of batch) outcomes.push(await runInSavepoint(db, [statement]));
  }
  return outcomes;
}

async function runInSavepoint(db: PGlite, statements: readonly string[]): Promise<Outcome> {
  let warned = false;
  const takeBack = () => db.exec("rollback to savepoint batch; release savepoint batch");
  // On its own: a syntax error anywhere in a text keeps all of it from running.
  await db.exec("savepoint batch");
  try {
    await db.exec(statements.join(";\n"), {
      onNotice: (notice) => {
        warned ||= notice.severity === "WARNING";
      },
    });
  } catch (error) {
    const refused = asRefused(error);
    if (!refused) throw error;
    await takeBack();
    return { refused, warned };
  }
  if (warned && statements.length > 1) await takeBack();
  else await db.exec("release savepoint batch");
  return { refused: undefined, warned };
}

/** As a client would send it: in the transaction that is open, or in its own. */
async function execute(db: PGlite, sql: string): Promise<Executed> {
  const notices: Notice[] = [];
  try {
    await db.exec(sql, {
      onNotice: ({ severity, message = "" }) => notices.push({ severity: severity ?? "", message: message.slice(0, LONGEST_MESSAGE) }),
    });
    return { refused: undefined, notices };
  } catch (error) {
    const refused = asRefused(error);
    if (!refused) throw error;
    return { refused, notices };
  }
}

/** What reads a table for real would trip over blocks that are not there. */
function forgetSizes(cluster: Cluster): void {
  cluster.hook?.forget();
  cluster.hidden = [];
  stretchTo(cluster, new Map());
  cluster.marked = undefined;
}

const sizesOf = ({ hook, stretched }: Cluster): Sizes => ({
  relations: new Map(hook?.relations),
  indexes: new Map(hook?.indexes),
  stretched: new Map(stretched),
});

function restoreSizes(cluster: Cluster, { relations, indexes, stretched }: Sizes): void {
  const { hook } = cluster;
  hook?.relations.clear();
  for (const [oid, size] of relations) hook?.relations.set(oid, size);
  hook?.indexes.clear();
  for (const [oid, size] of indexes) hook?.indexes.set(oid, size);
  stretchTo(cluster, stretched);
}

/** Files that are not named get back the length that they had. */
function stretchTo(cluster: Cluster, stretched: ReadonlyMap<string, number>): void {
  for (const path of new Set([...cluster.stretched.keys(), ...stretched.keys()])) {
    stretchFile(cluster.db, { path, blocks: stretched.get(path) ?? cluster.own.get(path) ?? 0 });
  }
  cluster.stretched = new Map(stretched);
}

async function size(
  { db, hook, stretched: lengths, own }: Cluster,
  { relations, indexes }: Extract<Request, { do: "size" }>,
): Promise<void> {
  for (const relation of relations) hook?.relations.set(relation.oid, relation);
  for (const index of indexes) hook?.indexes.set(index.oid, index);
  const stretched = [...relations, ...indexes].filter((relation) => !hook || relation.tuples === undefined);
  if (stretched.length === 0) return;
  const blocks = new Map(stretched.map((relation) => [relation.oid, relation.blocks]));
  const { rows } = await db.query<{ oid: number; path: string | null }>(
    "select oid, pg_relation_filepath(oid) as path from pg_class where oid = any ($1::text::oid[])",
    [`{${[...blocks.keys()].join(",")}}`],
  );
  for (const { oid, path } of rows) {
    if (path === null) continue;
    const length = blocks.get(oid) ?? 0;
    if (!lengths.has(path)) own.set(path, blocksOf(db, path));
    stretchFile(db, { path, blocks: length });
    lengths.set(path, length);
  }
}

async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const post = (message: Answer) => port.postMessage(message);
  const cluster = await start(workerData);
  let turn = Promise.resolve();
  port.on("message", ({ id, request }: { id: number; request: Request }) => {
    turn = turn.then(() => reply(cluster, id, request)).then(post);
  });
  post({ started: cluster.started });
}

async function reply(cluster: Cluster, id: number, request: Request): Promise<Answer> {
  cluster.watch.restart();
  const given = await answer(cluster, request).then(
    (result): Answer => ({ id, result }),
    (error: unknown): Answer => {
      const refused = asRefused(error);
      return refused ? { id, refused } : { id, broken: String(error) };
    },
  );
  const fault = cluster.watch.fault();
  return fault === undefined ? given : { id, broken: fault };
}

if (!parentPort) throw new Error("the twin's worker was started as a program");
const port = parentPort;
main(port).catch((fault: unknown) => port.postMessage({ id: undefined, broken: String(fault) } satisfies Answer));
