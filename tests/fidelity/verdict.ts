import type { Compared, Likeness } from "./compare.ts";

/** Why a twin and its server differ: 18 plans so and 15 does not; two plans cost the same; or the twin is wrong. */
export type Class = "planner change" | "tie" | "our fault";

export interface Judged extends Compared {
  /** Undefined where they do not differ. */
  readonly deviation: Class | undefined;
}

/** Two plans at such a difference are a toss of the planner's coin (`STD_FUZZ_FACTOR` in src/backend/optimizer/util/pathnode.c). */
const TIE = 0.01;
/** What two servers of 18 with the same rows may differ by: not all of their statistics are told to each other. */
const SAME = 0.005;

export const isWithin = ({ ratio }: Likeness, share: number) => Math.abs(ratio - 1) <= share;

export const differs = (seen: Likeness) => !seen.sameShape || !seen.sameScans || !isWithin(seen, TIE);

/** `newer`: the same plan beside a real 18 that was told the same; undefined where the server is an 18. */
export function judge(compared: Compared, newer: Likeness | undefined): Judged {
  const deviation = (): Class | undefined => {
    if (!differs(compared)) return undefined;
    if (newer?.sameShape && isWithin(newer, SAME)) return "planner change";
    return isWithin(compared, TIE) ? "tie" : "our fault";
  };
  return { ...compared, deviation: deviation() };
}

const shares = [0.001, 0.005, 0.01, 0.05];

/** One line of the table: counts of queries. */
export interface Figures {
  readonly queries: number;
  readonly sameShape: number;
  readonly sameScans: number;
  /** By the largest difference in cost, a share of the server's. */
  readonly within: Readonly<Record<string, number>>;
  /** The largest factor between two row estimates of a node. */
  readonly rows: number;
  readonly deviations: Readonly<Record<Class, number>>;
  readonly worst: { readonly name: string; readonly ratio: number; readonly deviation: Class | "none" } | undefined;
}

export function figuresOf(judged: readonly Judged[]): Figures {
  const count = (is: (one: Judged) => boolean) => judged.filter(is).length;
  const [worst] = judged.toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)));
  return {
    queries: judged.length,
    sameShape: count((one) => one.sameShape),
    sameScans: count((one) => one.sameScans),
    within: Object.fromEntries(shares.map((share) => [`${share * 100} %`, count((one) => isWithin(one, share))])),
    rows: Math.max(1, ...judged.map((one) => one.rows)),
    deviations: {
      "planner change": count((one) => one.deviation === "planner change"),
      tie: count((one) => one.deviation === "tie"),
      "our fault": count((one) => one.deviation === "our fault"),
    },
    worst: worst && { name: worst.name, ratio: Number(worst.ratio.toFixed(4)), deviation: worst.deviation ?? "none" },
  };
}

export function table(lines: readonly (readonly [title: string, figures: Figures])[]): string {
  const head = [
    "",
    "queries",
    "same shape",
    "same scans",
    ...shares.map((share) => `cost ${share * 100} %`),
    "rows",
    "changed/tie/ours",
    "worst",
  ];
  const rows = lines.map(([title, { queries, sameShape, sameScans, within, rows, deviations, worst }]) => [
    title,
    ...[queries, sameShape, sameScans, ...Object.values(within)].map(String),
    `x${rows.toFixed(2)}`,
    Object.values(deviations).join("/"),
    worst ? `${worst.name} x${worst.ratio} ${worst.deviation}` : "",
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)));
  return [head, ...rows]
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
