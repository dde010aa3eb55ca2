import { durationInWords } from "../migration/duration.ts";
import type { MigrationAnswer } from "./migration-answer.ts";
import { fixLines } from "./migration-fixes.ts";
import { ormLines } from "./migration-orm.ts";

/** Of a comment on GitHub, less what others put around it. */
const MOST_CHARACTERS = 60_000;
const MOST_STATEMENTS = 50;

/** For a pull request: what is long is folded, and nothing that a name or a message holds is markup, a link or a mention. */
export function renderMarkdown(answers: readonly { readonly file?: string | undefined; readonly answer: MigrationAnswer }[]): string {
  const blocks = answers.flatMap(({ file, answer }) => blocksOf(answer, file));
  const shown: string[] = [];
  let characters = 0;
  for (const block of blocks) {
    characters += block.length + 2;
    if (characters > MOST_CHARACTERS) break;
    shown.push(block);
  }
  if (shown.length < blocks.length) shown.push(`… cut at ${MOST_CHARACTERS} characters: ${blocks.length - shown.length} more parts.`);
  return shown.join("\n\n");
}

const blocksOf = (answer: MigrationAnswer, file: string | undefined): readonly string[] =>
  [
    file === undefined ? "" : `### ${code(file)}`,
    `**Verdict: ${answer.verdict}.** ${plain(answer.summary)}. ${plain(basisOf(answer))}`,
    statementsOf(answer),
    ...answer.findings.map(findingBlock),
    suppressedOf(answer),
    dependenciesOf(answer),
    queriesOf(answer),
    rollbackOf(answer),
    folded("Compare the rows before and after", answer.integrity.flatMap(integrityLines)),
    ["**Checklist** (ticked: verified here)", "", ...answer.checklist.map(itemLine)].join("\n"),
    answer.limits.length === 0
      ? ""
      : folded(
          "Not seen",
          answer.limits.map((limit) => `- ${plain(limit)}`),
        ),
  ].filter((block) => block !== "");

const basisOf = ({ basis: { planner, server_version, statistics } }: MigrationAnswer) =>
  [
    planner === undefined ? "Not rehearsed: there was no schema" : `Rehearsed in ${planner}`,
    server_version && `for PostgreSQL ${server_version}`,
    `statistics ${statistics}.`,
  ]
    .filter(Boolean)
    .join(", ");

function statementsOf({ statements }: MigrationAnswer): string {
  if (statements.length === 0) return "";
  const rows = statements.slice(0, MOST_STATEMENTS).map((statement, at) => {
    const { sql, locks, rewrites = [], scans = [], builds = [], refused, work: moved } = statement;
    const locked = locks?.map(({ relation, mode }) => `${mode} on ${code(relation)}`).join("<br>") ?? "not rehearsed";
    const work = [...named("rewrites", rewrites), ...named("scans", scans), ...named("builds", builds)].join("<br>");
    const refusal = refused && `**refused** (${plain(refused.code)}): ${plain(refused.message)}`;
    return [String(at + 1), code(sql), refusal ?? locked, work, plain(moved?.seconds ? durationInWords(moved.seconds) : "")];
  });
  const more = statements.length - rows.length;
  return [
    row(["#", "Statement", "Locks", "Work", "Time"]),
    row(["--:", "---", "---", "---", "---"]),
    ...rows.map((cells) => row(cells.map((cell) => cell.replace(/(?<!\\)\|/g, "\\|")))),
    ...(more > 0 ? ["", `… ${more} more.`] : []),
  ].join("\n");
}

const named = (verb: string, names: readonly string[]) => (names.length === 0 ? [] : [`${verb} ${names.map(code).join(", ")}`]);
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

type Finding = MigrationAnswer["findings"][number];

function findingBlock({ severity, rule, span, message, fix, undo, fix_run, fix_orm }: Finding): string {
  const place = span === undefined ? "" : `, line ${span.line}`;
  if (fix === undefined) return `**${severity}** ${plain(rule)}${place}: ${plain(message)}`;
  const back = undo === undefined ? [] : ["", "Undo:", "", fenced(undo)];
  return folded(`${severity} ${rule}${place}: ${message}`, [
    "Instead:",
    "",
    fenced(fix),
    ...fixLines({ fix_run }).flatMap((line) => ["", plain(line)]),
    ...ormLines({ fix_orm }).flatMap((line) => ["", plain(line)]),
    ...(fix_orm?.files ?? []).flatMap(({ path, body }) => ["", code(path), "", fenced(body)]),
    ...back,
  ]);
}

function suppressedOf({ suppressed }: MigrationAnswer): string {
  if (!suppressed) return "";
  const { findings, comments_without_effect: problems } = suppressed;
  return folded(`Suppressed: ${findings.length}; comments without effect: ${problems.length}`, [
    ...findings.map(({ rule, object, line, reason }) => {
      const place = line === undefined ? "" : `, line ${line}`;
      return `- ${plain(rule)}${object === undefined ? "" : ` on ${code(object)}`}${place}: ${plain(reason)}`;
    }),
    ...problems.map(({ line, problem }) => `- line ${line}: ${plain(problem)}`),
  ]);
}

function dependenciesOf({ depends_on_data }: MigrationAnswer): string {
  if (depends_on_data.length === 0) return "";
  const words = { holds: "held in the sample of the last ANALYZE", fails: "did not hold at the last ANALYZE", unknown: "not known" };
  return folded(
    `Depends on rows: ${depends_on_data.length}`,
    depends_on_data.flatMap(({ statement, condition, check, verdict }) => [
      `${statement}\\. ${plain(condition)}: ${words[verdict]}`,
      "",
      fenced(check),
      "",
    ]),
  );
}

function queriesOf({ queries }: MigrationAnswer): string {
  if (!queries || queries.changed.length === 0) return "";
  return folded(
    `Queries of the application that fail or get dearer: ${queries.changed.length} of ${queries.planned}`,
    queries.changed.flatMap(({ sql, verdict, refused, cost_before = 0, cost_after = 0 }) => [
      verdict === "fails" ? `fails: ${plain(refused ?? "")}` : `dearer: planner cost ${cost_before} to ${cost_after}`,
      "",
      fenced(sql),
      "",
    ]),
  );
}

function rollbackOf({ rollback }: MigrationAnswer): string {
  if (!rollback) return "";
  const { sql, ran, identical, refused, differences, lossy, backups, findings } = rollback;
  const state =
    refused === undefined ? `run after the migration; catalog ${identical ? "identical" : "differs"}` : ran ? "refused" : "not run";
  return folded(`Rollback: ${state}`, [
    ...(refused === undefined ? [] : [plain(refused), ""]),
    ...(sql === undefined || sql === "" ? [] : [fenced(sql), ""]),
    ...differences.map((difference) => `- ${plain(difference)}`),
    ...findings.map(({ severity, rule, span, message }) => {
      const place = span === undefined ? "" : `, line ${span.line}`;
      return `- **${severity}** ${plain(rule)}${place}: ${plain(message)}`;
    }),
    ...lossy.map((loss) => `- not restored: ${plain(loss)}`),
    ...backups.flatMap(({ keeps, before, restore }) => [
      "",
      `To keep ${plain(keeps)}, before the migration:`,
      "",
      fenced(before),
      ...(restore === undefined ? [] : ["", "After the rollback:", "", fenced(restore)]),
    ]),
  ]);
}

const integrityLines = ({ before, after, expect }: MigrationAnswer["integrity"][number]): readonly string[] => [
  plain(expect),
  "",
  fenced(after === undefined || after === before ? before : `${before}\n-- then\n${after}`),
  "",
];

const itemLine = ({ item, done, evidence }: MigrationAnswer["checklist"][number]) =>
  `- [${done === true ? "x" : " "}] ${plain(item)}: ${plain(evidence)}`;

/** The summary is HTML, in which Markdown does not count. */
function folded(summary: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const title = unlinked(html(oneLine(summary))).replaceAll("`", "&#96;");
  return [`<details><summary>${title}</summary>`, lines.join("\n").trim(), "</details>"].join("\n\n");
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
const html = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** An empty comment keeps GitHub from seeing a mention, the number of an issue or an address. */
const unlinked = (text: string) => text.replace(/[@#](?=\w)|:(?=\/\/)|\bwww(?=\.)|\bGH(?=-\d)/gi, "$&<!-- -->");

/** In one line, as it is written. */
const plain = (text: string) =>
  unlinked(
    html(oneLine(text))
      .replace(/[\\`*_[\]~|]/g, "\\$&")
      .replace(/^([-+]|\d+(?=[.)]))/, "\\$1"),
  );

/** Between more backticks than it has in a row; a bar would end the cell of a table. */
function code(text: string): string {
  const line = oneLine(text) || " ";
  const ticks = "`".repeat(longestRun(line) + 1);
  const space = /^`|`$/.test(line) ? " " : "";
  return `${ticks}${space}${line.replaceAll("|", "\\|")}${space}${ticks}`;
}

function fenced(sql: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(sql) + 1));
  return `${fence}sql\n${sql}\n${fence}`;
}

const longestRun = (text: string) => Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
