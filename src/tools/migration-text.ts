import { durationInWords } from "../migration/duration.ts";
import { join, type ResponseFormat, renderBasis, renderExamined, renderFindings, renderLimits } from "./answer.ts";
import { brokenLines } from "./broken-queries.ts";
import type { MigrationAnswer } from "./migration-answer.ts";
import { fixLines } from "./migration-fixes.ts";
import { ormLines } from "./migration-orm.ts";
import { suppressedLines } from "./suppressed.ts";

/** Statements in a concise answer that do nothing worth a line are counted. */
const CONCISE_STATEMENTS = 12;

export function renderMigration(answer: MigrationAnswer, format: ResponseFormat): string {
  const { basis, examined, verdict, summary, findings, suppressed, limits, next } = answer;
  return join(
    [
      [rehearsedIn(renderBasis(basis)), renderExamined(examined)].join("\n"),
      `Verdict: ${verdict}. ${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
      renderFindings(findings, format, (found) => [...fixLines(found), ...ormLines(found)]),
      suppressed ? suppressedLines(suppressed) : "",
      renderStatements(answer, format),
      renderDependencies(answer),
      renderIntegrity(answer),
      answer.queries ? brokenLines(answer.queries) : "",
      renderRollback(answer, format),
      renderChecklist(answer),
      renderLimits(limits),
      next === undefined ? "" : `Next: ${next}`,
    ],
    format,
  );
}

const rehearsedIn = (line: string) =>
  line.replace("not planned", "not rehearsed").replace("planned by", "rehearsed in").replace("the statement", "the script");

type Statement = MigrationAnswer["statements"][number];

function renderStatements({ statements }: MigrationAnswer, format: ResponseFormat): string {
  const rehearsed = statements.filter(({ locks, refused }) => locks !== undefined || refused !== undefined);
  if (rehearsed.length === 0) return "";
  const lines = statements.map((statement, index) => ({ statement, line: renderStatement(statement, index + 1, statements.length) }));
  const telling = format === "detailed" ? lines : lines.filter(({ statement }) => isTelling(statement)).slice(0, CONCISE_STATEMENTS);
  const silent = lines.length - telling.length;
  return [
    "Statements:",
    ...telling.map(({ line }) => line),
    ...(silent > 0 ? [`… ${silent} more, without lock, scan or refusal, or in detailed`] : []),
  ].join("\n");
}

const isTelling = ({ locks = [], refused }: Statement) => refused !== undefined || locks.length > 0;

function renderStatement(
  { sql, locks, rewrites = [], scans = [], builds = [], refused, work: moved }: Statement,
  number: number,
  of: number,
): string {
  const [first = ""] = sql.split("\n");
  const head = `${number}/${of} ${first.slice(0, 100)}`;
  if (refused) return `${head}\n   refused (${refused.code}): ${refused.message}`;
  if (!locks) return `${head}\n   not rehearsed`;
  const work = [
    locks.map(({ relation, mode }) => `${mode} on ${relation}`).join(", ") || "no lock on a table",
    rewrites.length > 0 && `rewrites ${rewrites.join(", ")}`,
    scans.length > 0 && `scans ${scans.join(", ")}`,
    builds.length > 0 && `builds ${builds.join(", ")}`,
    moved?.seconds && `${durationInWords(moved.seconds)} at ${moved.rate}`,
  ];
  return `${head}\n   ${work.filter(Boolean).join("; ")}`;
}

function renderDependencies({ depends_on_data }: MigrationAnswer): string {
  if (depends_on_data.length === 0) return "";
  const words = { holds: "so it was in the sample of the last ANALYZE", fails: "not so at the last ANALYZE", unknown: "not known" };
  return [
    "Depends on rows, which a twin does not have:",
    ...depends_on_data.map(({ statement, condition, check, verdict }) => `${statement}. ${condition}: ${words[verdict]}\n   ${check}`),
  ].join("\n");
}

function renderIntegrity({ integrity }: MigrationAnswer): string {
  if (integrity.length === 0) return "";
  return [
    "Compare the rows before and after:",
    ...integrity.flatMap(({ before, after, expect }) => [
      `- ${expect}`,
      `   ${before}`,
      ...(after === undefined || after === before ? [] : [`   then: ${after}`]),
    ]),
  ].join("\n");
}

/** Findings in it that a concise answer tells. */
const MOST_OF_ROLLBACK = 3;

function renderRollback({ rollback }: MigrationAnswer, format: ResponseFormat): string {
  if (!rollback) return "";
  const { sql, ran, identical, refused, differences, lossy, backups, findings } = rollback;
  const shown = findings.slice(0, format === "detailed" ? findings.length : MOST_OF_ROLLBACK);
  const state = !ran
    ? `not run, because ${refused}`
    : refused !== undefined
      ? `refused: ${refused}`
      : identical
        ? "run after the migration; catalog identical"
        : "run after the migration; catalog differs";
  return [
    `Rollback: ${state}.`,
    ...(sql === undefined || sql === "" ? [] : [sql.replaceAll(/^/gm, "   ")]),
    ...differences.map((difference) => `- ${difference}`),
    ...shown.map(({ severity, rule, span, message }) => `- ${severity} ${rule}${span ? `, line ${span.line}` : ""}: ${message}`),
    ...(shown.length < findings.length ? [`… and ${findings.length - shown.length} more of it: response_format detailed`] : []),
    ...(lossy.length > 0 ? [`Not restored: ${lossy.join("; ")}.`] : []),
    ...backups.flatMap(({ keeps, before, restore }) => [
      `To keep ${keeps}, before the migration: ${before}`,
      ...(restore === undefined ? ["   no primary key tells which row is which: put back by hand"] : [`   after the rollback: ${restore}`]),
    ]),
  ].join("\n");
}

const boxes = { true: "[x]", false: "[ ]", unknown: "[?]" } as const;

const renderChecklist = ({ checklist }: MigrationAnswer) =>
  [
    "Checklist ([x] done here, [ ] not, [?] cannot be seen from here):",
    ...checklist.map(({ item, done, evidence }) => `${boxes[`${done}`]} ${item}: ${evidence}`),
  ].join("\n");
