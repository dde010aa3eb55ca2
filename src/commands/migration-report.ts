import type { ReportFormat } from "../config.ts";
import { answerText } from "../tools/clean.ts";
import type { MigrationAnswer } from "../tools/migration-answer.ts";

export interface Judged {
  readonly path: string;
  readonly answer: MigrationAnswer;
  readonly text: (answer: MigrationAnswer) => string;
}

export function rendered(judged: readonly Judged[], format: ReportFormat, version: string): string {
  if (format === "json")
    return JSON.stringify({ version, verdict: worst(judged), files: judged.map(({ path, answer }) => ({ file: path, ...answer })) });
  if (format === "github") return judged.flatMap(annotations).join("\n");
  if (format === "sarif") return JSON.stringify(sarif(judged, version));
  return judged.map(({ path, answer, text }) => `${path}\n${answerText(text(answer), answer)}`).join("\n\n");
}

const verdicts = ["block", "review", "ok"] as const;
const worst = (judged: readonly Judged[]) => verdicts.find((verdict) => judged.some(({ answer }) => answer.verdict === verdict)) ?? "ok";

interface Told {
  readonly rule: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly object: string | undefined;
  readonly page: string | undefined;
}

/** Also what is no finding and blocks: a statement that Postgres refuses. */
function toldIn({ findings, statements }: MigrationAnswer): readonly Told[] {
  return [
    ...findings.map(({ rule, severity, message, fix, span, object, page }) => ({
      ...{ rule, severity, object, page, line: span?.line ?? 1, column: span?.column ?? 1 },
      message: fix === undefined ? message : `${message}\n${fix}`,
    })),
    ...statements.flatMap(({ refused, line }): readonly Told[] =>
      refused
        ? [
            {
              rule: "refused",
              severity: "error",
              message: `${refused.message} (${refused.code})`,
              line,
              column: 1,
              object: undefined,
              page: undefined,
            },
          ]
        : [],
    ),
  ];
}

const commands = { error: "error", warning: "warning", info: "notice" } as const;

/** https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
function annotations({ path, answer }: Judged): readonly string[] {
  const data = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (text: string) => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return toldIn(answer).map(
    ({ rule, severity, message, line, column }) =>
      `::${commands[severity]} file=${property(path)},line=${line},col=${column},title=${property(rule)}::${data(message)}`,
  );
}

const levels = { error: "error", warning: "warning", info: "note" } as const;

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
function sarif(judged: readonly Judged[], version: string) {
  const all = judged.flatMap(({ path, answer }) => toldIn(answer).map((told) => ({ path, ...told })));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "backend-db-mcp", version, rules: [...new Set(all.map(({ rule }) => rule))].map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: all.map(({ path, rule, severity, message, line, column, object }) => ({
          ruleId: rule,
          level: levels[severity],
          message: { text: message },
          locations: [{ physicalLocation: { artifactLocation: { uri: path }, region: { startLine: line, startColumn: column } } }],
          partialFingerprints: { "ruleAndObject/v1": `${rule} ${object ?? path}` },
        })),
      },
    ],
  };
}
