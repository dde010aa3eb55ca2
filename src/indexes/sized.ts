import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import type { IndexSize } from "../twin/messages.ts";
import { relationSize } from "../twin/sizes.ts";
import type { Session } from "../twin/twin.ts";
import { sizeOfBloom } from "./size-of-bloom.ts";
import { sizeOfBrin } from "./size-of-brin.ts";
import { sizeOfBtree } from "./size-of-btree.ts";
import { sizeOfGin } from "./size-of-gin.ts";
import { sizeOfGist } from "./size-of-gist.ts";
import { sizeOfHash } from "./size-of-hash.ts";
import { sizeOfSpgist } from "./size-of-spgist.ts";
import { sizeOfHnsw, sizeOfIvfflat } from "./size-of-vector.ts";
import { ROWS_PER_TARGET } from "./sized-columns.ts";
import { entriesOf } from "./sized-entries.ts";
import { type IndexFacts, readFacts } from "./sized-facts.ts";
import { evaluate, type Weighted } from "./sized-rows.ts";

/** What a size is reckoned from. */
export interface Reckoned {
  readonly facts: IndexFacts;
  /** That the index has an entry for: of a partial index, those that the planner expects of its predicate. */
  readonly rows: number;
  /** Of the table. */
  readonly tableRows: number;
  readonly tableBlocks: number;
  /** Rows of it that ANALYZE looked at, as far as the targets of its columns tell. */
  readonly looked: number;
  /** `server_version_num` of the server that would build it. */
  readonly versionNumber: number;
  /** The planner's own count and width (bytes) of a query over the rows of the index. */
  expected(select: string, groupBy?: string): Promise<Expected>;
  /** What an expression of the index gives for the values that ANALYZE kept. */
  evaluate(expression: string): Promise<readonly Weighted[]>;
}

interface Expected {
  readonly rows: number;
  readonly width: number;
}

/** The twin's. */
const OWN_VERSION = 180000;

/**
 * What each of these indexes of the twin (by oid, those of partitions included) would take if it were freshly built over the real rows.
 * A partitioned index has no blocks of its own and is left out. The planner is not told.
 * `versionNumber`: `server_version_num` of the server that would build them.
 */
export async function sizeIndexes(
  session: Session,
  {
    indexes,
    tables,
    versionNumber = OWN_VERSION,
  }: { readonly indexes: readonly number[]; readonly tables: readonly Table[]; readonly versionNumber?: number },
): Promise<ReadonlyMap<number, IndexSize>> {
  const reckonings = reckoningsIn(session, { tables, versionNumber });
  const sized = new Map<number, IndexSize>();
  for (const facts of await readFacts(session, indexes)) {
    const reckoned = await reckonings(facts);
    const { blocks, height } = await sizeOf(reckoned);
    heldIn(session).set(facts.oid, await holding(reckoned));
    const table = tables.find(({ schema, name }) => schema === facts.schema && name === facts.table);
    const tuples = table && relationSize(facts.oid, table).tuples;
    sized.set(facts.oid, {
      oid: facts.oid,
      blocks,
      height,
      tuples: tuples === undefined || facts.predicate === null ? tuples : reckoned.rows,
    });
  }
  return sized;
}

/** No question is asked twice. */
function reckoningsIn(
  session: Session,
  { tables, versionNumber }: { readonly tables: readonly Table[]; readonly versionNumber: number },
): (facts: IndexFacts) => Promise<Reckoned> {
  const ask = once((sql: string) => expect(session, sql));
  return async (facts) => {
    const table = tables.find(({ schema, name }) => schema === facts.schema && name === facts.table);
    const tuples = table && relationSize(facts.oid, table).tuples;
    const from = `from only ${quote(facts.schema)}.${quote(facts.table)}`;
    const where = facts.predicate === null ? "" : ` where ${facts.predicate}`;
    const tableRows = tuples === undefined ? (await ask(`select ${from}`)).rows : Math.max(1, Math.round(tuples));
    return {
      facts,
      rows: facts.predicate === null ? tableRows : (await ask(`select ${from}${where}`)).rows,
      tableRows,
      tableBlocks: table?.size.blocks ?? 0,
      looked: Math.min(tableRows, ROWS_PER_TARGET * targetOf(facts, table)),
      versionNumber,
      evaluate: once((expression) => evaluate(session, facts, expression)),
      expected: (select, groupBy) => ask(`select ${select} ${from}${where}${groupBy === undefined ? "" : ` group by ${groupBy}`}`),
    };
  };
}

/** The column that asks for most decides for its table. */
const targetOf = ({ target }: IndexFacts, table: Table | undefined) =>
  table ? Math.max(1, ...table.columns.map(({ statisticsTarget = target }) => statisticsTarget)) : target;

function once<Answer>(ask: (question: string) => Promise<Answer>): (question: string) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  return (question) => {
    const answer = answers.get(question) ?? ask(question);
    answers.set(question, answer);
    return answer;
  };
}

/** How many rows each of these indexes of the twin has entries for, and how many entries a row has in GIN: the elements of an array, say. */
export async function countEntries(
  session: Session,
  { indexes, tables }: { readonly indexes: readonly number[]; readonly tables: readonly Table[] },
): Promise<ReadonlyMap<number, Held>> {
  const known = heldIn(session);
  const others = indexes.filter((index) => !known.has(index));
  const reckonings = reckoningsIn(session, { tables, versionNumber: OWN_VERSION });
  for (const facts of others.length === 0 ? [] : await readFacts(session, others))
    known.set(facts.oid, await holding(await reckonings(facts)));
  return new Map(
    indexes.flatMap((index): [number, Held][] => {
      const held = known.get(index);
      return held ? [[index, held]] : [];
    }),
  );
}

interface Held {
  readonly rows: number;
  readonly elements: number | undefined;
}

/** Of the indexes that were sized last: an oid is given once. */
const heldBySession = new WeakMap<Session, Map<number, Held>>();

function heldIn(session: Session): Map<number, Held> {
  const held = heldBySession.get(session) ?? new Map<number, Held>();
  heldBySession.set(session, held);
  return held;
}

const holding = async (reckoned: Reckoned): Promise<Held> => ({
  rows: reckoned.rows,
  elements: reckoned.facts.method === "gin" ? await elementsOf(reckoned) : undefined,
});

async function elementsOf(reckoned: Reckoned): Promise<number> {
  let postings = 0;
  for (const column of reckoned.facts.columns) for (const { keys, rows } of await entriesOf(column, reckoned)) postings += keys * rows;
  return postings / Math.max(1, reckoned.rows);
}

type Rule = (reckoned: Reckoned) => number | Promise<number>;

const rules: Readonly<Record<string, Rule>> = {
  gin: sizeOfGin,
  gist: sizeOfGist,
  spgist: sizeOfSpgist,
  hash: sizeOfHash,
  brin: sizeOfBrin,
  bloom: sizeOfBloom,
  hnsw: sizeOfHnsw,
  ivfflat: sizeOfIvfflat,
};

/** A method that nobody knows here is taken for a B-tree. */
async function sizeOf(reckoned: Reckoned): Promise<{ readonly blocks: number; readonly height: number | undefined }> {
  const rule = rules[reckoned.facts.method];
  return rule ? { blocks: await rule(reckoned), height: undefined } : sizeOfBtree(reckoned);
}

async function expect(session: Session, sql: string): Promise<Expected> {
  const { plan } = (await session.explain({ sql, searchPath: [], generic: false })) as {
    plan?: readonly { readonly Plan: { readonly "Plan Rows": number; readonly "Plan Width": number } }[];
  };
  return { rows: plan?.[0]?.Plan["Plan Rows"] ?? 1, width: plan?.[0]?.Plan["Plan Width"] ?? 0 };
}
