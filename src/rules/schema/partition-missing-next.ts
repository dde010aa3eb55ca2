import type { Table } from "../../catalog/tables.ts";
import { literal, nameOf, raw, sql } from "../../sql/quote.ts";
import { partitionsOf, timeBounds } from "../partitions.ts";
import { schemaRule } from "../rule.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Partitions that one would still add by hand. */
const FEW = 2;

export default schemaRule({
  id: "schema/partition-missing-next",
  severity: "warning",

  *check(schema) {
    const now = Date.parse(schema.settings.asOf ?? "");
    if (Number.isNaN(now)) return;
    for (const { parent, partitions } of partitionsOf(schema)) {
      const last = lastOf(partitions);
      if (!last || last.to - now >= Math.min(7 * DAY, last.to - last.from)) continue;

      const name = nameOf(parent.schema, parent.name);
      const isOver = last.to <= now;
      // Nobody leaves refused inserts for longer: rows no longer come, or somewhere else.
      const isForgotten = now - last.to > last.to - last.from;
      const rest = partitions.some(({ partition }) => partition.bound === "DEFAULT");
      const end = new Date(last.to).toISOString().slice(0, 10);
      yield {
        message: `The partitions of ${name} ${isOver ? "ended" : "end"} at ${end} and none comes after: ${rest ? "later rows go into its DEFAULT partition, which then refuses the partition that is made for them" : "an insert of a later row is refused"}.`,
        object: `${name}`,
        evidence: { end, asOf: (schema.settings.asOf ?? "").slice(0, 10) },
        ...(isOver && !rest && { severity: "error" as const }),
        ...(isForgotten && { severity: "info" as const }),
        ...(!rest && !isForgotten && nextOf(parent, last, now)),
      };
    }
  },
});

type Bounds = NonNullable<ReturnType<typeof timeBounds>>;

/** Undefined where not all end at a moment: one that goes to MAXVALUE takes whatever comes. */
function lastOf(partitions: readonly Table[]): Bounds | undefined {
  const bounds = partitions.filter(({ partition }) => partition.bound !== "DEFAULT").map(timeBounds);
  if (bounds.length === 0 || bounds.includes(undefined)) return undefined;
  return bounds.filter((each) => each !== undefined).reduce((last, each) => (each.to > last.to ? each : last));
}

/** As many as it takes to reach the present and one more; none where the period is no number of whole days or months. */
function nextOf(parent: Table, last: Bounds, now: number) {
  const starts = [last.to];
  while (starts.length <= FEW + 1 && (starts.at(-2) ?? 0) <= now) starts.push(afterPeriod(starts.at(-1) ?? 0, last));
  if (starts.length > FEW + 1 || starts.some((start) => start % DAY !== 0)) return undefined;
  const name = nameOf(parent.schema, parent.name);
  const added = starts.slice(0, -1).map((from, place) => ({ from: dayOf(from), to: dayOf(starts[place + 1] ?? 0) }));
  const partition = (from: string) => nameOf(parent.schema, `${parent.name}_${from.replaceAll("-", "_")}`);
  return {
    fix: added
      .map(
        ({ from, to }) =>
          sql`create table ${partition(from)} partition of ${name} for values from (${raw(literal(from))}) to (${raw(literal(to))});`,
      )
      .join("\n"),
    undo: added.map(({ from }) => sql`drop table ${partition(from)};`).join("\n"),
  };
}

const dayOf = (moment: number) => new Date(moment).toISOString().slice(0, 10);

/** Months differ in length; a partition from a first of a month to another is one of months. */
function afterPeriod(start: number, { from, to }: Bounds): number {
  const [first, next] = [new Date(from), new Date(to)];
  const isMonths = first.getUTCDate() === 1 && next.getUTCDate() === 1;
  if (!isMonths) return start + (to - from);
  const months = (next.getUTCFullYear() - first.getUTCFullYear()) * 12 + next.getUTCMonth() - first.getUTCMonth();
  const begin = new Date(start);
  return Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + months, 1);
}
