import type { Table } from "../catalog/tables.ts";
import type { Plan } from "../plan/plan.ts";
import { explain, type Place, type Planned } from "./planner.ts";
import { countEntries } from "./sized.ts";
import type { Trial } from "./trial.ts";

/** A statement as it is planned with all chosen indexes in place. */
export interface Together {
  readonly statement: Planned;
  readonly plan: Plan;
  /** The chosen ones that it reads. */
  readonly used: readonly Trial[];
}

/**
 * Plans every statement once more with the chosen indexes and no other: whatever the search took for granted, what is told
 * is what the planner says.
 */
export async function planTogether(
  place: Place,
  planned: readonly Planned[],
  { chosen, measured }: { readonly chosen: readonly Trial[]; readonly measured: readonly Trial[] },
): Promise<readonly Together[]> {
  const hidden = measured.filter((trial) => !chosen.includes(trial)).flatMap(({ oids }) => oids);
  const all: Together[] = [];
  for (const statement of planned) {
    // It was planned a moment ago; only a planner that ran out of memory says no now.
    const { plan = statement.plan } = chosen.length === 0 ? statement : await explain(place, statement.statement, hidden);
    const read = new Set(plan.nodes.flatMap(({ index }) => index ?? []));
    all.push({ statement, plan, used: chosen.filter(({ names }) => names.some((name) => read.has(name))) });
  }
  return all;
}

/** What an index holds, all partitions together. */
export interface Entries {
  /** Rows that it has an entry for. */
  readonly rows: number;
  /** Of GIN, entries of a row: the elements of an array. */
  readonly elements: number | undefined;
}

export async function countTogether(
  session: Place["session"],
  { chosen, tables }: { readonly chosen: readonly Trial[]; readonly tables: readonly Table[] },
): Promise<ReadonlyMap<Trial, Entries>> {
  const counted = await countEntries(session, { indexes: chosen.flatMap(({ oids }) => oids), tables });
  return new Map(
    chosen.map((trial) => {
      const parts = trial.oids.flatMap((oid) => counted.get(oid) ?? []);
      const rows = parts.reduce((sum, part) => sum + part.rows, 0);
      const elements = parts.reduce((sum, part) => sum + part.rows * (part.elements ?? 0), 0);
      return [trial, { rows, elements: parts.some((part) => part.elements !== undefined) ? elements / Math.max(rows, 1) : undefined }];
    }),
  );
}
