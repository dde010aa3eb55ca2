import { readFile, writeFile } from "node:fs/promises";
import { ToolError } from "../error.ts";
import { type MigrationAnswer, verdictOf } from "../tools/migration-answer.ts";
import { unreadable, unwritable } from "../tools/unreadable.ts";
import type { Judged } from "./told.ts";

interface Known {
  readonly rule: string;
  /** What it is about; of a finding about nothing that has a name, its file. */
  readonly object: string;
}

/** By this a finding is known again, wherever its line has gone. */
export const keyOf = ({ rule, object }: { readonly rule: string; readonly object?: string | undefined }, path: string): string =>
  `${rule} ${object ?? path}`;

export async function writeBaseline(file: string, judged: readonly Judged[]): Promise<void> {
  const known = judged
    .flatMap(({ path, answer }) => answer.findings.map(({ rule, object }): Known => ({ rule, object: object ?? path })))
    .sort((one, other) => (keyOf(one, "") < keyOf(other, "") ? -1 : 1));
  await writeFile(file, `${JSON.stringify(known, null, 2)}\n`).catch(unwritable(file));
}

/** What remains to be told: a baseline knows as many findings of one key as were written. Refusals block whatever is known. */
export async function withoutKnown(judged: readonly Judged[], file: string): Promise<readonly Judged[]> {
  const left = new Map<string, number>();
  for (const known of await readBaseline(file)) left.set(keyOf(known, ""), (left.get(keyOf(known, "")) ?? 0) + 1);
  const isKnown = (key: string) => {
    const more = left.get(key) ?? 0;
    left.set(key, more - 1);
    return more > 0;
  };
  return judged.map((each) => ({
    ...each,
    answer: told(
      each.answer,
      each.answer.findings.filter((finding) => !isKnown(keyOf(finding, each.path))),
      file,
    ),
  }));
}

function told(answer: MigrationAnswer, findings: MigrationAnswer["findings"], file: string): MigrationAnswer {
  if (findings.length === answer.findings.length) return answer;
  const left = { ...answer, findings };
  return { ...left, ...verdictOf(left), limits: [...answer.limits, `${answer.findings.length - findings.length} known: ${file}`] };
}

async function readBaseline(path: string): Promise<readonly Known[]> {
  const read = asJson(await readFile(path, "utf8").catch(unreadable(path)));
  if (Array.isArray(read) && read.every((each) => typeof each?.rule === "string" && typeof each?.object === "string")) return read;
  throw new ToolError("invalid_argument", `${path} is not a baseline. Write one with --write-baseline.`);
}

function asJson(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
