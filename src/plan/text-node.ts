import { unquote } from "../sql/quote.ts";
import type { Json } from "./json.ts";

const COSTS = String.raw`(?:  \(cost=(?<startup>[\d.]+)\.\.(?<total>[\d.]+) rows=(?<rows>\d+) width=(?<width>\d+)\))`;
const ACTUAL = String.raw`(?: \((?:actual (?:time=(?<first>[\d.]+)\.\.(?<last>[\d.]+) )?rows=(?<actual>[\d.]+) loops=(?<loops>\d+)|(?<never>never executed))\))`;
const NODE = new RegExp(`^(?<name>.+?)${COSTS}${ACTUAL}?$`, "s");
const NODE_WITHOUT_COSTS = new RegExp(`^(?<name>.+?)${ACTUAL}$`, "s");

/** Characters; five names of 63 bytes and the numbers are less. */
const LONGEST = 2_000;

/** The first line of a node without its arrow, as EXPLAIN (FORMAT JSON) tells it; undefined for any other line. */
export function readNodeLine(line: string, afterArrow: "after an arrow" | "at the root"): Json | undefined {
  if (line.length > LONGEST) return undefined;
  const { groups } = NODE.exec(line) ?? NODE_WITHOUT_COSTS.exec(line) ?? {};
  if (groups !== undefined) return { ...named(groups.name ?? ""), ...numbers(groups) };
  return afterArrow === "after an arrow" ? named(line) : undefined;
}

function numbers({ startup, total, rows, width, first, last, actual, loops, never }: Readonly<Record<string, string | undefined>>): Json {
  const known = {
    "Startup Cost": startup,
    "Total Cost": total,
    "Plan Rows": rows,
    "Plan Width": width,
    "Actual Startup Time": first,
    "Actual Total Time": last,
    "Actual Rows": never ? "0" : actual,
    "Actual Loops": never ? "0" : loops,
  };
  return {
    ...Object.fromEntries(Object.entries(known).flatMap(([key, value]) => (value === undefined ? [] : [[key, Number(value)]]))),
    // Decimals are what version 18 prints, which says "Disabled" of every node in JSON.
    ...(actual?.includes(".") && { Disabled: false }),
  };
}

const IDENTIFIER = String.raw`(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)`;
const TARGET = new RegExp(
  `^(?<what>.*?)(?: using (?<index>${IDENTIFIER}))?(?: on (?:(?<schema>${IDENTIFIER})\\.)?(?<object>${IDENTIFIER})(?: (?<alias>${IDENTIFIER}))?)?$`,
  "su",
);

/** "Parallel Index Scan Backward using i on s.t a" in the words of JSON. */
function named(name: string): Json {
  const { what = name, index, schema, object, alias } = TARGET.exec(name)?.groups ?? {};
  const parallel = /^Parallel /.test(what);
  const async = /^(?:Parallel )?Async /.test(what);
  const node = kind(what.replace(/^(?:Parallel )?(?:Async )?/, ""));
  const type = String(node["Node Type"]);
  return {
    ...node,
    "Parallel Aware": parallel,
    "Async Capable": async,
    ...(object === undefined ? {} : target(type, { index, schema, object, alias })),
  };
}

interface Target {
  readonly index: string | undefined;
  readonly schema: string | undefined;
  readonly object: string;
  readonly alias: string | undefined;
}

function target(type: string, { index, schema, object, alias }: Target): Json {
  if (type === "Bitmap Index Scan") return { "Index Name": unquote(object) };
  const key = NAMED_AS[type] ?? "Relation Name";
  // A subquery or a list of values has no name but its alias.
  const named = key === "" ? {} : { [key]: unquote(object) };
  return {
    ...named,
    ...(schema !== undefined && { Schema: unquote(schema) }),
    Alias: unquote(alias ?? object),
    ...(index !== undefined && { "Index Name": unquote(index) }),
  };
}

/** `ExplainTargetRel` in src/backend/commands/explain.c. */
const NAMED_AS: Readonly<Record<string, string>> = {
  "Function Scan": "Function Name",
  "Table Function Scan": "Table Function Name",
  "CTE Scan": "CTE Name",
  "WorkTable Scan": "CTE Name",
  "Named Tuplestore Scan": "Tuplestore Name",
  "Values Scan": "",
  "Subquery Scan": "",
};

/** What `label` in label.ts makes, taken apart: the first that fits. */
const KINDS: readonly (readonly [RegExp, (parts: Readonly<Record<string, string | undefined>>) => Json])[] = [
  [/^Foreign (?<operation>Insert|Update|Delete|Merge)$/, ({ operation }) => ({ "Node Type": "Foreign Scan", Operation: operation })],
  [/^Foreign Scan$/, () => ({ "Node Type": "Foreign Scan", Operation: "Select" })],
  [/^(?<operation>Insert|Update|Delete|Merge)$/, ({ operation }) => ({ "Node Type": "ModifyTable", Operation: operation })],
  [/^Nested Loop(?: (?<kind>.+) Join)?$/, ({ kind = "Inner" }) => ({ "Node Type": "Nested Loop", "Join Type": kind })],
  [/^(?<way>Hash|Merge)(?: (?<kind>.+))? Join$/, ({ way, kind = "Inner" }) => ({ "Node Type": `${way} Join`, "Join Type": kind })],
  [
    /^(?:(?<partial>Partial|Finalize) )?(?<strategy>Group|Hash|Mixed)?Aggregate$/,
    ({ partial = "Simple", strategy }) => ({
      "Node Type": "Aggregate",
      Strategy: STRATEGIES[strategy ?? ""] ?? "Plain",
      "Partial Mode": partial,
    }),
  ],
  [
    /^(?<hash>Hash)?SetOp(?: (?<command>.+))?$/,
    ({ hash, command = "" }) => ({ "Node Type": "SetOp", Strategy: hash ? "Hashed" : "Sorted", Command: command }),
  ],
  [/^Custom Scan \((?<provider>.*)\)$/s, ({ provider }) => ({ "Node Type": "Custom Scan", "Custom Plan Provider": provider })],
  [
    /^(?<type>Index (?:Only )?Scan)(?<backward> Backward)?$/,
    ({ type, backward }) => ({ "Node Type": type, "Scan Direction": backward ? "Backward" : "Forward" }),
  ],
];

const STRATEGIES: Readonly<Record<string, string>> = { Group: "Sorted", Hash: "Hashed", Mixed: "Mixed" };

function kind(what: string): Json {
  for (const [pattern, read] of KINDS) {
    const found = pattern.exec(what);
    if (found) return read(found.groups ?? {});
  }
  return { "Node Type": what };
}
