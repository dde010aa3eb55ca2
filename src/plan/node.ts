import type { Name } from "../sql/quote.ts";

/** Blocks of 8 kB, summed over loops and workers, with those of the nodes below. */
export interface Buffers {
  readonly sharedHit: number;
  readonly sharedRead: number;
  readonly sharedDirtied: number;
  readonly sharedWritten: number;
  readonly localHit: number;
  readonly localRead: number;
  readonly tempRead: number;
  readonly tempWritten: number;
}

/** The schema is printed with VERBOSE only. */
export interface Relation extends Name {
  readonly alias: string;
}

/** A node as EXPLAIN prints it, before any arithmetic. */
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

  readonly relation: Relation | undefined;
  readonly index: string | undefined;
  /** What is read where it is no relation: a function, a CTE, a subquery. */
  readonly source: string | undefined;
  readonly alias: string | undefined;
  /** "Forward", "Backward", "NoMovement". */
  readonly scanDirection: string | undefined;
  /** "Inner", "Left", "Right", "Full", "Semi", "Anti", "Right Anti"… */
  readonly joinType: string | undefined;
  /** The join stops at the first match of each outer row. */
  readonly innerUnique: boolean;
  /** Of an Aggregate: "Plain", "Sorted", "Hashed", "Mixed". */
  readonly strategy: string | undefined;

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
  /** Milliseconds, mean of a loop, with the nodes below. Missing with TIMING off. */
  readonly timePerLoop: number | undefined;
  readonly rowsRemovedByFilter: number | undefined;
  readonly rowsRemovedByJoinFilter: number | undefined;

  /** Conditions are for reading: on one line, without control characters. */
  readonly filter: string | undefined;
  /** The filter as a sentence can hold it: at most 160 characters. */
  readonly shortFilter: string | undefined;
  readonly indexCond: string | undefined;
  readonly recheckCond: string | undefined;
  readonly joinFilter: string | undefined;
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
  readonly hashBatches: number | undefined;
  readonly heapFetches: number | undefined;
  readonly workersPlanned: number | undefined;
  readonly workersLaunched: number | undefined;
  readonly buffers: Buffers | undefined;
  readonly children: readonly PrintedNode[];
}
