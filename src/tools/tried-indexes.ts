import { priceOf } from "../indexes/price.ts";
import { leavesOf } from "../indexes/script.ts";
import type { Effect, Tried, TriedDrop, TriedIndex } from "../indexes/try.ts";
import type { Given } from "../indexes/workload.ts";
import { nameOf } from "../sql/quote.ts";
import { rounded } from "./advice-statements.ts";
import { size, written } from "./advice-verdict.ts";
import type { Subject } from "./schema.ts";
import type { Output } from "./suggest-indexes.ts";

type Told = NonNullable<Output["tried"]>;
type Attempt = Told["attempts"][number];

interface Telling {
  readonly subject: Subject;
  readonly given: readonly Given[];
  /** Whether numbers are real, or would be invented. */
  readonly told: boolean;
}

/** What the caller's own statements would do. */
export async function triedOf({ before, after, attempts }: Tried, telling: Telling): Promise<Told> {
  const all: Attempt[] = [];
  for (const attempt of attempts) {
    if (attempt.kind === "create") all.push(await createdOf(attempt, telling));
    else if (attempt.kind === "drop") all.push(droppedOf(attempt, telling));
    else all.push({ ...nothing, statement: attempt.statement.text, kind: "refused", refused: attempt.reason });
  }
  return { ...(telling.told && { cost_before: rounded(before), cost_after: rounded(after) }), attempts: all };
}

const nothing = { helps: [], hurts: [], unused: [], notes: [] } satisfies Partial<Attempt>;

const effectOf = ({ number, before, alone, together }: Effect, told: boolean) => ({
  statement: number,
  ...(told && { cost_before: rounded(before), cost_alone: rounded(alone), cost_after: rounded(together) }),
});

async function createdOf(tried: TriedIndex, { subject, given, told }: Telling): Promise<Attempt> {
  const { statement, candidate, bytes, limits, usedBy, unused, notes } = tried;
  const { tables, settings } = { tables: subject.catalog.tables, settings: subject.directory.settings };
  // Of a partial index it has fewer.
  const rows = leavesOf(candidate.table, tables).reduce((sum, leaf) => sum + (leaf.rows ?? 0), 0);
  const statements = given.flatMap(({ number, read }) => (read.statement ? [{ number, statement: read.statement }] : []));
  const price = await priceOf({
    candidate,
    bytes,
    rows,
    elements: undefined,
    sql: statement.text,
    tables,
    statements,
    settings,
    find: subject.find,
  });
  return {
    ...nothing,
    statement: statement.text,
    kind: "create",
    table: nameOf(candidate.table.schema, candidate.table.name).toString(),
    ...(told && { bytes }),
    helps: usedBy.map((effect) => effectOf(effect, told)),
    unused: unused.map(({ reason, figures, numbers }) => ({
      reason: told && figures !== undefined ? `${reason} (${figures})` : reason,
      statements: [...numbers],
    })),
    writes: { added_by: [...price.writes.addedBy], loses_hot: [...price.writes.losesHot] },
    notes: [...notes, ...limits],
  };
}

function droppedOf({ statement, index, table, refused, readBy, notes }: TriedDrop, { told }: Telling): Attempt {
  return {
    ...nothing,
    statement: statement.text,
    kind: "drop",
    table: nameOf(table.schema, table.name).toString(),
    bytes: index.bytes,
    hurts: readBy.map((effect) => ({ ...effectOf(effect, told), reads: [...effect.reads] })),
    ...(refused && { refused: `${refused.message}: ${refused.instead}` }),
    notes: [...notes],
  };
}

/** One paragraph for each of the caller's statements. */
export function triedLines(tried: Output["tried"]): string {
  if (!tried) return "";
  const { cost_before, cost_after, attempts } = tried;
  const sum =
    cost_before === undefined || cost_after === undefined
      ? ""
      : `: weighted planner cost ${written(cost_before)} -> ${written(cost_after)} with all of them`;
  return [`TRIED ${attempts.length}${sum}`, ...attempts.map(renderAttempt)].join("\n");
}

function renderAttempt({ statement, kind, bytes, helps, hurts, unused, refused, writes, notes }: Attempt): string {
  const lines = [
    ...(refused === undefined ? [] : [`refused: ${refused}`]),
    ...(kind === "create" ? [used(helps, bytes)] : []),
    ...unused.map(({ reason, statements }) => `not used${statements.length > 0 ? ` for ${numbered(statements)}` : ""}: ${reason}`),
    ...(kind === "drop" && refused === undefined ? [lost(hurts)] : []),
    ...(writes && writes.added_by.length > 0 ? [`one more index to keep up to date for ${numbered(writes.added_by)}`] : []),
    ...(writes && writes.loses_hot.length > 0 ? [`${numbered(writes.loses_hot)} can no longer be HOT updates`] : []),
    ...notes,
  ];
  return [statement.replaceAll(/\s+/g, " "), ...lines.filter((line) => line !== "")].join("\n   ");
}

const numbered = (numbers: readonly number[]) => numbers.map((number) => `#${number}`).join(", ");

function costs({ statement, cost_before, cost_alone, cost_after }: Attempt["helps"][number]): string {
  if (cost_before === undefined || cost_alone === undefined || cost_after === undefined) return `#${statement}`;
  const together = cost_after === cost_alone ? "" : ` (${written(cost_after)} with the others)`;
  return `#${statement} ${written(cost_before)} -> ${written(cost_alone)}${together}`;
}

function used(helps: Attempt["helps"], bytes: number | undefined): string {
  const facts = [
    ...(bytes === undefined ? [] : [`about ${size(bytes)}`]),
    ...(helps.length > 0 ? [`used for ${helps.map(costs).join(", ")}`] : []),
  ];
  return facts.join("; ");
}

function lost(hurts: Attempt["hurts"]): string {
  if (hurts.length === 0) return "no plan of these statements changes without it";
  const all = hurts.map((each) => `${costs(each)}${each.reads.length > 0 ? ` by ${each.reads.join(", ")}` : ""}`);
  return `without it ${all.join(", ")}`;
}
