import * as z from "zod";
import { type Finding, severities } from "../finding.ts";
import type { ResponseFormat } from "./answer.ts";

/** How often each rule found something, the gravest first, whatever of it is shown. */
export const ruleTotals = z.array(z.object({ rule: z.string(), severity: z.enum(severities), findings: z.int() }));
type RuleTotals = z.infer<typeof ruleTotals>;

/** Rules that a concise answer shows, and findings that a detailed one shows of each rule. */
const CONCISE_RULES = 7;
const DETAILED_FINDINGS = 10;

/** Each rule's findings together, the gravest first, then the largest. */
function groupsOf(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  const groups = rules.map((rule) => findings.filter((finding) => finding.rule === rule).toSorted(gravestFirst));
  return groups.sort(([a], [b]) => severityOf(a) - severityOf(b));
}

/** So many findings that every rule has its share: a rule that found hundreds does not keep the others from being seen. */
export function fairShare(findings: readonly Finding[], most: number): { readonly shown: Finding[]; readonly totals: RuleTotals } {
  const groups = groupsOf(findings);
  const places = groups.flatMap((group) => group.map((finding, place) => ({ finding, place })));
  const kept = new Set(places.toSorted((a, b) => a.place - b.place).slice(0, most));
  return {
    shown: places.filter((place) => kept.has(place)).map(({ finding }) => finding),
    totals: groups.flatMap(([first, ...others]) =>
      first ? [{ rule: first.rule, severity: first.severity, findings: others.length + 1 }] : [],
    ),
  };
}

/** One entry for each rule: many findings of one rule are one decision, told by the largest of them. */
export function renderFolded(findings: readonly Finding[], totals: RuleTotals, format: ResponseFormat): string {
  const counts = new Map(totals.map((total) => [total.rule, total.findings]));
  const groups = groupsOf(findings);
  const shown = format === "concise" ? groups.slice(0, CONCISE_RULES) : groups;
  const lines = shown.map(
    (group, place) => `${place + 1}. ${renderGroup(group, counts.get(group[0]?.rule ?? "") ?? group.length, format)}`,
  );
  const left = totals.slice(shown.length);
  if (left.length > 0)
    lines.push(`… and ${left.map(({ rule, findings }) => `${rule}${times(findings)}`).join(", ")}: response_format detailed`);
  return lines.join("\n");
}

function renderGroup(group: readonly Finding[], count: number, format: ResponseFormat): string {
  const [first, ...others] = group;
  if (!first) return "";
  const head = `${first.severity} ${first.rule}${times(count)}.`;
  if (format === "concise" || count === 1) {
    const rest = count === 1 ? [] : [indented(`also: ${named(others, count - 1)}`)];
    return [`${head} ${first.message}`, ...remedy(first), ...rest].join("\n");
  }
  const listed = group
    .slice(0, DETAILED_FINDINGS)
    .flatMap((finding) => [indented(`- ${finding.message}`), ...remedy(finding).map(indented)]);
  const left = count - Math.min(group.length, DETAILED_FINDINGS);
  return [head, ...listed, ...(left > 0 ? [indented(`… and ${left} more`)] : [])].join("\n");
}

const times = (count: number) => (count === 1 ? "" : ` x${count}`);

const remedy = ({ fix, undo }: Finding): readonly string[] => [
  ...(fix === undefined ? [] : [indented(fix)]),
  ...(undo === undefined ? [] : [indented(`undo: ${undo.replaceAll("\n", " ")}`)]),
];

const NAMED = 5;

function named(findings: readonly Finding[], count: number): string {
  const names = findings.slice(0, NAMED).map(({ object, message }) => object ?? message);
  const left = count - names.length;
  return left === 0 ? names.join(", ") : `${names.join(", ")} and ${left} more`;
}

const gravestFirst = (a: Finding, b: Finding) => severityOf(a) - severityOf(b) || sizeOf(b) - sizeOf(a);
const severityOf = (finding: Finding | undefined) => (finding ? severities.indexOf(finding.severity) : 0);

/** Rows or bytes, whichever a rule told: within one rule they are the same thing. */
function sizeOf({ evidence = {} }: Finding): number {
  const size = evidence.bytes ?? evidence.rows;
  return typeof size === "number" ? size : 0;
}

const indented = (text: string) => text.replaceAll(/^/gm, "   ");
