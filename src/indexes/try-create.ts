import type { Table } from "../catalog/tables.ts";
import type { Statement } from "../sql/parse.ts";
import { nameOf, quote } from "../sql/quote.ts";
import { relationsOf } from "../sql/relations.ts";
import type { Question } from "./advise.ts";
import type { Attempt } from "./attempts.ts";
import { type Candidate, candidateIn } from "./candidate.ts";
import type { Place } from "./planner.ts";
import { createTrials, type Trial } from "./trial.ts";

/** An index that was asked for and stands in the twin. */
export interface Creation {
  readonly kind: "create";
  readonly statement: Statement;
  readonly trial: Trial;
  /** What to know of the statement as it is written. */
  readonly notes: readonly string[];
}

/** What Postgres, or nobody here, can do. */
export interface Untried {
  readonly kind: "refused";
  readonly statement: Statement;
  readonly reason: string;
}

type Asked = Pick<Question, keyof Place | "tables" | "find"> & {
  readonly attempts: readonly Attempt[];
  readonly versionNumber?: number | undefined;
};

/** Operator classes of what can be installed: a caller may mean to. */
const extensions: readonly (readonly [operators: RegExp, extension: string])[] = [
  [/\bgi[ns]t?_trgm_ops\b/, "pg_trgm"],
  [/\bgi[ns]t__int(?:big)?_ops\b|\bgin__int_ops\b/, "intarray"],
];

export async function createAll(asked: Asked): Promise<ReadonlyMap<Attempt, Creation | Untried>> {
  const { session, tables, searchPath, find, attempts, versionNumber } = asked;
  const wanted = attempts.flatMap((attempt) => {
    const candidate = attempt.kind === "create" ? candidateIn(attempt.statement, find) : undefined;
    return candidate ? [{ attempt, candidate }] : [];
  });
  const shared = { tables, searchPath, ...(versionNumber !== undefined && { versionNumber }) };
  const first = await createTrials(session, { ...shared, candidates: wanted.map(({ candidate }) => candidate) });
  const again = first.refused.flatMap(({ candidate }) => withExtension(candidate) ?? []);
  const second = await createTrials(session, { ...shared, candidates: again, from: wanted.length + 1 });
  const trials = new Map([...first.trials, ...second.trials].map((trial) => [trial.candidate.definition, trial]));
  const refused = new Map(
    [...first.refused, ...second.refused].map(({ candidate, message }) => [candidate.definition, toldOf(candidate, message)]),
  );
  const made = new Map<Attempt, Creation | Untried>();
  for (const attempt of attempts) {
    if (attempt.kind !== "create") continue;
    const definition = wanted.find((one) => one.attempt === attempt)?.candidate.definition;
    const trial = trials.get(definition);
    const { statement } = attempt;
    if (trial) made.set(attempt, { kind: "create", statement, trial, notes: [...notesOn(attempt, trial.candidate, asked)] });
    else made.set(attempt, { kind: "refused", statement, reason: refused.get(definition) ?? unknownTable(statement) });
  }
  return made;
}

function withExtension(candidate: Candidate): Candidate | undefined {
  const found = extensions.find(([operators]) => operators.test(candidate.definition?.on ?? ""));
  return found && { ...candidate, extension: found[1] };
}

const toldOf = ({ extension }: Candidate, message: string) =>
  extension === undefined ? message : `${message}: create extension ${quote(extension)} comes first, and the twin has not got it`;

function unknownTable(statement: Statement): string {
  const [table] = relationsOf(statement);
  return `no table ${table ? nameOf(table.schema, table.name) : ""} was read`;
}

function* notesOn({ statement }: Attempt, { table, extension, unique }: Candidate, asked: Asked): Generator<string> {
  if (!("IndexStmt" in statement.tree)) return;
  const { concurrent = false, relation, idxname, if_not_exists: ifNotExists = false } = statement.tree.IndexStmt;
  const name = nameOf(table.schema, table.name);
  const isPartitioned = table.kind === "partitioned table";
  const isOnly = relation?.inh !== true;
  if (concurrent && isPartitioned)
    yield `Postgres refuses it as it is written: cannot create index on partitioned table "${table.name}" concurrently`;
  if (isOnly && isPartitioned) yield "ON ONLY leaves it invalid until the index of every partition is attached: it was tried as if it were";
  if (!concurrent && !(isOnly && isPartitioned)) yield `without CONCURRENTLY it blocks writes to ${name} until it is built`;
  if (unique) yield "whether its rows are unique is not known here: two equal ones make it fail";
  if (extension !== undefined) yield `create extension ${quote(extension)} comes first`;
  if (idxname === undefined || !isTaken(idxname, table, asked, statement)) return;
  yield ifNotExists
    ? `with IF NOT EXISTS nothing is made, whatever it is on, since there is a relation ${quote(idxname)}: it was tried under another name`
    : `Postgres refuses it as it is written: relation "${idxname}" already exists`;
}

/** An index is in the schema of its table. What a statement before drops is free again. */
function isTaken(name: string, { schema }: Table, { tables, attempts }: Asked, by: Statement): boolean {
  const before = attempts.slice(
    0,
    attempts.findIndex(({ statement }) => statement === by),
  );
  const made = before.flatMap(({ statement: { tree } }) => ("IndexStmt" in tree ? (tree.IndexStmt.idxname ?? []) : []));
  const dropped = before.some((attempt) => attempt.kind === "drop" && attempt.name === name);
  const there = [...tables, ...tables.flatMap(({ indexes }) => indexes)].filter((relation) => relation.schema === schema);
  return made.includes(name) || (!dropped && there.some((relation) => relation.name === name));
}
