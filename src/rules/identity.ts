import type { Table } from "../catalog/tables.ts";

/** Whether a subscriber can tell which row is meant (https://www.postgresql.org/docs/current/logical-replication-publication.html). */
export function isIdentified({ replicaIdentity, indexes }: Pick<Table, "replicaIdentity" | "indexes">): boolean {
  if (replicaIdentity === "full") return true;
  if (replicaIdentity === "nothing") return false;
  return indexes.some((index) => index.valid && (replicaIdentity === "index" ? index.replicaIdentity : index.primary));
}
