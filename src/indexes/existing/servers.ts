import { quote } from "../../sql/quote.ts";
import type { Circumstances, Coverage, ReadReplica } from "./circumstances.ts";
import { dayOf, daysBetween } from "./figures.ts";

/** Days: a report of once a month is read in that time. */
export const ENOUGH_DAYS = 30;
/** Of a workload's time. */
export const ENOUGH_SHARE = 0.9;

/** Replicas whose scans are those of these indexes, each server once. */
export function countedReplicas({ counters, uses, replicas }: Circumstances): readonly ReadReplica[] {
  const started = new Set([counters?.started]);
  return replicas.flatMap((replica) => {
    if (replica.failed !== undefined || started.has(replica.counters.started)) return [];
    started.add(replica.counters.started);
    return isForeign(replica, uses) ? [] : [replica];
  });
}

/** A standby has the oids of its primary. One that has others follows another server. */
function isForeign({ counters, uses }: ReadReplica, own: Circumstances["uses"]): boolean {
  return (
    counters.standby &&
    own.size > 0 &&
    !uses.some(({ oid, schema, name }) => own.get(oid)?.name === name && own.get(oid)?.schema === schema)
  );
}

/** What would have to be known before an index that nothing seems to need can be called needless, a few words each. */
export function missingFor(circumstances: Circumstances | undefined, coverage: Coverage): readonly string[] {
  if (!circumstances) return ["how often it is read, which DDL text does not say", ...uncovered(coverage)];
  const { counters, asOf, replicas } = circumstances;
  const counted = countedReplicas(circumstances);
  return [
    ...(counters ? unsure(counters, { asOf, where: "here" }) : ["since when scans are counted"]),
    ...(counters?.standby ? ["the scans on the primary, because this is a standby"] : []),
    ...counted.flatMap((replica) => unsure(replica.counters, { asOf, where: `on ${replica.name}` })),
    ...replicas.flatMap((replica) => unread(replica, circumstances, counted)),
    ...unreadStandbys(circumstances, counted),
    ...uncovered(coverage),
  ];
}

function unsure(
  { since, counting }: ReadReplica["counters"],
  { asOf, where }: { readonly asOf: string; readonly where: string },
): readonly string[] {
  if (!counting) return [`scans ${where}, which track_counts = off does not count`];
  if (since === undefined) return [`since when scans are counted ${where}`];
  const days = daysBetween(since, asOf);
  return days < ENOUGH_DAYS ? [`${ENOUGH_DAYS} days of counters ${where}: they began ${days} days ago, on ${dayOf(since)}`] : [];
}

function unread(replica: Circumstances["replicas"][number], { counters, uses }: Circumstances, counted: readonly ReadReplica[]) {
  if (replica.failed !== undefined) return [`the scans on ${replica.name}, which did not answer`];
  if (replica.counters.started === counters?.started) return [`the scans on a replica: ${replica.name} is the database itself`];
  if (!counted.includes(replica) && isForeign(replica, uses))
    return [`the scans on a replica: ${replica.name} is a standby of another server`];
  return [];
}

/** A standby that is fed from an archive is in no list, so only those that stream stand for one of the listed. */
function unreadStandbys({ source, standbys, sharesStorage, replicas }: Circumstances, counted: readonly ReadReplica[]): readonly string[] {
  const followers = counted.filter(({ counters }) => counters.standby);
  const seen = [...standbys, ...followers.flatMap((replica) => replica.standbys)];
  const left = seen.length - followers.filter(({ counters }) => counters.streaming).length;
  const way = source === "snapshot" ? "which no snapshot has" : "name each in DATABASE_REPLICA_URL";
  if (left > 0) return [`the scans on ${left} of ${seen.length} standbys (${seen.map(called).join(", ")}): ${way}`];
  return sharesStorage && replicas.length === 0 ? [`the scans on readers of the same storage, which Aurora does not list: ${way}`] : [];
}

const called = ({ name, connected }: Circumstances["standbys"][number]) =>
  `${name === undefined ? "hidden from this role" : quote(name)}${connected ? "" : ", not connected"}`;

function uncovered({ share }: Coverage): readonly string[] {
  if (share === undefined) return ["a workload to plan without it"];
  return share < ENOUGH_SHARE ? [`plans of 90 % of the workload's time: ${Math.floor(share * 100)} % were planned`] : [];
}
