import { type Json, number, object, objects, text } from "./json.ts";
import type { Buffers, IoTimes } from "./node.ts";
import { onOneLine } from "./one-line.ts";
import { buffers, ioTimes } from "./read-counts.ts";

export interface Trigger {
  /** The text format leaves it out where it names a constraint, unless with VERBOSE. */
  readonly name: string | undefined;
  /** Of a constraint trigger: "orders_customer_id_fkey". */
  readonly constraint: string | undefined;
  /** The text format leaves it out where the statement fires triggers of one relation only. */
  readonly relation: string | undefined;
  /** Milliseconds of all calls. Missing with TIMING off. */
  readonly time: number | undefined;
  readonly calls: number;
}

/** Milliseconds. */
export interface JitTimes {
  readonly generation: number;
  /** Part of `generation`; from version 17 on. */
  readonly deform: number | undefined;
  readonly inlining: number;
  readonly optimization: number;
  readonly emission: number;
  readonly total: number;
}

/** Leader and workers together. */
export interface Jit {
  readonly functions: number;
  readonly inlining: boolean;
  readonly optimization: boolean;
  readonly expressions: boolean;
  readonly deforming: boolean;
  /** With ANALYZE and TIMING only. */
  readonly times: JitTimes | undefined;
}

/** What planning took. */
export interface Planning {
  readonly buffers: Buffers | undefined;
  readonly ioTimes: IoTimes | undefined;
  /** kB, with MEMORY (from version 17 on). */
  readonly memoryUsed: number | undefined;
  readonly memoryAllocated: number | undefined;
}

/** With SERIALIZE (from version 17 on): what sending the rows would take but for the network. */
export interface Serialization {
  /** Milliseconds. */
  readonly time: number | undefined;
  /** kB. */
  readonly volume: number;
  readonly format: string;
  readonly buffers: Buffers | undefined;
}

export interface Statement {
  readonly planning: Planning;
  /** Those that fired, with ANALYZE. */
  readonly triggers: readonly Trigger[];
  readonly jit: Jit | undefined;
  readonly serialization: Serialization | undefined;
  /** What differs from the default and matters to the planner, with SETTINGS. The text format prints nothing where nothing differs. */
  readonly settings: ReadonlyMap<string, string> | undefined;
  /** `queryid` of `pg_stat_statements`, with VERBOSE. Exact where the plan came as text; more digits than a number of JSON can hold are lost in a parsed one. */
  readonly queryIdentifier: string | undefined;
}

export function readStatement(json: Json): Statement {
  const identifier = json["Query Identifier"];
  return {
    planning: planning(object(json, "Planning") ?? {}),
    triggers: objects(json, "Triggers").map(trigger),
    jit: jit(object(json, "JIT")),
    serialization: serialization(object(json, "Serialization")),
    settings: settings(object(json, "Settings")),
    queryIdentifier: typeof identifier === "number" || typeof identifier === "string" ? String(identifier) : undefined,
  };
}

const planning = (json: Json): Planning => ({
  buffers: buffers(json),
  ioTimes: ioTimes(json),
  memoryUsed: number(json, "Memory Used"),
  memoryAllocated: number(json, "Memory Allocated"),
});

const name = (json: Json, key: string) => {
  const value = text(json, key);
  return value === undefined ? undefined : onOneLine(value);
};

const trigger = (json: Json): Trigger => ({
  name: name(json, "Trigger Name"),
  constraint: name(json, "Constraint Name"),
  relation: name(json, "Relation"),
  time: number(json, "Time"),
  calls: number(json, "Calls") ?? 0,
});

function jit(json: Json | undefined): Jit | undefined {
  if (json === undefined) return undefined;
  const [options, times] = [object(json, "Options") ?? {}, object(json, "Timing")];
  return {
    functions: number(json, "Functions") ?? 0,
    inlining: options.Inlining === true,
    optimization: options.Optimization === true,
    expressions: options.Expressions === true,
    deforming: options.Deforming === true,
    times: times && jitTimes(times),
  };
}

/** From version 17 on the generation is a group of its own. */
function jitTimes(json: Json): JitTimes {
  const generation = object(json, "Generation");
  return {
    generation: (generation ? number(generation, "Total") : number(json, "Generation")) ?? 0,
    deform: generation && number(generation, "Deform"),
    inlining: number(json, "Inlining") ?? 0,
    optimization: number(json, "Optimization") ?? 0,
    emission: number(json, "Emission") ?? 0,
    total: number(json, "Total") ?? 0,
  };
}

function serialization(json: Json | undefined): Serialization | undefined {
  if (json === undefined) return undefined;
  return {
    time: number(json, "Time"),
    volume: number(json, "Output Volume") ?? 0,
    format: text(json, "Format") ?? "text",
    buffers: buffers(json),
  };
}

const settings = (json: Json | undefined) =>
  json && new Map(Object.entries(json).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
