import type { Plan, PlanNode } from "./plan.ts";

/** Header of a tuple without its system columns, aligned (`SizeofMinimalTupleHeader` in src/include/access/htup_details.h). */
const TUPLE_HEADER = 16;
/** Taken off for the commonest values of the other side (`SKEW_HASH_MEM_PERCENT` in src/include/executor/hashjoin.h). */
const SKEW = 0.02;
const LEAST_BUCKETS = 1024;

interface Machine {
  /** Bytes of a pointer. */
  readonly pointer: 4 | 8;
  /** Bytes before each tuple in a hash table: a pointer and a hash, aligned (`HJTUPLE_OVERHEAD`). */
  readonly overhead: 8 | 16;
}

const twin: Machine = { pointer: 4, overhead: 8 };
const server: Machine = { pointer: 8, overhead: 16 };

/** By the arithmetic of `ExecChooseHashTableSize` in src/backend/executor/nodeHash.c. */
function fits({ planRows, planWidth }: PlanNode, { pointer, overhead }: Machine, memory: number): boolean {
  const rows = Math.max(1, planRows);
  const tuples = rows * (overhead + TUPLE_HEADER + Math.ceil(planWidth / 8) * 8);
  const available = memory * (1 - SKEW);
  const most = 2 ** Math.floor(Math.log2(available / pointer));
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(LEAST_BUCKETS, Math.min(rows, most))));
  return tuples + buckets * pointer <= available;
}

/**
 * The twin is a 32-bit program: a hash table that just fits into memory there is larger on a server, which plans to write a
 * part of it to disk. `memory`: bytes that a hash table may take, `work_mem` times `hash_mem_multiplier`.
 */
export function spilledAtHome({ nodes }: Plan, memory: number): readonly string[] {
  const spilled = nodes.some((node) => node.type === "Hash" && fits(node, twin, memory) && !fits(node, server, memory));
  return spilled
    ? [
        "a hash table of this plan just fits work_mem in the twin, a 32-bit program, and just does not on a server: there the join costs more, or is planned otherwise",
      ]
    : [];
}
