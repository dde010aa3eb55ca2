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
  const counted = new Map<string, Promise<Expected>>();
  const ask = (sql: string) => {
    const answer = counted.get(sql) ?? expect(session, sql);
    counted.set(sql, answer);
    return answer;
  };
  return async (facts) => {
    const from = `from only ${quote(facts.schema)}.${quote(facts.table)}`;
    const where = facts.predicate === null ? "" : ` where ${facts.predicate}`;
    return {
      facts,
      rows: (await ask(`select ${from}${where}`)).rows,
      tableRows: (await ask(`select ${from}`)).rows,
      tableBlocks: tables.find(({ schema, name }) => schema === facts.schema && name === facts.table)?.size.blocks ?? 0,
      versionNumber,
      evaluate: (expression) => evaluate(session, facts, expression),
      expected: (select, groupBy) => ask(`select ${select} ${from}${where}${groupBy === undefined ? "" : ` group by ${groupBy}`}`),
    };
  };
}

/** How many rows each of these indexes of the twin has entries for, and how many entries a row has in GIN: the elements of an array, say. */
export async function countEntries(
  session: Session,
  { indexes, tables }: { readonly indexes: readonly number[]; readonly tables: readonly Table[] },
): Promise<ReadonlyMap<number, { readonly rows: number; readonly elements: number | undefined }>> {
  const reckonings = reckoningsIn(session, { tables, versionNumber: OWN_VERSION });
  const counted = new Map<number, { readonly rows: number; readonly elements: number | undefined }>();
  for (const facts of await readFacts(session, indexes)) {
    const reckoned = await reckonings(facts);
    counted.set(facts.oid, { rows: reckoned.rows, elements: facts.method === "gin" ? await elementsOf(reckoned) : undefined });
  }
  return counted;
}

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
