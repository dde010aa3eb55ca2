import type { Table } from "../../catalog/tables.ts";
import type { Circumstances } from "./circumstances.ts";
import { bytesText, countText, dayOf, daysBetween } from "./figures.ts";
import { countedReplicas } from "./servers.ts";
import type { Standing } from "./standing.ts";

/** What servers counted of the reads of an index, or of several that one would replace. */
export interface Reads {
  readonly scans: number;
  /** The latest that is known: none is before 16. */
  readonly last: string | undefined;
  /** Days that were counted here; undefined where nobody knows. */
  readonly days: number | undefined;
  readonly sentence: string;
}

interface Counted {
  readonly scans: number;
  readonly last: string | undefined;
}

export function readsOf(standings: readonly Standing[], circumstances: Circumstances): Reads {
  const { counters, asOf, source, uses } = circumstances;
  const leaves = standings.flatMap((standing) => standing.leaves);
  const here = sumOf(leaves.map(({ oid, usage }) => ({ scans: uses.get(oid)?.scans ?? usage.scans, last: uses.get(oid)?.lastScan })));
  const names = new Set(leaves.map(({ schema, name }) => JSON.stringify([schema, name])));
  const elsewhere = countedReplicas(circumstances).map((replica) => ({
    name: replica.name,
    since: replica.counters.since,
    ...sumOf(
      replica.uses
        .filter(({ schema, name }) => names.has(JSON.stringify([schema, name])))
        .map(({ scans, lastScan }) => ({ scans, last: lastScan })),
    ),
  }));
  const all = sumOf([here, ...elsewhere]);
  const days = counters?.since === undefined ? undefined : daysBetween(counters.since, asOf);
  const snapshot = source === "snapshot" ? `, up to ${dayOf(asOf)}, when the snapshot was taken` : "";
  const others = elsewhere.map(({ name, since, ...counted }) => `; on ${name} ${countedText(counted, sinceText(since))}`);
  const period = `${sinceText(counters?.since)}${days === undefined ? "" : ` (${countText(days, "day")})`}`;
  return {
    ...all,
    days,
    sentence: `Read ${countedText(here, period)}${snapshot}${others.join("")}.`,
  };
}

const sinceText = (since: string | undefined) => `since ${since === undefined ? "nobody knows when" : dayOf(since)}`;

/** "7 times since 2026-03-01, last on 2026-05-04" */
const countedText = ({ scans, last }: Counted, period: string) =>
  `${countText(scans, "time")} ${period}${last === undefined ? "" : `, last on ${dayOf(last)}`}`;

const sumOf = (counted: readonly Counted[]): Counted => ({
  scans: counted.reduce((sum, { scans }) => sum + scans, 0),
  last: counted
    .flatMap(({ last }) => last ?? [])
    .sort()
    .at(-1),
});

/** Scans of its table by any way, its partitions' included. */
export const tableReads = (table: Table, tables: readonly Table[]) => usageOf(table, tables).reads;

/** What it costs to keep: its size, and the writes that it slows down. Updates that touch no indexed column leave it alone. */
export function keepingCost({ bytes, table }: Standing, tables: readonly Table[]): string {
  const { writes } = usageOf(table, tables);
  const rarely = writes < FEW_WRITES ? ", so it costs little more than that" : "";
  return `It takes ${bytesText(bytes)}, and ${countText(writes, "write")} kept it up to date${rarely}.`;
}

/** In all the time that was counted. */
const FEW_WRITES = 100;

function usageOf(table: Table, tables: readonly Table[]): { readonly reads: number; readonly writes: number } {
  const parts = tables.filter(({ partition, parents }) => partition.bound !== undefined && parents.some(({ oid }) => oid === table.oid));
  if (table.kind === "partitioned table") {
    const all = parts.map((part) => usageOf(part, tables));
    return { reads: all.reduce((sum, { reads }) => sum + reads, 0), writes: all.reduce((sum, { writes }) => sum + writes, 0) };
  }
  const { sequentialScans, indexScans, inserts, updates, hotUpdates } = table.usage;
  return { reads: sequentialScans + indexScans, writes: inserts + updates - hotUpdates };
}
