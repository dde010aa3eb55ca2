import type { Json } from "./json.ts";

/** What a line below a node says of it, under the keys of EXPLAIN (FORMAT JSON): `Filter: (id = 7)`. Undefined for what is not read. */
export function readProperty(line: string): Json | undefined {
  const [, label = "", value = ""] = /^([A-Z][\w/ -]{0,40}):\s+(.*)$/s.exec(line) ?? [];
  if (label === "") return undefined;
  const composed = COMPOSED[label];
  if (composed) return composed(value);
  if (LISTS.has(label)) return { [label]: split(value) };
  if (COUNTS.has(label)) return { [label]: Number(value) };
  if (FLAGS.has(label)) return { [label]: value === "true" };
  return { [label]: value };
}

const LISTS = new Set(["Output", "Sort Key", "Presorted Key", "Group Key", "Hash Key", "Conflict Arbiter Indexes", "Params Evaluated"]);
const FLAGS = new Set(["Disabled", "Inner Unique", "Single Copy"]);
const COUNTS = new Set([
  "Rows Removed by Filter",
  "Rows Removed by Join Filter",
  "Rows Removed by Index Recheck",
  "Rows Removed by Conflict Filter",
  "Heap Fetches",
  "Index Searches",
  "Subplans Removed",
  "Workers Planned",
  "Workers Launched",
  "Tuples Inserted",
  "Conflicting Tuples",
  "Functions",
]);

/** Lines of several parts, each under its first label. */
const COMPOSED: Readonly<Record<string, (value: string) => Json>> = {
  Buffers: blocks,
  "I/O Timings": ioTimes,
  WAL: (value) =>
    renamed(assignments(value), { records: "WAL Records", fpi: "WAL FPI", bytes: "WAL Bytes", "buffers full": "WAL Buffers Full" }),
  "Heap Blocks": (value) => ({
    "Exact Heap Blocks": 0,
    "Lossy Heap Blocks": 0,
    ...renamed(assignments(value), { exact: "Exact Heap Blocks", lossy: "Lossy Heap Blocks" }),
  }),
  Tuples: (value) => ({
    "Tuples Inserted": 0,
    "Tuples Updated": 0,
    "Tuples Deleted": 0,
    "Tuples Skipped": 0,
    ...renamed(assignments(value), {
      inserted: "Tuples Inserted",
      updated: "Tuples Updated",
      deleted: "Tuples Deleted",
      skipped: "Tuples Skipped",
    }),
  }),
  Memory: (value) => renamed(assignments(value), { used: "Memory Used", allocated: "Memory Allocated" }),
  "Sort Method": sortMethod,
  "Full-sort Groups": (value) => ({ "Full-sort Groups": sortGroups(value) }),
  "Pre-sorted Groups": (value) => ({ "Pre-sorted Groups": sortGroups(value) }),
  Buckets: hash,
  Hits: (value) =>
    parts(`Hits: ${value}`, {
      Hits: "Cache Hits",
      Misses: "Cache Misses",
      Evictions: "Cache Evictions",
      Overflows: "Cache Overflows",
      "Memory Usage": "Peak Memory Usage",
    }),
  Batches: (value) => hashAggregate(`Batches: ${value}`),
  "Planned Partitions": (value) => hashAggregate(`Planned Partitions: ${value}`),
  Storage: storage,
};

type Names = Readonly<Record<string, string>>;

/** `hit=3 buffers full=2` */
const assignments = (value: string): readonly (readonly [string, number])[] =>
  Array.from(value.matchAll(/([a-z][a-z ]*)=(\d+(?:\.\d+)?)/g), ([, name = "", count]) => [name.trim(), Number(count)] as const);

const renamed = (counts: readonly (readonly [string, number])[], names: Names): Json =>
  Object.fromEntries(counts.flatMap(([name, count]) => (names[name] === undefined ? [] : [[names[name], count]])));

/** `Hits: 3  Memory Usage: 7kB` */
const parts = (line: string, names: Names): Json =>
  renamed(
    Array.from(line.matchAll(/([A-Z][A-Za-z ]*): (\d+)(?:kB)?/g), ([, name = "", count]) => [name, Number(count)] as const),
    names,
  );

/** `shared hit=3 read=1, temp written=2`, each kind with its counts. */
const kinds = (value: string): readonly (readonly [string, string, number])[] =>
  value.split(", ").flatMap((part) => {
    const [, kind = "", counts = ""] = /^(?:(shared\/local|shared|local|temp) )?(.*)$/.exec(part) ?? [];
    return assignments(counts).map(([name, count]) => [kind, name, count] as const);
  });

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

function blocks(value: string): Json {
  return Object.fromEntries(kinds(value).map(([kind, name, count]) => [`${capital(kind)} ${capital(name)} Blocks`, count]));
}

/** Version 14 names no kind, 15 "shared/local". */
function ioTimes(value: string): Json {
  const names: Names = { "": "", "shared/local": "", shared: "Shared ", local: "Local ", temp: "Temp " };
  return Object.fromEntries(kinds(value).map(([kind, name, time]) => [`${names[kind]}I/O ${capital(name)} Time`, time]));
}

function sortMethod(value: string): Json {
  const [, method = value, type, used] = /^(.*?) {2}(Memory|Disk): (\d+)kB$/.exec(value) ?? [];
  return { "Sort Method": method, ...(used !== undefined && { "Sort Space Used": Number(used), "Sort Space Type": type }) };
}

/** `174  Sort Methods: quicksort, top-N heapsort  Average Memory: 29kB  Peak Memory: 29kB` */
function sortGroups(value: string): Json {
  const [, count = "0", methods = ""] = /^(\d+) {2}Sort Methods?: (.*?)(?: {2}|$)/.exec(value) ?? [];
  const spaces = Array.from(value.matchAll(/Average (Memory|Disk): (\d+)kB {2}Peak \1: (\d+)kB/g), ([, type, average, peak]) => [
    `Sort Space ${type}`,
    { "Average Sort Space Used": Number(average), "Peak Sort Space Used": Number(peak) },
  ]);
  return { "Group Count": Number(count), "Sort Methods Used": methods.split(", "), ...Object.fromEntries(spaces) };
}

/** What it started with is told only where it changed. */
function hash(value: string): Json {
  const count = (label: string) => {
    const [, now, original = now] = new RegExp(`(?:^|  )${label}(\\d+)(?: \\(originally (\\d+)\\))?`).exec(value) ?? [];
    return [Number(now), Number(original)] as const;
  };
  const [buckets, originalBuckets] = count("");
  const [batches, originalBatches] = count("Batches: ");
  return {
    "Hash Buckets": buckets,
    "Original Hash Buckets": originalBuckets,
    "Hash Batches": batches,
    "Original Hash Batches": originalBatches,
    ...parts(value, { "Memory Usage": "Peak Memory Usage" }),
  };
}

const hashAggregate = (line: string): Json =>
  parts(line, {
    "Planned Partitions": "Planned Partitions",
    Batches: "HashAgg Batches",
    "Memory Usage": "Peak Memory Usage",
    "Disk Usage": "Disk Usage",
  });

function storage(value: string): Json {
  const [, type = value, size] = /^(\w+) {2}Maximum Storage: (\d+)kB$/.exec(value) ?? [];
  return { Storage: type, ...(size !== undefined && { "Maximum Storage": Number(size) }) };
}

/** At the commas between expressions, not those within parentheses, brackets or quotes. */
function split(list: string): readonly string[] {
  const items: string[] = [];
  let [start, depth] = [0, 0];
  for (const { 0: part, index } of list.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[([{]|[)\]}]|, /g)) {
    if (/^[([{]$/.test(part)) depth++;
    else if (/^[)\]}]$/.test(part)) depth--;
    else if (part === ", " && depth === 0) {
      items.push(list.slice(start, index));
      start = index + part.length;
    }
  }
  return [...items, list.slice(start)];
}
