import { readFileSync } from "node:fs";

interface Recorded {
  readonly name: string;
  readonly sql: string;
  /** Of EXPLAIN. */
  readonly options: string;
  readonly text: string;
  readonly json: unknown;
}

/** What bench/record-plans.mjs recorded on real servers: plans by version, and excerpts of logs by name. */
export const recordedPlans = (version: number): readonly Recorded[] =>
  recordedFile(`${version}.jsonl`)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

export const recordedFile = (name: string): string => readFileSync(new URL(`recorded/${name}`, import.meta.url), "utf8");
