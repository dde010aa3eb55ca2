import { spanOf } from "../sql/position.ts";
import { restoreQuery } from "../twin/restore-query.ts";
import type { Loaded } from "../twin/schema-text.ts";
import type { Assumption } from "../twin/synthesis.ts";
import type { ResponseFormat } from "./answer.ts";
import type { Known } from "./schema.ts";

const NAMED = 5;

const shortened = (names: readonly string[], most: number) =>
  names.length > most ? `${names.slice(0, most).join(", ")} and ${names.length - most} more` : names.join(", ");

/** What of a text neither Postgres refused nor the twin has. */
export function unloadedLimits({ notRestored, notRun }: Pick<Loaded, "notRestored" | "notRun">): readonly string[] {
  const lines = notRun.map(({ source, start, end }) => String(spanOf(source, start, end).line));
  return [
    ...(notRestored.length > 0
      ? [`some or all statistics in schema_sql of ${shortened(notRestored, NAMED)}: they do not fit its tables`]
      : []),
    ...(lines.length > 0 ? [`what a SELECT in line ${shortened(lines, NAMED)} of schema_sql calls was not run`] : []),
  ];
}

/** Assumptions in a concise answer: more are counted, not shown. */
const CONCISE_ASSUMPTIONS = 10;

/** What decides most about a plan comes first. */
const weights: readonly Assumption["about"][] = ["values", "nulls", "order"];

/** All of them in one sentence, columns of which the same is assumed together. */
export function assumptionLimits(assumptions: readonly Assumption[], format: ResponseFormat): readonly string[] {
  if (assumptions.length === 0) return [];
  const ordered = [...assumptions].sort((one, other) => weights.indexOf(one.about) - weights.indexOf(other.about));
  const shown = format === "concise" ? ordered.slice(0, CONCISE_ASSUMPTIONS) : ordered;
  const columnsOf = (assumed: string) => shown.filter((each) => each.assumed === assumed).map(({ table, column }) => `${table}.${column}`);
  const groups = [...new Set(shown.map(({ assumed }) => assumed))].map((assumed) => `${columnsOf(assumed).join(", ")} ${assumed}`);
  const more = assumptions.length - shown.length;
  return [
    `assumed: ${groups.join("; ")}${more > 0 ? `; and ${more} more (response_format detailed)` : ""}; of everything else what the planner assumes by default`,
  ];
}

const BRIEF =
  "for real costs, the same call with response_format detailed gives one read-only query whose output brings the real sizes and statistics; or pass a pg_dump --schema-only --statistics (18)";

const WAY =
  "for real costs append to schema_sql what this prints on the real server (psql -XAt): sizes and statistics from the catalog; the part in /* */ adds common values and histograms, which are values out of rows and make plans exact";

/** The way from assumed or unknown sizes to real ones; undefined where there is nothing to gain. */
export function wayToStatistics(
  { basis, sizes, catalog: { tables } }: Pick<Known, "basis" | "sizes" | "catalog">,
  format: ResponseFormat,
): string | undefined {
  if (basis.source !== "schema_sql" || sizes === "measured") return undefined;
  const roots = tables.filter(({ kind, partition }) => partition.bound === undefined && kind !== "view" && kind !== "foreign table");
  if (roots.length === 0) return undefined;
  return format === "concise" ? BRIEF : `${WAY}\n\n${restoreQuery(roots)}`;
}
