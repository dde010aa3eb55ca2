import { cloudNative } from "./cloud-native.ts";
import type { Evidence } from "./evidence.ts";
import type { Indicator, Level } from "./indicator.ts";
import { optimised } from "./optimised.ts";
import { scalable } from "./scalable.ts";
import { structured } from "./structured.ts";

export const levelNames: Readonly<Record<Level, string>> = {
  1: "ad hoc",
  2: "structured",
  3: "optimised",
  4: "scalable",
  5: "cloud-native",
};

/** How far the way a database is run has come, by what can be read of it. */
export interface Maturity {
  readonly level: Level;
  readonly indicators: readonly Indicator[];
  /** At most three, towards the next level: what is not met first, then what has to be asked. */
  readonly steps: readonly string[];
}

const STEPS = 3;

/** The highest level of which something is met and nothing fails, nor of those below it. What cannot be seen is not held against it. */
export function maturityOf(evidence: Evidence): Maturity {
  const indicators = [structured, optimised, scalable, cloudNative].flatMap((of) => of(evidence));
  const level = levelOf(indicators);
  return { level, indicators, steps: stepsAfter(level, indicators) };
}

function levelOf(indicators: readonly Indicator[]): Level {
  let reached: Level = 1;
  for (const level of [2, 3, 4, 5] as const) {
    const states = indicators.filter((indicator) => indicator.level === level).map(({ state }) => state);
    if (states.includes("not met") || !states.includes("met")) return reached;
    reached = level;
  }
  return reached;
}

function stepsAfter(level: Level, indicators: readonly Indicator[]): readonly string[] {
  const next = indicators.filter((indicator) => indicator.level <= Math.min(level + 1, 5));
  const failed = next.flatMap(({ step }) => step ?? []);
  const open = next
    .toSorted((one, other) => other.level - one.level)
    .flatMap(({ name, ask }) => (ask === undefined ? [] : [`Find out about ${name}: ${ask}`]));
  return [...failed, ...open].slice(0, STEPS);
}
