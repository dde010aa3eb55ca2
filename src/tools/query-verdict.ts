import type { Table } from "../catalog/tables.ts";
import type { Finding, Severity } from "../finding.ts";
import type { KeyReach } from "../reach/keys.ts";
import type { Reach } from "../reach/reach.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { count } from "./answer.ts";

/** The gravest first: of several statements it is the verdict of all. */
export const verdicts = ["block", "warn", "unknown", "pass"] as const;
export type Verdict = (typeof verdicts)[number];

/** Rows from which on a table is not small: what reaches all of them is not undone by hand. */
const SMALL = 1_000;
/** Share of a table, as the planner expects it, that is as good as all. */
const ALL = 0.99;
/** Share of a table that is worth a look before it is written. */
const LARGE = 0.1;

interface Judged {
  readonly findings: readonly Finding[];
  readonly refused: string | undefined;
  readonly reach: readonly Reach[];
  /** What of the rules could not be asked, and why. */
  readonly unknown: readonly string[];
}

export interface Decision {
  readonly verdict: Verdict;
  /** The reasons, the gravest first. */
  readonly because: readonly string[];
}

/** By the rules that the README prints. */
export function decide({ findings, refused, reach, unknown }: Judged): Decision {
  const block = [...(refused === undefined ? [] : [refused]), ...reach.flatMap(whole), ...found(findings, "error")];
  const warn = [...reach.flatMap(wide), ...reach.flatMap(({ keys }) => keys.flatMap(unindexed)), ...found(findings, "warning")];
  const verdict = block.length > 0 ? "block" : warn.length > 0 ? "warn" : unknown.length > 0 ? "unknown" : "pass";
  return { verdict, because: [...block, ...warn, ...unknown] };
}

export const worstOf = (all: readonly Verdict[]): Verdict => verdicts.find((verdict) => all.includes(verdict)) ?? "pass";

function found(findings: readonly Finding[], severity: Severity): readonly string[] {
  const alike = findings.filter((finding) => finding.severity === severity);
  return alike.length === 0 ? [] : [count(alike.length, severity)];
}

const isSmall = (rows: number | undefined) => rows !== undefined && rows < SMALL;

function whole({ operation, table, whole: all, share = 0, tableRows }: Reach): readonly string[] {
  if (isSmall(tableRows)) return [];
  const size = tableRows === undefined ? "" : ` (about ${tableRows.toLocaleString("en-US")})`;
  if (all) return [`${operation.toUpperCase()} without a condition reaches every row of ${table}${size}`];
  return share >= ALL ? [`${operation.toUpperCase()} is expected to reach every row of ${table}${size}`] : [];
}

function wide({ operation, table, whole: all, share = 0, tableRows }: Reach): readonly string[] {
  if (all || isSmall(tableRows) || share < LARGE || share >= ALL) return [];
  return [`${operation.toUpperCase()} is expected to reach ${Math.round(share * 100)} % of ${table}`];
}

/** Each row that is deleted, or whose key is changed, has the whole table read. */
const unindexed = ({ name, table, index, tableRows }: KeyReach): readonly string[] =>
  index !== undefined || isSmall(tableRows) ? [] : [`without an index for ${quote(name)} all of ${table} is read for each row`];

/** What plan rules would have to weigh: a table that is not small, and not found through an index by known values. */
export const needsStatistics = ({ levels, isNarrowed }: Query<Table>): boolean =>
  levels.some((level) =>
    level.items.some(
      (item) =>
        item.kind === "relation" &&
        !(level.kind === "insert" && item.relation?.target) &&
        !isSmall(item.table?.rows) &&
        !isNarrowed(item, level),
    ),
  );
