import type { Name } from "../sql/quote.ts";

/** Blocks of 8 kB, summed over loops and workers, with those of the nodes below. */
export interface Buffers {
  readonly sharedHit: number;
  readonly sharedRead: number;
  readonly sharedDirtied: number;
  readonly sharedWritten: number;
  readonly localHit: number;
  readonly localRead: number;
  readonly localDirtied: number;
  readonly localWritten: number;
  readonly tempRead: number;
  readonly tempWritten: number;
}

/**
 * Milliseconds, summed over loops and workers, with those of the nodes below. Local blocks count as shared ones before
 * version 17; temporary ones are timed from 15 on.
 */
export interface IoTimes {
  readonly sharedRead: number;
  readonly sharedWrite: number;
  readonly localRead: number;
  readonly localWrite: number;
  readonly tempRead: number;
  readonly tempWrite: number;
}

/** With those of the nodes below. */
export interface Wal {
  readonly records: number;
  readonly fullPageImages: number;
  readonly bytes: number;
  /** From version 18 on; 0 before. */
  readonly buffersFull: number;
}

/** Milliseconds and rows are means of a loop. */
export interface Worker {
  readonly number: number;
  readonly loops: number | undefined;
  readonly rowsPerLoop: number | undefined;
  readonly timePerLoop: number | undefined;
  readonly buffers: Buffers | undefined;
}

/** What a Memoize found in its cache, of the leader and all workers. */
export interface Cache {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** Results that were larger than the whole cache. */
  readonly overflows: number;
}

/** Rows by what became of them: of INSERT … ON CONFLICT and of MERGE. */
export interface Changed {
  readonly inserted: number | undefined;
  readonly updated: number | undefined;
  readonly deleted: number | undefined;
  readonly skipped: number | undefined;
  readonly conflicting: number | undefined;
}

/** The schema is printed with VERBOSE only. */
export interface Relation extends Name {
  readonly alias: string;
}

/** A node as EXPLAIN prints it, before any arithmetic. What a version, an option or a node does not print is undefined. */
export interface PrintedNode {
  /** Postgres's name for it: "Seq Scan", "Aggregate", "Hash Join". */
  readonly type: string;
  /** The name in EXPLAIN's text format, which says more: "Parallel Seq Scan", "HashAggregate", "Hash Left Join". */
  readonly label: string;
  /** The label and what it works on, safe to show: "Index Scan using orders_pkey on orders o". */
  readonly title: string;
  /** "Outer", "Inner", "Member", "Subquery": rows go up. "InitPlan", "SubPlan": a value goes up. Undefined at the root. */
  readonly parentRelationship: string | undefined;
  /** "CTE recent", "InitPlan 1", "SubPlan 2"; up to version 16 with the parameters it returns: "InitPlan 1 (returns $0)". */
  readonly subplanName: string | undefined;
  readonly parallelAware: boolean;
  readonly asyncCapable: boolean;
  /** From version 18 on: a setting `enable_…` is off and the planner had nothing else. */
  readonly disabled: boolean;

  readonly relation: Relation | undefined;
  readonly index: string | undefined;
  /** What is read where it is no relation: a function, a CTE, a subquery. */
  readonly source: string | undefined;
  readonly alias: string | undefined;
  /** "Forward", "Backward". */
  readonly scanDirection: string | undefined;
  /** "Inner", "Left", "Right", "Full", "Semi", "Anti", "Right Anti"… */
  readonly joinType: string | undefined;
  /** The join stops at the first match of each outer row. The text format tells it with VERBOSE only. */
  readonly innerUnique: boolean;
  /** Of an Aggregate: "Plain", "Sorted", "Hashed", "Mixed". */
  readonly strategy: string | undefined;
  /** Of a ModifyTable or a Foreign Scan: "Insert", "Update", "Delete", "Merge", "Select". */
  readonly operation: string | undefined;
  /** Of a ModifyTable: the relations it writes where they are not the one that the statement names, partitions for instance. */
  readonly targets: readonly Relation[];

  /** In the planner's units, of one loop: a page read in sequence is 1. No time. */
  readonly startupCost: number;
  readonly totalCost: number;
  /** Of one loop, and of one worker where the work is shared. */
  readonly planRows: number;
  /** Bytes a row. */
  readonly planWidth: number;

  /** How often the node ran, workers included; 0: never. */
  readonly loops: number | undefined;
  /** Mean of a loop; a whole number before version 18. */
  readonly rowsPerLoop: number | undefined;
  /** How far `rowsPerLoop` may be off, because it was rounded to print it. */
  readonly rounding: number;
  /** Milliseconds until the first row, mean of a loop. */
  readonly startupTimePerLoop: number | undefined;
  /** Milliseconds, mean of a loop, with the nodes below. Missing with TIMING off. */
  readonly timePerLoop: number | undefined;
  /** These counts are over all loops; each was rounded as a mean of a loop. The text format leaves a 0 out. */
  readonly rowsRemovedByFilter: number | undefined;
  readonly rowsRemovedByJoinFilter: number | undefined;
  readonly rowsRemovedByIndexRecheck: number | undefined;
  readonly rowsRemovedByConflictFilter: number | undefined;

  /** Conditions are for reading: on one line, without control characters. */
  readonly filter: string | undefined;
  /** The filter as a sentence can hold it: at most 160 characters. */
  readonly shortFilter: string | undefined;
  readonly indexCond: string | undefined;
  readonly recheckCond: string | undefined;
  readonly joinFilter: string | undefined;
  /** Of a Result: checked once; where it is false, nothing below runs. */
  readonly oneTimeFilter: string | undefined;
  /** What an index returns rows in the order of, where that is a distance: `(embedding <-> $1)`. */
  readonly orderBy: string | undefined;
  /** Every condition and key that is printed, in the order and under the label of the text format. */
  readonly conditions: readonly { readonly label: string; readonly text: string }[];

  /** With VERBOSE only; columns of a statement with one relation stand bare. */
  readonly output: readonly string[];
  readonly sortKey: readonly string[];
  /** "quicksort", "top-N heapsort", "external merge"… */
  readonly sortMethod: string | undefined;
  /** "Disk" if the leader, a worker or a group of an Incremental Sort spilled. */
  readonly sortSpaceType: "Memory" | "Disk" | undefined;
  /** kB, leader and workers together; of an Incremental Sort that of its largest group. */
  readonly sortSpaceUsed: number | undefined;
  /** Of an Incremental Sort: groups of rows with the same presorted keys sorted as a whole, and by the rest of the keys; leader and workers. */
  readonly sortGroups: { readonly full: number; readonly presorted: number } | undefined;
  /** Of a Hash. More than 1 batch: parts of it went to disk. */
  readonly hashBatches: number | undefined;
  /** What it started with: by the planner's estimate. */
  readonly originalHashBatches: number | undefined;
  readonly hashBuckets: number | undefined;
  readonly originalHashBuckets: number | undefined;
  /** Of a hashed Aggregate, the most of one process: above 1, groups went to disk. */
  readonly hashAggBatches: number | undefined;
  /** Of a hashed Aggregate: the planner expected it to need disk if above 0. */
  readonly plannedPartitions: number | undefined;
  /** kB of a hashed Aggregate, leader and workers together. */
  readonly diskUsage: number | undefined;
  /** kB that one process took at most: Hash, hashed Aggregate, Memoize. */
  readonly peakMemory: number | undefined;
  readonly cache: Cache | undefined;
  /** "logical" or "binary": how a Memoize compares its keys. */
  readonly cacheMode: string | undefined;
  /** From version 18 on, of a Materialize, CTE Scan, WindowAgg, Recursive Union…: where it kept its rows, and kB at most. */
  readonly storage: { readonly type: string; readonly size: number } | undefined;
  readonly heapFetches: number | undefined;
  /** Of a Bitmap Heap Scan. Before version 18 those of the leader alone. */
  readonly exactHeapBlocks: number | undefined;
  /** The bitmap outgrew `work_mem`: of these blocks every row was checked anew. */
  readonly lossyHeapBlocks: number | undefined;
  /** From version 18 on, over all loops and workers: descents from the root of the index. */
  readonly indexSearches: number | undefined;
  /** Of an Append or Merge Append: children that were pruned when the statement started. */
  readonly subplansRemoved: number | undefined;
  readonly changed: Changed | undefined;

  readonly workersPlanned: number | undefined;
  readonly workersLaunched: number | undefined;
  /** One worker does all of it, as where `debug_parallel_query` is on. */
  readonly singleCopy: boolean;
  /** Only what is printed by worker; empty without VERBOSE but for sorts, hashes and bitmaps. */
  readonly workers: readonly Worker[];
  readonly buffers: Buffers | undefined;
  /** With `track_io_timing` only. */
  readonly ioTimes: IoTimes | undefined;
  readonly wal: Wal | undefined;
  readonly children: readonly PrintedNode[];
}
