import type { Json } from "./json.ts";
import type { Line } from "./text-lines.ts";
import { readProperty } from "./text-property.ts";

/** What EXPLAIN prints of the statement below its nodes, under the keys of EXPLAIN (FORMAT JSON). */
export function readFooter(lines: readonly Line[]): Json {
  const statement: Record<string, unknown> = {};
  const triggers: Json[] = [];
  let group: { readonly indent: number; readonly into: Record<string, unknown> } | undefined;
  for (const { indent, text } of lines) {
    if (group && indent > group.indent) {
      Object.assign(group.into, readJit(text) ?? readProperty(text));
      continue;
    }
    group = undefined;
    const into = GROUPS.find(({ starts }) => text.startsWith(starts));
    const trigger = readTrigger(text);
    if (into) {
      const printed = { ...into.read(text) };
      statement[into.key] = printed;
      group = { indent, into: printed };
    } else if (trigger) triggers.push(trigger);
    else Object.assign(statement, readLine(text));
  }
  return { ...statement, ...(triggers.length > 0 && { Triggers: triggers }) };
}

const GROUPS: readonly { readonly starts: string; readonly key: string; readonly read: (text: string) => Json }[] = [
  { starts: "Planning:", key: "Planning", read: () => ({}) },
  { starts: "JIT:", key: "JIT", read: () => ({}) },
  { starts: "Serialization:", key: "Serialization", read: readSerialization },
];

function readLine(text: string): Json {
  const [, label = "", value = ""] = /^([A-Z][A-Za-z ]+): (.*)$/s.exec(text) ?? [];
  if (label === "Planning Time" || label === "Execution Time") return { [label]: Number.parseFloat(value) };
  if (label === "Settings") return { Settings: settings(value) };
  if (label === "Query Identifier") return { [label]: value };
  return {};
}

/** Values stand in quotes that are not doubled within. */
const settings = (value: string): Json =>
  Object.fromEntries(Array.from(value.matchAll(/([\w.]+) = '(.*?)'(?=, [\w.]+ = |$)/gs), ([, name, setting]) => [name, setting]));

/** `Trigger audit for constraint c on orders: time=1.500 calls=4`, each part but the last as far as it is told. */
function readTrigger(text: string): Json | undefined {
  const { name, constraint, relation, time, calls } =
    /^Trigger(?: (?!for constraint )(?<name>.+?))?(?: for constraint (?<constraint>.+?))?(?: on (?<relation>.+))?:(?: time=(?<time>[\d.]+))? calls=(?<calls>\d+)$/s.exec(
      text,
    )?.groups ?? {};
  if (calls === undefined) return undefined;
  return {
    ...(name !== undefined && { "Trigger Name": name }),
    ...(constraint !== undefined && { "Constraint Name": constraint }),
    ...(relation !== undefined && { Relation: relation }),
    ...(time !== undefined && { Time: Number(time) }),
    Calls: Number(calls),
  };
}

function readSerialization(text: string): Json {
  const [, time, volume = "0", format = "text"] =
    /^Serialization: (?:time=([\d.]+) ms {2})?output=(\d+)kB {2}format=(\w+)$/.exec(text) ?? [];
  return { ...(time !== undefined && { Time: Number(time) }), "Output Volume": Number(volume), Format: format };
}

/** `Options: Inlining false, …` and `Timing: Generation 1.5 ms (Deform 0.2 ms), …, Total 3.0 ms` */
function readJit(text: string): Json | undefined {
  const [, label, value = ""] = /^(Options|Timing): (.*)$/.exec(text) ?? [];
  if (label === undefined) return undefined;
  if (label === "Options")
    return { Options: Object.fromEntries(Array.from(value.matchAll(/(\w+) (true|false)/g), ([, name, on]) => [name, on === "true"])) };
  const times: Record<string, unknown> = Object.fromEntries(
    Array.from(value.matchAll(/(\w+) ([\d.]+) ms/g), ([, name, time]) => [name, Number(time)]),
  );
  const { Deform, Generation, ...others } = times;
  return { Timing: { ...others, Generation: Deform === undefined ? Generation : { Deform, Total: Generation } } };
}
