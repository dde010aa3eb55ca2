import { type Json, keys, number, object, objects, text } from "./json.ts";
import type { Buffers, Cache, Changed, IoTimes, Wal, Worker } from "./node.ts";
import { shortened } from "./one-line.ts";

/** The node, or the leader where workers report for themselves, and those workers. */
const processes = (json: Json): readonly Json[] => [json, ...objects(json, "Workers")];

const overProcesses = (json: Json, key: string): readonly number[] => processes(json).flatMap((part) => number(part, key) ?? []);

function sum(json: Json, key: string): number | undefined {
  const counts = overProcesses(json, key);
  return counts.length === 0 ? undefined : counts.reduce((total, count) => total + count, 0);
}

function most(json: Json, key: string): number | undefined {
  const counts = overProcesses(json, key);
  return counts.length === 0 ? undefined : Math.max(...counts);
}

export function actuals(json: Json) {
  const loops = number(json, "Actual Loops");
  const total = (key: string) => {
    const perLoop = number(json, key);
    return perLoop === undefined || loops === undefined ? undefined : perLoop * loops;
  };
  return {
    loops,
    rowsPerLoop: number(json, "Actual Rows"),
    // Version 18 prints two decimals, and it is the first that prints "Disabled" on every node.
    rounding: loops ? ("Disabled" in json ? 0.005 : 0.5) : 0,
    startupTimePerLoop: number(json, "Actual Startup Time"),
    timePerLoop: number(json, "Actual Total Time"),
    rowsRemovedByFilter: total("Rows Removed by Filter"),
    rowsRemovedByJoinFilter: total("Rows Removed by Join Filter"),
    rowsRemovedByIndexRecheck: total("Rows Removed by Index Recheck"),
    rowsRemovedByConflictFilter: total("Rows Removed by Conflict Filter"),
  };
}

/** An Incremental Sort reports by groups, a parallel one by workers too. */
export function sorting(json: Json) {
  const groupsOf = (key: string) =>
    processes(json)
      .map((part) => object(part, key))
      .filter((group) => group !== undefined);
  const [full, presorted] = [groupsOf("Full-sort Groups"), groupsOf("Pre-sorted Groups")];
  const groups = [...full, ...presorted];
  const spaces = groups.flatMap((group) =>
    (["Disk", "Memory"] as const).flatMap((type) => {
      const space = object(group, `Sort Space ${type}`);
      return space ? [{ type, used: number(space, "Peak Sort Space Used") ?? 0 }] : [];
    }),
  );
  const sorts = processes(json).filter((part) => "Sort Method" in part);
  const disk = sorts.some((part) => part["Sort Space Type"] === "Disk") || spaces.some(({ type }) => type === "Disk");
  const sorted = sorts.length + spaces.length > 0;
  const methods = [...sorts.map((part) => text(part, "Sort Method")), ...groups.flatMap((group) => keys(group, "Sort Methods Used"))];
  const count = (counted: readonly Json[]) => counted.reduce((total, group) => total + (number(group, "Group Count") ?? 0), 0);
  return {
    sortKey: keys(json, "Sort Key").map(shortened),
    sortMethod: methods.find((method) => method?.startsWith("external")) ?? methods[0],
    sortSpaceType: sorted ? (disk ? ("Disk" as const) : ("Memory" as const)) : undefined,
    sortSpaceUsed: sorted
      ? sorts.reduce((total, part) => total + (number(part, "Sort Space Used") ?? 0), 0) + Math.max(0, ...spaces.map(({ used }) => used))
      : undefined,
    sortGroups: groups.length > 0 ? { full: count(full), presorted: count(presorted) } : undefined,
  };
}

export function memory(json: Json) {
  const size = number(json, "Maximum Storage");
  return {
    hashBatches: number(json, "Hash Batches"),
    originalHashBatches: number(json, "Original Hash Batches"),
    hashBuckets: number(json, "Hash Buckets"),
    originalHashBuckets: number(json, "Original Hash Buckets"),
    hashAggBatches: most(json, "HashAgg Batches"),
    plannedPartitions: number(json, "Planned Partitions"),
    diskUsage: sum(json, "Disk Usage"),
    peakMemory: most(json, "Peak Memory Usage"),
    cache: cache(json),
    cacheMode: text(json, "Cache Mode"),
    storage: size === undefined ? undefined : { type: text(json, "Storage") ?? "Memory", size },
  };
}

function cache(json: Json): Cache | undefined {
  const misses = sum(json, "Cache Misses");
  if (misses === undefined) return undefined;
  const count = (kind: string) => sum(json, `Cache ${kind}`) ?? 0;
  return { hits: count("Hits"), misses, evictions: count("Evictions"), overflows: count("Overflows") };
}

export function visits(json: Json) {
  return {
    heapFetches: number(json, "Heap Fetches"),
    exactHeapBlocks: sum(json, "Exact Heap Blocks"),
    lossyHeapBlocks: sum(json, "Lossy Heap Blocks"),
    indexSearches: number(json, "Index Searches"),
    subplansRemoved: number(json, "Subplans Removed"),
    changed: changed(json),
  };
}

function changed(json: Json): Changed | undefined {
  const [inserted, updated, deleted, skipped] = ["Inserted", "Updated", "Deleted", "Skipped"].map((kind) => number(json, `Tuples ${kind}`));
  const conflicting = number(json, "Conflicting Tuples");
  const counted = [inserted, updated, deleted, skipped, conflicting].some((count) => count !== undefined);
  return counted ? { inserted, updated, deleted, skipped, conflicting } : undefined;
}

export const workers = (json: Json): readonly Worker[] =>
  objects(json, "Workers").map((worker, at) => ({
    number: number(worker, "Worker Number") ?? at,
    loops: number(worker, "Actual Loops"),
    rowsPerLoop: number(worker, "Actual Rows"),
    timePerLoop: number(worker, "Actual Total Time"),
    buffers: buffers(worker),
  }));

/** What a part of an answer counts, if it counts anything of it: missing ones are 0. */
function counts<Key extends string>(json: Json, names: Readonly<Record<Key, readonly string[]>>): Record<Key, number> | undefined {
  const known = Object.values<readonly string[]>(names).flat();
  if (!known.some((name) => number(json, name) !== undefined)) return undefined;
  const entries = Object.entries<readonly string[]>(names).map(([key, printed]) => [
    key,
    printed.map((name) => number(json, name)).find((count) => count !== undefined) ?? 0,
  ]);
  return Object.fromEntries(entries) as Record<Key, number>;
}

export const buffers = (json: Json): Buffers | undefined =>
  counts(json, {
    sharedHit: ["Shared Hit Blocks"],
    sharedRead: ["Shared Read Blocks"],
    sharedDirtied: ["Shared Dirtied Blocks"],
    sharedWritten: ["Shared Written Blocks"],
    localHit: ["Local Hit Blocks"],
    localRead: ["Local Read Blocks"],
    localDirtied: ["Local Dirtied Blocks"],
    localWritten: ["Local Written Blocks"],
    tempRead: ["Temp Read Blocks"],
    tempWritten: ["Temp Written Blocks"],
  });

export const ioTimes = (json: Json): IoTimes | undefined =>
  counts(json, {
    sharedRead: ["Shared I/O Read Time", "I/O Read Time"],
    sharedWrite: ["Shared I/O Write Time", "I/O Write Time"],
    localRead: ["Local I/O Read Time"],
    localWrite: ["Local I/O Write Time"],
    tempRead: ["Temp I/O Read Time"],
    tempWrite: ["Temp I/O Write Time"],
  });

export const wal = (json: Json): Wal | undefined =>
  counts(json, {
    records: ["WAL Records"],
    fullPageImages: ["WAL FPI"],
    bytes: ["WAL Bytes"],
    buffersFull: ["WAL Buffers Full"],
  });
