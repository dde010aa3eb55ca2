import { onOneLineShown } from "../sql/hidden.ts";
import { literal, quote } from "../sql/quote.ts";
import { untrusted } from "./clean.ts";
import type { Detail, TableEntry } from "./table-entry.ts";

/** One line for a name; with columns, one line for each; with everything, one for each part. */
export function renderTable(table: TableEntry, detail: Detail): string {
  const lines = [detail === "names" ? `${heading(table)}${keys(table)}` : heading(table), ...(table.columns ?? []).map(column)];
  const columns = table.columns?.length ?? table.column_count;
  if (columns < table.column_count) lines.push(`  … and ${table.column_count - columns} more columns`);
  if (detail === "full") lines.push(...parts(table));
  return lines.map(onOneLineShown).join("\n");
}

function heading({ name, kind, rows, bytes, column_count, partition_key, partitions, partition, inherits }: TableEntry): string {
  const facts = [
    kind,
    rows !== undefined && `${rows.toLocaleString("en-US")} rows`,
    bytes !== undefined && size(bytes),
    `${column_count} ${column_count === 1 ? "column" : "columns"}`,
    partition_key !== undefined && `${partitions} ${partitions === 1 ? "partition" : "partitions"} by ${partition_key}`,
    partition !== undefined && `partition of ${partition}`,
    inherits !== undefined && `inherits ${inherits.join(", ")}`,
  ];
  return `${name}: ${facts.filter((fact) => fact !== false).join(", ")}`;
}

function keys({ primary_key, foreign_keys = [] }: TableEntry): string {
  const primary = primary_key === undefined ? "" : `; key ${primary_key.map(quote).join(", ")}`;
  return foreign_keys.length === 0 ? primary : `${primary}; ${foreign_keys.join("; ")}`;
}

function column(facts: NonNullable<TableEntry["columns"]>[number]): string {
  const { name, type, not_null, primary_key, references, identity, generated, collation, commented } = facts;
  const parts = [
    `  ${quote(name)} ${type}`,
    collation !== undefined && `collate ${collation}`,
    not_null && "not null",
    facts.default !== undefined && `default ${facts.default}`,
    identity !== undefined && `identity ${identity}`,
    generated !== undefined && `generated ${generated}`,
    primary_key && "key",
    references !== undefined && `-> ${references}`,
    commented && "(has a comment)",
  ];
  return parts.filter((part) => part !== false && part !== undefined).join(" ");
}

function parts(table: TableEntry): readonly string[] {
  const { constraints = [], indexes = [], policies = [], triggers = [], statistics = [], privileges = [], properties = [] } = table;
  const counters = Object.entries(table.counters ?? {}).filter(([, value]) => value !== 0);
  return [
    ...constraints.map(({ name, definition }) => `  constraint ${quote(name)}: ${definition}`),
    ...indexes.map(index),
    ...policies.map(({ name, definition }) => `  policy ${quote(name)}: ${definition}`),
    ...triggers.map(
      ({ name, definition, enabled }) => `  trigger ${quote(name)}${enabled === "origin" ? "" : ` (${enabled})`}: ${definition}`,
    ),
    ...statistics.map(({ definition }) => `  statistics: ${definition}`),
    ...(table.definition === undefined ? [] : [`  as ${untrusted(table.definition.replaceAll(/\s*\n\s*/g, " "))}`]),
    ...(table.owner === undefined ? [] : [`  ${[`owner ${quote(table.owner)}`, ...privileges].join("; ")}`]),
    ...(properties.length > 0 ? [`  ${properties.join("; ")}`] : []),
    ...(counters.length > 0 ? [`  counters: ${counters.map(([name, value]) => `${name} ${value}`).join(", ")}`] : []),
  ];
}

function index({ definition, bytes, scans, valid }: NonNullable<TableEntry["indexes"]>[number]): string {
  const facts = [bytes !== undefined && size(bytes), scans !== undefined && `${scans} scans`, valid === false && "invalid"];
  const told = facts.filter((fact) => fact !== false);
  return `  ${definition}${told.length > 0 ? ` (${told.join(", ")})` : ""}`;
}

export function renderType({
  name,
  kind,
  values,
  base,
}: {
  name: string;
  kind: string;
  values?: string[] | undefined;
  base?: string | undefined;
}) {
  const body = values === undefined ? (base ?? "") : `(${values.map((value) => (kind === "enum" ? literal(value) : value)).join(", ")})`;
  return onOneLineShown(`type ${name}: ${kind} ${body}`);
}

/** As many whole lines as fit, at least one, and how many are missing. */
export function cutLines(text: string, characters: number, wayOut: string): string {
  if (text.length <= characters) return text;
  const lines = text.split("\n");
  const fits = lines.findIndex((_, position) => lines.slice(0, position + 1).join("\n").length > characters);
  const kept = Math.max(1, fits);
  const first = lines.slice(0, kept).map((line) => line.slice(0, characters));
  return [...first, `  … and ${lines.length - kept} more lines: ${wayOut}`].join("\n");
}

const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** As `pg_size_pretty` counts, by 1,024. */
function size(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const number = bytes / 1024 ** power;
  return `${number < 10 && power > 0 ? number.toFixed(1) : Math.round(number)} ${UNITS[power]}`;
}
