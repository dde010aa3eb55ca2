import { createHash } from "node:crypto";
import { relative, resolve } from "node:path";
import type { Config, ReportFormat } from "../config.ts";
import type { CheckReport } from "../tools/check-report.ts";
import { answerText, cleaned } from "../tools/clean.ts";
import { rendering } from "../tools/french.ts";
import { renderMarkdown } from "../tools/migration-markdown.ts";
import { keyOf } from "./baseline.ts";
import { type Sections, sarif } from "./sarif.ts";
import { type Judged, toldIn } from "./told.ts";

interface Place {
  readonly version: string;
  readonly language: Config["language"];
  /** Where GitHub has the repository checked out, if it runs this. */
  readonly workspace: string | undefined;
  readonly knowledge: Sections;
}

const NOTHING = "No migration to judge.";

export async function rendered(judged: readonly Judged[], format: ReportFormat, place: Place): Promise<string> {
  const { read, heading } = rendering(place.language);
  if (format === "text")
    return judged.map(({ path, answer, text }) => `${path}\n${answerText(heading(text(read(answer))), answer)}`).join("\n\n") || NOTHING;
  const files = judged.map((each) => ({ ...each, answer: cleaned(each.answer), path: pathFrom(place.workspace, each.path) }));
  if (format === "json") return JSON.stringify(report(files, place.version));
  if (format === "github") return files.flatMap(annotations).join("\n");
  if (format === "gitlab") return JSON.stringify(codeQuality(files));
  if (format === "sarif") return JSON.stringify(await sarif(files, place));
  return heading(renderMarkdown(files.map(({ path, answer }) => ({ file: path, answer: read(answer) })))) || NOTHING;
}

const report = (judged: readonly Judged[], version: string): CheckReport => ({
  version,
  verdict: worst(judged),
  files: judged.map(({ path, answer }) => ({ file: path, ...answer })),
});

const verdicts = ["block", "review", "ok"] as const;
const worst = (judged: readonly Judged[]) => verdicts.find((verdict) => judged.some(({ answer }) => answer.verdict === verdict)) ?? "ok";

/** Annotations and alerts count from the root of the repository, whatever folder this runs in. */
function pathFrom(workspace: string | undefined, path: string): string {
  const from = path === "-" || workspace === undefined ? path : relative(workspace, resolve(path));
  return (from.startsWith("..") ? path : from).replaceAll("\\", "/").replace(/^\.\//, "");
}

const commands = { error: "error", warning: "warning", info: "notice" } as const;

/** https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
function annotations({ path, answer }: Judged): readonly string[] {
  const data = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (text: string) => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return toldIn(answer).map(({ rule, severity, message, fix, line, column }) => {
    const said = fix === undefined ? message : `${message}\n${fix}`;
    return `::${commands[severity]} file=${property(path)},line=${line},col=${column},title=${property(rule)}::${data(said)}`;
  });
}

const grades = { error: "blocker", warning: "major", info: "info" } as const;

/** https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format: no two entries have one fingerprint. */
function codeQuality(judged: readonly Judged[]) {
  const seen = new Map<string, number>();
  return judged.flatMap(({ path, answer }) =>
    toldIn(answer).map((told) => {
      const key = keyOf(told, path);
      const number = (seen.get(key) ?? 0) + 1;
      seen.set(key, number);
      return {
        description: told.message,
        check_name: told.rule,
        fingerprint: createHash("sha256").update(`${key} ${number}`).digest("hex"),
        severity: grades[told.severity],
        location: { path, lines: { begin: told.line } },
      };
    }),
  );
}
