import * as z from "zod";
import { nearest, ToolError } from "../error.ts";
import { type Finding, severities } from "../finding.ts";
import { type Ignore, ignoresIn } from "../migration/ignores.ts";
import type { Step } from "../migration/step.ts";
import { healthRules } from "../rules/health-rules.ts";
import { migrationRules } from "../rules/migration-rules.ts";
import { migrationStyleRules } from "../rules/migration-style-rules.ts";
import { schemaRules } from "../rules/schema-rules.ts";

/** What was found and is not told among the findings, each with the reason that somebody gave, and comments that were to do that and do not. */
export const suppressed = z.object({
  findings: z.array(z.object({ rule: z.string(), object: z.string().optional(), line: z.int().optional(), reason: z.string() })),
  comments_without_effect: z.array(z.object({ line: z.int(), problem: z.string() })),
});
export type Suppressed = z.infer<typeof suppressed>;

/** Of rules, by id: for all objects, or by object, where "*" is any other. */
export type RuleSettings = Readonly<Record<string, Setting | Readonly<Record<string, Setting>>>>;
type Setting = Finding["severity"] | "off";

/** What backend-db-mcp.json says of rules. */
export interface RuleFile {
  readonly rules: RuleSettings;
  /** Rules of style and policy too. */
  readonly style: boolean;
  /** Its name, as a reason; "" where there is none. */
  readonly where: string;
}

const styleRules = new Set(migrationStyleRules.map(({ id }) => id));
const ofMigrations: readonly string[] = [...migrationRules, ...migrationStyleRules].map(({ id }) => id);
const settable = [...ofMigrations, ...[...schemaRules, ...Object.values(healthRules).flat()].map(({ id }) => id)];

/** Whether a rule of style is asked for by its name. */
export const asksStyle = (settings: RuleSettings): boolean =>
  Object.entries(settings).some(([id, setting]) => styleRules.has(id) && setting !== "off");

/** Throws `invalid_argument` for an id that no rule has; `where` says whose it is. */
export function refuseUnknownRules(settings: RuleSettings, where: string): void {
  const unknown = Object.keys(settings).find((id) => !settable.includes(id));
  if (unknown === undefined) return;
  throw new ToolError("invalid_argument", `${where}: rules: ${unknownRule(unknown, settable, "migrations, schemas or health")}`);
}

function unknownRule(id: string, known: readonly string[], kinds: string): string {
  const [near] = nearest(id, known, { most: 1 });
  return `there is no rule ${id} of ${kinds}${near === undefined ? "" : `; the nearest is ${near}`}`;
}

interface Judged {
  readonly findings: readonly Finding[];
  readonly suppressed?: Suppressed | undefined;
}

interface Told {
  readonly findings: Finding[];
  /** Absent where nothing is suppressed. */
  readonly suppressed?: Suppressed;
}

/** What comments of the script leave to be told. `asked`: ids of the rules that were asked. */
export function withoutIgnored(findings: readonly Finding[], steps: readonly Step[], asked: ReadonlySet<string>): Told {
  const ignores = ignoresIn(steps);
  const used = new Set<string>();
  const told = partition(findings, (finding) => {
    const ignore = ignores.find((each) => each.reason !== undefined && each.rules.includes(finding.rule) && covers(each, finding));
    if (ignore) used.add(keyOf(ignore, finding.rule));
    return ignore?.reason;
  });
  const problems = ignores.flatMap((ignore) => problemsOf(ignore, used, asked));
  return suppressing(told, problems);
}

const covers = ({ covers: stretch }: Ignore, { span }: Finding) =>
  stretch !== undefined && span !== undefined && stretch.start <= span.start && span.start < stretch.end;

const keyOf = ({ line }: Ignore, rule: string) => `${line} ${rule}`;

function problemsOf(ignore: Ignore, used: ReadonlySet<string>, asked: ReadonlySet<string>): Suppressed["comments_without_effect"] {
  const { line, rules, reason } = ignore;
  return rules.flatMap((rule) => {
    if (used.has(keyOf(ignore, rule))) return [];
    if (!ofMigrations.includes(rule)) return [{ line, problem: unknownRule(rule, ofMigrations, "migrations") }];
    if (reason === undefined) return [{ line, problem: `it gives no reason: write -- ignore ${rules.join(", ")}: and why` }];
    return asked.has(rule) ? [{ line, problem: `${rule} finds nothing there` }] : [];
  });
}

/** The findings as a configuration file grades them, the gravest first; its name is the reason of those that it turns off. */
export function graded(answer: Judged, { rules: settings, style, where }: RuleFile): Told {
  refuseUnknownRules(settings, where);
  const settingOf = ({ rule, object }: Finding): Setting | undefined => {
    const setting = settings[rule];
    if (typeof setting !== "object") return setting;
    return Object.entries(setting).find(([name]) => name === object || name === `public.${object}`)?.[1] ?? setting["*"];
  };
  const asked = answer.findings.filter((finding) => style || !styleRules.has(finding.rule) || settingOf(finding) !== undefined);
  const told = partition(asked, (finding) => (settingOf(finding) === "off" ? `off in ${where}` : undefined));
  const findings = told.findings.map((finding) => {
    const setting = settingOf(finding);
    return setting === undefined || setting === "off" ? finding : { ...finding, severity: setting };
  });
  const sorted = severities.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const before = answer.suppressed ?? { findings: [], comments_without_effect: [] };
  const suppressions = [...before.findings, ...told.suppressed];
  return suppressing({ findings: sorted, suppressed: suppressions }, before.comments_without_effect);
}

interface Parted {
  readonly findings: Finding[];
  readonly suppressed: Suppressed["findings"];
}

function partition(all: readonly Finding[], reasonFor: (finding: Finding) => string | undefined): Parted {
  const findings: Finding[] = [];
  const kept: Suppressed["findings"] = [];
  for (const finding of all) {
    const reason = reasonFor(finding);
    const { rule, object, span } = finding;
    if (reason === undefined) findings.push(finding);
    else kept.push({ rule, ...(object !== undefined && { object }), ...(span && { line: span.line }), reason });
  }
  return { findings, suppressed: kept };
}

function suppressing({ findings, suppressed: kept }: Parted, problems: Suppressed["comments_without_effect"]): Told {
  if (kept.length === 0 && problems.length === 0) return { findings };
  return { findings, suppressed: { findings: kept, comments_without_effect: problems } };
}

/** What a file turned off, counted: a whole schema has hundreds of some kinds. */
export const turnedOff = z.array(z.object({ rule: z.string(), findings: z.int(), reason: z.string() }));
type TurnedOff = z.infer<typeof turnedOff>;

/** Of a schema or a server, which have no comments. `suppressed` is absent where nothing is. */
export function gradedByFile(found: readonly Finding[], file: RuleFile): { findings: Finding[]; suppressed?: TurnedOff } {
  const { findings, suppressed: off } = graded({ findings: found }, file);
  if (off === undefined) return { findings };
  const rules = [...new Set(off.findings.map(({ rule }) => rule))];
  const counted = rules.map((rule) => ({
    rule,
    findings: off.findings.filter((each) => each.rule === rule).length,
    reason: `off in ${file.where}`,
  }));
  return { findings, suppressed: counted };
}

export const renderTurnedOff = (suppressed: TurnedOff): string =>
  `Suppressed: ${suppressed.map(({ rule, findings, reason }) => `${rule} (${findings}, ${reason})`).join("; ")}.`;

const MOST_LINES = 20;

export function suppressedLines({ findings, comments_without_effect: problems }: Suppressed): string {
  const about = ({ rule, object, line, reason }: Suppressed["findings"][number]) =>
    `- ${rule}${object === undefined ? "" : ` on ${object}`}${line === undefined ? "" : `, line ${line}`}: ${reason}`;
  return [
    ...(findings.length > 0 ? [`Suppressed: ${findings.length}.`, ...findings.slice(0, MOST_LINES).map(about)] : []),
    ...(findings.length > MOST_LINES ? [`… and ${findings.length - MOST_LINES} more`] : []),
    ...(problems.length > 0 ? ["Comments without effect:", ...problems.map(({ line, problem }) => `- line ${line}: ${problem}`)] : []),
  ].join("\n");
}
