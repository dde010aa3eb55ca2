import * as z from "zod";
import type { CatalogObject } from "../catalog/objects/object.ts";
import { type Comparison, compare } from "../compare/compare.ts";
import type { Difference } from "../compare/differences.ts";
import { isLedger } from "../rules/locks.ts";
import { count, type ResponseFormat } from "./answer.ts";
import { type NamedSide, namedSide, ownSide } from "./compared-sides.ts";
import { managedAmong } from "./managed-schemas.ts";
import type { Context } from "./tool.ts";

const property = z.object({ property: z.string(), here: z.string().optional(), there: z.string().optional() });

export const compared = z.object({
  with: z.string(),
  objects: z.int().describe("Of both, by name"),
  differences: z.array(
    z.object({ kind: z.string(), name: z.string(), state: z.enum(["only here", "only there", "differs"]), properties: z.array(property) }),
  ),
  closing: z.object({
    sql: z.string().describe("Makes what was asked about as the other is; what takes something away is commented out at its end"),
    destroys: z.array(z.string()).describe("What those statements take away"),
    not_run: z.array(z.string()).describe("Statements of it that only a server takes: written, not rehearsed"),
    refused: z.array(z.object({ statement: z.string(), message: z.string() })),
    left: z.array(z.string()).describe("What differs in the twin when all of it has run"),
  }),
});
type Compared = z.infer<typeof compared>;

interface Asked {
  readonly compare_to: string;
  readonly schemas?: readonly string[] | undefined;
  readonly tables?: readonly string[] | undefined;
  readonly schema_sql?: string | undefined;
  readonly limit: number;
}

/** Characters of a closing script: more is a dump, and no answer. */
const SCRIPT = 100_000;
/** Of one property of one object. */
const VALUE = 1_000;

export async function comparedSchemas(asked: Asked, context: Context) {
  const here = await ownSide(asked.schema_sql, context);
  const there = await namedSide(asked.compare_to, context);
  context.progress("Comparing in the twin");
  const scope = scopeOf(asked, managedIn([here, there]), { isText: isText(here) || isText(there) });
  const found = await compare(context.twin, { here: here.side, there: there.side, isMeant: scope.isMeant }, context.signal);
  const differences = found.differences.map(toldOf);
  const shown = differences.slice(0, asked.limit);
  const { sql, left: cut } = scriptOf(found, { here, there });
  const answer: Compared = {
    with: there.name,
    objects: found.compared,
    differences: shown,
    closing: {
      sql,
      destroys: [...found.closing.destroys],
      not_run: [...found.notRun],
      refused: found.closing.refused.map(({ sql, message }) => ({ statement: sql.slice(0, VALUE), message })),
      left: found.closing.left.map(nameOf),
    },
  };
  return {
    basis: here.basis,
    compared: answer,
    verdict: verdictOf(found, there.name),
    truncated: shown.length < differences.length || cut,
    limits: [
      ...here.limits,
      ...there.limits,
      ...found.limits,
      ...scope.limits,
      ...(isText(here) || isText(there)
        ? ["owners, validity of indexes, versions of extensions and settings: DDL text does not say them"]
        : []),
      ...(found.roles.length > 0 ? [`roles that the statements name and are not here: ${found.roles.join(", ")}`] : []),
      ...(cut ? [`the whole of closing.sql: it was cut at ${SCRIPT} characters; ask for some schemas or tables`] : []),
      ...(shown.length < differences.length
        ? [`${differences.length - shown.length} of ${differences.length} differences, which are beyond limit`]
        : []),
      "comments, the order of columns, defaults of single partitions, rows, aggregates, operators, casts, collations, text search, event triggers, publications, foreign servers, settings that are texts or an application's own, and those of the log and of encryption are not compared",
    ],
  };
}

const isText = ({ side }: NamedSide) => side.objects === undefined;

const managedIn = (sides: readonly NamedSide[]) =>
  managedAmong(
    sides.flatMap(({ side }) => (side.objects ?? []).filter(({ kind }) => kind === "schema").map(({ name }) => name)),
    sides.flatMap(({ side }) => [...side.roles]),
  );

/** Kinds that stand in no schema: they are compared where nobody chose some. */
const everywhere: ReadonlySet<CatalogObject["kind"]> = new Set(["extension", "default grant", "role setting", "server setting"]);

/** `"odd ""one"""` of `"odd ""one""".orders`. */
const firstName = (name: string) => /^(?:"(?:[^"]|"")*"|[^".(\s]+)/.exec(name)?.[0] ?? "";
const bare = (name: string) => name.replaceAll('"', "");

function scopeOf({ schemas, tables }: Asked, managed: ReadonlySet<string>, { isText }: { isText: boolean }) {
  const chosen = tables?.map((table) => bare(table.includes(".") ? table : `public.${table}`));
  const isHistoryTable = (place: string) =>
    isText && isLedger({ name: bare(place.slice(firstName(place).length + 1).split(".")[0] ?? "") });
  const isMeant = ({ kind, name, of, facts }: CatalogObject): boolean => {
    const place = of ?? facts["owned by"] ?? name;
    if (everywhere.has(kind)) return schemas === undefined && chosen === undefined;
    if (chosen) return chosen.some((table) => bare(place) === table || (kind === "sequence" && bare(place).startsWith(`${table}.`)));
    const schema = bare(firstName(place));
    return schemas ? schemas.includes(schema) : !managed.has(schema) && !isHistoryTable(place);
  };
  const limits = [
    ...(managed.size > 0 && !schemas ? [`${[...managed].join(", ")}, which Supabase manages: name one in schemas to compare it`] : []),
    ...(isText ? ["tables in which tools keep which migrations have run"] : []),
  ];
  return { isMeant, limits };
}

const cutTo = (text: string | undefined) => (text !== undefined && text.length > VALUE ? `${text.slice(0, VALUE)}…` : text);

function toldOf({ kind, name, state, properties }: Difference): Compared["differences"][number] {
  return {
    kind,
    name,
    state,
    properties: properties.map(({ property, here, there }) => ({
      property,
      ...(here !== undefined && { here: cutTo(here) }),
      ...(there !== undefined && { there: cutTo(there) }),
    })),
  };
}

const nameOf = ({ kind, name, state, properties }: Difference) =>
  `${kind} ${name}: ${state === "differs" ? properties.map(({ property }) => property).join(", ") : state}`;

function verdictOf({ differences, compared }: Comparison, other: string): string {
  if (differences.length === 0) return `Verdict: no difference from ${other} in ${count(compared, "object")}.`;
  const states = (["only here", "only there", "differs"] as const).flatMap((state) => {
    const number = differences.filter((difference) => difference.state === state).length;
    return number === 0 ? [] : [`${number} ${state === "differs" ? (number === 1 ? "is otherwise" : "are otherwise") : state}`];
  });
  return `Verdict: ${count(differences.length, "difference")} from ${other} in ${count(compared, "object")}: ${states.join(", ")}.`;
}

const lines = (statements: readonly string[]) => statements.map((statement) => `${statement};`);
const commented = (statements: readonly string[]) => lines(statements).map((statement) => statement.replaceAll(/^/gm, "-- "));

function scriptOf({ closing, notRun }: Comparison, { here, there }: { here: NamedSide; there: NamedSide }): { sql: string; left: boolean } {
  const { statements, destructive, destroys } = closing;
  const parts = [
    ...(statements.some((statement) => /^create (or replace )?(function|procedure)/i.test(statement))
      ? ["set check_function_bodies = off;"]
      : []),
    ...lines(statements),
    ...(notRun.length > 0 ? ["-- Not rehearsed: only a server takes these."] : []),
    ...lines(notRun),
    ...(destructive.length > 0
      ? ["-- These take away what nothing brings back. Uncomment what you mean:", ...destroys.map((what) => `-- ${what}`)]
      : []),
    ...commented(destructive),
  ];
  if (parts.length === 0) return { sql: "", left: false };
  const whole = [`-- Makes ${here.name} as ${there.name} is, statement by statement.`, ...parts].join("\n");
  return whole.length <= SCRIPT ? { sql: whole, left: false } : { sql: whole.slice(0, whole.lastIndexOf("\n", SCRIPT)), left: true };
}

/** Differences in an answer, characters of each value, and of the script. */
const CONCISE = { differences: 20, value: 80, script: 2_500 };
const DETAILED = { differences: 200, value: 400, script: 12_000 };

export function renderCompared({ differences, closing, objects }: Compared, format: ResponseFormat): string {
  const most = format === "concise" ? CONCISE : DETAILED;
  const told = differences.slice(0, most.differences).map((difference) => `- ${line(difference, most.value)}`);
  const more = differences.length > told.length ? [`… and ${differences.length - told.length} more: response_format detailed`] : [];
  const refused = closing.refused.map(({ statement, message }) => `Refused in the twin: ${cut(statement, most.value)}: ${message}`);
  const script =
    closing.sql === "" && closing.left.length === 0
      ? []
      : [rehearsedIn(closing, objects), ...refused, shownScript(closing.sql, most.script)];
  return [[...told, ...more].join("\n"), script.join("\n")].filter(Boolean).join("\n\n");
}

/** Whole lines of it. */
function shownScript(script: string, most: number): string {
  if (script === "") return "";
  const shown = script.length > most ? script.slice(0, script.lastIndexOf("\n", most)) : script;
  const left = script.split("\n").length - shown.split("\n").length;
  return `\`\`\`sql\n${shown}${left > 0 ? `\n-- … and ${count(left, "line")} more: response_format detailed, or ask for some tables` : ""}\n\`\`\``;
}

function rehearsedIn({ sql, left, destroys, not_run }: Compared["closing"], objects: number): string {
  const end = left.length === 0 ? `no difference is left in ${count(objects, "object")}` : `left are ${left.join("; ")}`;
  if (sql === "") return `No statement was written: ${end}.`;
  const rest = not_run.length > 0 ? `, apart from ${count(not_run.length, "statement")} that only a server takes` : "";
  if (destroys.length === 0) return `These statements close it. They were run in the twin: ${end}${rest}.`;
  return `These statements close it; at their end, commented out, what takes away ${destroys.join("; ")}. All were run in the twin: ${end}${rest}.`;
}

function line({ kind, name, state, properties }: Compared["differences"][number], most: number): string {
  if (state !== "differs") return `${kind} ${name}: ${state}`;
  const changes = properties.map(({ property, here, there }) => `${property} ${changedPart(here, there, most)}`);
  return `${kind} ${name}: ${changes.join("; ")}`;
}

/** Of texts of several lines the first that is not the same. */
function changedPart(here: string | undefined, there: string | undefined, most: number): string {
  const [ours, theirs] = [(here ?? "").split("\n"), (there ?? "").split("\n")];
  const at = ours.findIndex((text, place) => text !== theirs[place]);
  const place = at < 0 ? ours.length : at;
  const part = (texts: readonly string[], whole: string | undefined) =>
    whole === undefined ? "none" : `\`${cut((texts[place] ?? "").trim(), most)}\``;
  const where = ours.length > 1 || theirs.length > 1 ? ` from line ${place + 1}` : "";
  return `here ${part(ours, here)}, there ${part(theirs, there)}${where}`;
}

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);
