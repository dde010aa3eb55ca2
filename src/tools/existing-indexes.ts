import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import type { Advice } from "../indexes/advise.ts";
import { type Judged, judgeIndexes } from "../indexes/existing/judge.ts";
import { explain } from "../indexes/planner.ts";
import { dropTrials, placeAgain, type Trial } from "../indexes/trial.ts";
import { nameOf } from "../sql/quote.ts";
import { relationsHere, type TwinRelation } from "../twin/relations.ts";
import { size } from "./advice-verdict.ts";
import type { Statements } from "./asked-statements.ts";
import { readCircumstances } from "./circumstances.ts";
import type { Subject } from "./schema.ts";
import type { Output } from "./suggest-indexes.ts";
import type { Context } from "./tool.ts";

interface Asked {
  readonly subject: Subject;
  readonly statements: Statements;
  readonly advice: Advice;
  /** Of the server's own workload, percent of its time; undefined where another was given. */
  readonly timeCovered: number | undefined;
}

/** Whether each index of the tables in question can go, beside those that the advice adds. */
export async function judgeExisting(asked: Asked, context: Context): Promise<Required<Pick<Output, "existing" | "limits">>> {
  const { subject, statements, advice, timeCovered } = asked;
  const { catalog, basis } = subject;
  const { tables } = catalog;
  context.progress("Judging indexes that are there");
  const seen = basis.source === "schema_sql" ? undefined : await readCircumstances(catalog, context);
  const added = advice.chosen.map(({ candidate }) => candidate);
  const { replan, leave } = replanner(asked);
  const judged = await judgeIndexes({
    tables,
    circumstances: seen?.circumstances,
    coverage: { share: timeCovered === undefined ? undefined : timeCovered / 100, since: statements.counted?.since },
    added,
    replan,
  });
  await leave();
  return { existing: judged.map((each) => existingOf(each, tables)), limits: [...(seen?.limits ?? [])] };
}

/** Only a statement whose plan reads an index can be planned otherwise without it, but for unique ones, which stay anyway. Most questions need no plan at all. */
function replanner({ subject, statements, advice }: Asked) {
  const { session, catalog, directory } = subject;
  const { searchPath } = directory.settings;
  const texts = new Map(statements.given.map(({ number, read }) => [number, read.statement]));
  const { tables } = catalog;
  let here: ReadonlyMap<number, TwinRelation> | undefined;
  let added: readonly Trial[] | undefined;
  const replan = async (hidden: Index) => {
    here ??= await relationsHere(session, tables);
    const twins = familyOf(hidden, tables).flatMap(({ oid }) => here?.get(oid) ?? []);
    const names = new Set(twins.map(({ name }) => name));
    const replanned = [];
    for (const each of advice.statements) {
      const statement = texts.get(each.number);
      if (each.refused !== undefined || !statement) continue;
      if (!each.plans.after.nodes.some(({ index }) => index !== undefined && names.has(index))) continue;
      added ??= await placeAgain(session, advice.chosen, { tables, searchPath });
      const { plan } = await explain(
        { session, searchPath },
        statement,
        twins.map(({ oid }) => oid),
      );
      if (plan) replanned.push({ number: each.number, before: each.after, after: plan.root.totalCost });
    }
    return replanned;
  };
  const leave = async () => dropTrials(session, added ?? []);
  return { replan, leave };
}

/** The index of a partitioned table has parts at its partitions. */
function familyOf(index: Index, tables: readonly Table[]): readonly Index[] {
  const parts = tables.flatMap(({ indexes }) => indexes.filter(({ parent }) => parent === index.oid));
  return [index, ...parts.flatMap((part) => familyOf(part, tables))];
}

function existingOf({ index, table, verdict, evidence, sql, undo }: Judged, tables: readonly Table[]): Output["existing"][number] {
  const bytes = familyOf(index, tables).reduce((sum, part) => sum + part.bytes, 0);
  return {
    name: nameOf(index.schema, index.name).toString(),
    table: nameOf(table.schema, table.name).toString(),
    bytes,
    verdict,
    evidence: [...evidence],
    ...(sql !== undefined && { sql }),
    ...(undo !== undefined && { undo }),
  };
}

/** Those to drop in a concise answer. */
const CONCISE_DROPS = 3;

/** The ones that can go, and how many of the others there are. */
export function existingLines(existing: Output["existing"], format: "concise" | "detailed"): string {
  if (existing.length === 0) return "";
  const of = (verdict: string) => existing.filter((each) => each.verdict === verdict);
  const [drops, keeps, unsure] = [of("drop"), of("keep"), of("cannot tell")];
  const freed = drops.reduce((sum, { bytes }) => sum + bytes, 0);
  const head = `EXISTING ${existing.length}: drop ${drops.length}${drops.length > 0 ? ` (${size(freed)})` : ""}, keep ${keeps.length}, cannot tell ${unsure.length}`;
  const wanted = format === "detailed" ? [...drops, ...unsure, ...keeps] : drops.slice(0, CONCISE_DROPS);
  const lines = wanted.map(({ name, table, bytes, verdict, evidence, sql, undo }) =>
    [
      `${verdict} ${name} on ${table}, ${size(bytes)}: ${evidence.join(" ")}`,
      ...(sql === undefined ? [] : [`   ${sql.replaceAll("\n", "\n   ")}`]),
      ...(undo === undefined ? [] : [`   undo: ${undo.replaceAll("\n", "\n   ")}`]),
    ].join("\n"),
  );
  const left = drops.length - CONCISE_DROPS;
  const more = format === "concise" && left > 0 ? [`… and ${left} more to drop: response_format detailed`] : [];
  return [head, ...lines, ...more].join("\n");
}
