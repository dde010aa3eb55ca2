import type { Catalog } from "../catalog/catalog.ts";
import type { Settings } from "../catalog/settings.ts";
import type { Table } from "../catalog/tables.ts";
import { spanOf } from "../sql/position.ts";
import { nameOf, quote } from "../sql/quote.ts";
import type { Loaded } from "../twin/schema-text.ts";
import type { Session } from "../twin/twin.ts";
import type { Basis } from "./answer.ts";
import { hiddenStatistics } from "./hidden-statistics.ts";

/** Sizes are known or told, so costs can be compared; with statistics they can be shown. */
export type Sizes = "measured" | "assumed" | "unknown";

/** Whether the tables that hold rows have statistics that this role may see, and how old those are. */
export function statisticsOf(catalog: Catalog) {
  const { tables, statistics } = catalog;
  const known = new Set(statistics.map(({ schema, relation }) => `${schema}.${relation}`));
  const filled = tables.filter((table) => (table.kind === "table" || table.kind === "materialized view") && table.size.blocks > 0);
  const bare = filled.filter((table) => !known.has(`${table.schema}.${table.name}`));
  const hidden = hiddenStatistics(catalog);
  const dates = filled.map((table) => table.analyzed).filter((date) => date !== undefined);
  const grade: Basis["statistics"] =
    bare.length === 0 && hidden.limits.length === 0 ? "full" : bare.length < filled.length ? "partial" : "none";
  const unknown = bare.filter(({ oid }) => !hidden.tables.has(oid)).map(neverAnalysedAt);
  return { grade, asOf: dates.sort()[0], limits: [...unknown, ...hidden.limits] };
}

const neverAnalysedAt = ({ schema, name }: Table) => `there are no statistics of ${nameOf(schema, name)}: analyze ${nameOf(schema, name)};`;

/** The same where no statistics were read: a table that was never analysed has no row count either. */
export function countsOf(tables: readonly Table[]) {
  const filled = tables.filter((table) => table.kind === "table" && table.size.blocks > 0);
  const bare = filled.filter((table) => table.size.tuples < 0);
  const dates = filled.map((table) => table.analyzed).filter((date) => date !== undefined);
  const grade: Basis["statistics"] = bare.length === 0 ? "full" : bare.length < filled.length ? "partial" : "none";
  return { grade, asOf: dates.sort()[0], limits: bare.length === 0 ? [] : [neverAnalysed(bare)] };
}

const NAMED = 5;

function neverAnalysed(tables: readonly Table[]): string {
  const names = tables.slice(0, NAMED).map((table) => nameOf(table.schema, table.name).toString());
  const more = tables.length > NAMED ? ` and ${tables.length - NAMED} more` : "";
  return `how many rows are in ${names.join(", ")}${more}: never analysed`;
}

export const sizeLimits = ({ started }: Session): readonly string[] =>
  started.sizes === "hook" ? [] : ["sizes are told to the twin by the length of its files, so the height of B-trees is missing from costs"];

/** ALTER ROLE SET and ALTER DATABASE SET of our own role are in the plan; those of others are not. */
export function roleLimits({ user, otherRoles }: Settings): readonly string[] {
  if (otherRoles.length === 0) return [];
  const own = otherRoles.slice(0, NAMED).map(({ role, settings }) => {
    const set = settings.map(({ name, value }) => `${name} = ${value}`);
    return `${quote(role)} has its own ${set.join(", ")}`;
  });
  const more = otherRoles.length > NAMED ? `, and ${otherRoles.length - NAMED} more roles have settings of their own` : "";
  return [`plans are those of the role ${quote(user)}: ${own.join(", ")}${more}`];
}

export function textLimits({ refused, missingExtensions }: Loaded): readonly string[] {
  const statements = refused.map(({ statement, refused: no }) => {
    const { line } = spanOf(statement.source, statement.start, statement.end);
    return `line ${line} of schema_sql was refused: ${no.message}`;
  });
  return [...statements, ...missingExtensions.map((extension) => `extension ${extension} is not in the twin, nor what needs it`)];
}

export function countLimits(tables: readonly Table[], sizes: Sizes): readonly string[] {
  if (sizes === "unknown") return ["sizes are unknown, so no plan is shown: pass row_counts ({ table: rows })"];
  const bare = tables
    .filter((table) => table.kind === "table" && table.rows === undefined)
    .map((table) => nameOf(table.schema, table.name));
  const counted = "values and their spread are assumed, so plans are shown without costs";
  return bare.length === 0 ? [counted] : [counted, `no row count for ${bare.join(", ")}`];
}
