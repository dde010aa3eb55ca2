import type { Counters } from "../../catalog/counters.ts";
import type { IndexUse } from "../../catalog/index-use.ts";
import type { Oid } from "../../catalog/names.ts";
import type { Standby } from "../../catalog/standbys.ts";

/** What servers counted of their indexes, and how far that can be trusted. Of DDL text there is none. */
export interface Circumstances {
  readonly source: "live" | "snapshot";
  /** When it was read, or the snapshot taken, by the server's clock. ISO 8601. */
  readonly asOf: string;
  /** Undefined: this role may not see them, or a snapshot is from before they were kept. */
  readonly counters: Counters | undefined;
  /** On the database in question. */
  readonly uses: ReadonlyMap<Oid, IndexUse>;
  readonly standbys: readonly Standby[];
  /** Other servers may read from the same storage, which no view lists (Amazon Aurora). */
  readonly sharesStorage: boolean;
  readonly replicas: readonly Replica[];
}

/** A database that the configuration calls a replica of the one in question. */
export type Replica = ReadReplica | { readonly name: string; readonly failed: string };

export interface ReadReplica {
  /** "10.0.0.2:5432/shop as reader" */
  readonly name: string;
  readonly failed?: undefined;
  readonly counters: Counters;
  readonly standbys: readonly Standby[];
  /** Matched by the names of index and schema: those of a replica by logical replication have other oids. */
  readonly uses: readonly IndexUse[];
}

/** What of a workload was planned. */
export interface Coverage {
  /** Of its time, 0 to 1; undefined: no workload is known. */
  readonly share: number | undefined;
  /** When it began to be counted. */
  readonly since: string | undefined;
}
