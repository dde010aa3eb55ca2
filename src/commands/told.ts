import type { MigrationAnswer } from "../tools/migration-answer.ts";
import { grave } from "../tools/migration-rollback.ts";

export interface Judged {
  readonly path: string;
  readonly sql: string;
  readonly answer: MigrationAnswer;
  readonly text: (answer: MigrationAnswer) => string;
}

export interface Told {
  readonly rule: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly fix: string | undefined;
  readonly line: number;
  readonly column: number;
  /** Of the text, in characters; undefined where only the line is known. */
  readonly end: number | undefined;
  readonly object: string | undefined;
  readonly page: string | undefined;
}

const ofLine = (rule: string, severity: Told["severity"], { line, message }: Pick<Told, "line" | "message">): Told => ({
  ...{ rule, severity, message, line, column: 1 },
  ...{ fix: undefined, end: undefined, object: undefined, page: undefined },
});

/** Also what is no finding: a statement that Postgres refuses, a comment that silences nothing, and what the rollback does, which is not of the file's own lines. */
export function toldIn({ findings, statements, suppressed, rollback }: MigrationAnswer): readonly Told[] {
  return [
    ...findings.map(({ rule, severity, message, fix, span, object, page }) => ({
      ...{ rule, severity, message, fix, object, page, end: span?.end, line: span?.line ?? 1, column: span?.column ?? 1 },
    })),
    ...statements.flatMap(({ refused, line }) =>
      refused ? [ofLine("refused", "error", { line, message: `${refused.message} (${refused.code})` })] : [],
    ),
    ...(suppressed?.comments_without_effect ?? []).map(({ line, problem }) =>
      ofLine("ignore-without-effect", "warning", { line, message: problem }),
    ),
    ...grave(rollback).map(({ rule, message, span, object, page }) => ({
      ...ofLine(rule, "info", { line: 1, message: `In the rollback, line ${span?.line ?? 1}: ${message}` }),
      ...{ object, page },
    })),
  ];
}
