import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { unquote } from "../sql/quote.ts";

/** Of each partitioned table, those directly under it. */
export function partitionsOf({
  tables,
}: Pick<Schema, "tables">): readonly { readonly parent: Table; readonly partitions: readonly Table[] }[] {
  const byParent = new Map<number, Table[]>();
  for (const table of tables) {
    const [parent] = table.partition.bound === undefined ? [] : table.parents;
    if (parent) byParent.set(parent.oid, [...(byParent.get(parent.oid) ?? []), table]);
  }
  return tables.flatMap((parent) => (parent.partition.key === undefined ? [] : [{ parent, partitions: byParent.get(parent.oid) ?? [] }]));
}

/** Columns of a partition key such as `RANGE (created_at)`; undefined where an expression is among them. */
export function keyColumns({ partition, columns }: Pick<Table, "partition" | "columns">): Table["columns"] | undefined {
  const names = (/^\w+ \((.*)\)$/.exec(partition.key ?? "")?.[1] ?? "")
    .split(", ")
    .map((part) => unquote(/^("(?:[^"]|"")*"|\w+)/.exec(part)?.[0] ?? ""));
  const found = names.map((name) => columns.find((column) => column.name === name));
  return found.every((column) => column !== undefined) ? found : undefined;
}

/** From and to of a partition by time, in milliseconds since 1970; undefined where it has no such bounds, or no end. */
export function timeBounds({ partition: { bound = "" } }: Table): { readonly from: number; readonly to: number } | undefined {
  const [, from, to] = /^FOR VALUES FROM \('([^']*)'\) TO \('([^']*)'\)$/.exec(bound) ?? [];
  const bounds = { from: momentOf(from), to: momentOf(to) };
  return Number.isNaN(bounds.from) || Number.isNaN(bounds.to) ? undefined : bounds;
}

/** As Postgres prints a date or a timestamp in ISO style; one without a zone is taken for UTC. */
function momentOf(text = ""): number {
  const [, day, time = "00:00:00", zone = "+00"] = /^(\d{4}-\d{2}-\d{2})(?: ([\d:.]+))?([+-]\d{2}(?::\d{2})?)?$/.exec(text) ?? [];
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone.length === 3 ? `${zone}:00` : zone}`);
}
