import type { Settings } from "../catalog/settings.ts";
import type { Table } from "../catalog/tables.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { BLOCK_BYTES } from "../twin/sizes.ts";
import { type Candidate, definitionFor } from "./candidate.ts";
import { coveredBy } from "./covers.ts";
import { createSql } from "./definition.ts";
import { columnsIn, type Writes, writesOf } from "./price-of-writes.ts";
import { leavesOf, rootOf } from "./script.ts";

/** What an index costs, beside what it brings. */
export interface Price {
  readonly bytes: number;
  readonly build: Build;
  readonly writes: Writes;
  /** Names of indexes that are there and serve nothing that this one would not. */
  readonly makesRedundant: readonly string[];
}

/**
 * The work, and no time. Built on one machine, B-trees over 300,000 to 1,500,000 rows of the OLTP bench took between 0.2 and 3.1 CPU seconds
 * a million rows by their types and the order of the rows, and GIN of trigrams 22: no rate holds within a factor of two.
 */
export interface Build {
  readonly lock: "SHARE UPDATE EXCLUSIVE" | "SHARE";
  readonly blocks: "DDL and VACUUM" | "writes";
  /** Whose end it waits for, in order. */
  readonly waitsFor: readonly string[];
  /** Of the table; CONCURRENTLY reads it twice. */
  readonly readsBlocks: number;
  /** Only a B-tree is always built by sorting. */
  readonly sortsRows: number;
  readonly writesBlocks: number;
}

interface Asked {
  readonly candidate: Candidate;
  readonly bytes: number;
  /** That the index has an entry for. */
  readonly rows: number;
  /** Entries of a row, where that is not one: the elements of an array, the keys and values of a document. */
  readonly elements: number | undefined;
  /** The statements that build it. */
  readonly sql: string;
  readonly tables: readonly Table[];
  readonly statements: readonly { readonly number: number; readonly statement: Statement }[];
  readonly settings: Pick<Settings, "versionNumber" | "statisticsReset">;
  find(written: { readonly schema: string | undefined; readonly name: string }): Table | undefined;
}

export async function priceOf(asked: Asked): Promise<Price> {
  const { candidate, bytes, rows, tables, find } = asked;
  const { table } = candidate;
  const [statement] = await parseStatements(createSql(definitionFor(candidate), "price"));
  const leaves = leavesOf(table, tables);
  const tableRows = leaves.reduce((sum, leaf) => sum + (leaf.rows ?? 0), 0);
  return {
    bytes,
    build: buildOf(asked, leaves),
    writes: writesOf({
      candidate,
      leaves,
      columns: new Set(columnsIn(statement?.tree)),
      statements: asked.statements,
      isMeant: ({ schemaname, relname = "" }) => {
        const meant = find({ schema: schemaname, name: relname });
        return meant !== undefined && rootOf(meant, tables) === table;
      },
      share: tableRows === 0 ? 1 : Math.min(1, rows / tableRows),
      walBytesPerRow: walBytesOf(asked),
      since: asked.settings.statisticsReset,
      versionNumber: asked.settings.versionNumber,
    }),
    makesRedundant: statement ? (await coveredBy(statement, table.indexes)).map(({ name }) => name) : [],
  };
}

/** https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY */
const CONCURRENTLY = {
  lock: "SHARE UPDATE EXCLUSIVE",
  blocks: "DDL and VACUUM",
  waitsFor: [
    "transactions that have written to the table, before each of its two scans",
    "then every transaction of the database with an older snapshot, whatever it reads",
  ],
} as const;
const AT_ONCE = { lock: "SHARE", blocks: "writes", waitsFor: ["transactions that have written to the table"] } as const;

/** CREATE INDEX ON ONLY takes SHARE (tests/locks.test.ts), and has nothing to build. */
const PARTED = "transactions that have written to the partitioned table, and new ones wait behind it";

function buildOf({ candidate, bytes, rows, sql }: Asked, leaves: readonly Table[]): Build {
  const way = /\bindex concurrently\b/i.test(sql) ? CONCURRENTLY : AT_ONCE;
  const blocks = leaves.reduce((sum, { size }) => sum + size.blocks, 0);
  const scans = way === CONCURRENTLY ? 2 : 1;
  const isInParts = way === CONCURRENTLY && candidate.table.kind === "partitioned table";
  return {
    ...way,
    waitsFor: isInParts ? [PARTED, ...way.waitsFor] : way.waitsFor,
    readsBlocks: blocks * scans,
    sortsRows: candidate.method === "btree" ? Math.round(rows) : 0,
    writesBlocks: Math.round(bytes / BLOCK_BYTES),
  };
}

/** A log record with what it says of one page: `XLogRecord` and the header of a block (src/include/access/xlogrecord.h), without the entry. */
const RECORD = 48;
/** Once as it comes, and its part of the splits that copy it to another page later. */
const COPIES = 1.65;
/** The smallest entry: its header and one value. */
const LEAST_ENTRY = 16;
const LINE_POINTER = 4;
/** `BTREE_DEFAULT_FILLFACTOR`, in src/include/access/nbtree.h. */
const FILL = 0.9;
const HASH = 83;
/** At most, where the row widens what the index says of its pages. Pages that are not summarized yet cost nothing. */
const BRIN = 72;
/** The row goes to the pending list as it is, and from there, with many others, to the lists of its elements. */
const GIN = { row: 250, element: 35 };

/**
 * Bytes of WAL that one more row writes for an index, whole pages left out. Fitted to tables of 30,000 rows that grew to 60,000 on
 * PostgreSQL 15 and 18, which wrote the same; holds within a factor of two (tests/indexes/price.test.ts).
 */
function walBytesOf({ candidate: { method, options }, bytes, rows, elements }: Asked): number | undefined {
  const entry = rows === 0 ? LEAST_ENTRY : Math.max(LEAST_ENTRY, (bytes / rows) * FILL - LINE_POINTER);
  switch (method) {
    case "btree":
    case "gist":
    case "spgist":
      return Math.round(RECORD + COPIES * entry);
    case "hash":
      return HASH;
    case "brin":
      return BRIN;
    case "gin":
      return elements === undefined || isAtOnce(options) ? undefined : Math.round(GIN.row + GIN.element * elements);
    default:
      return undefined;
  }
}

/** Without the pending list, the list of each element is logged at once, however long it is: 150 to 1,200 bytes were seen. */
const isAtOnce = (options: readonly string[]) => options.some((option) => /^fastupdate\s*=\s*(off|false|no|0)$/i.test(option));
