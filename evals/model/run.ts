import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startPostgres } from "../cluster.ts";
import { tasks } from "../tasks.ts";
import { openWorld } from "../world.ts";
import { anthropic } from "./anthropic.ts";
import { chatWith, ModelError } from "./ask.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { Protocol } from "./chat.ts";
import { openai } from "./openai.ts";

const protocols: Readonly<Record<string, Protocol>> = { openai, anthropic };

const USAGE = `npm run evals -- --model NAME [options]
  --api openai|anthropic   how the model's server speaks: chat completions (the default) or messages
  --base-url URL           of the server, such as http://localhost:11434/v1
  --without-tools          the model alone: what the tools bring is the difference
  --only 03,17             these tasks
  --out FILE               results as JSON
The key is read from OPENAI_API_KEY or ANTHROPIC_API_KEY; a server of your own may need none.`;

interface Asked {
  readonly model: string;
  readonly protocol: Protocol;
  readonly baseUrl: string;
  readonly key: string;
  readonly withTools: boolean;
  readonly only: readonly string[];
  readonly out: string | undefined;
}

/** What the command line and the environment ask for; a sentence where they do not make sense. */
export function readAsked(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Asked | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        model: { type: "string" },
        api: { type: "string", default: "openai" },
        "base-url": { type: "string" },
        "without-tools": { type: "boolean", default: false },
        only: { type: "string" },
        out: { type: "string" },
      },
    });
    const protocol = protocols[values.api];
    if (values.model === undefined) return `Which model? ${USAGE}`;
    if (!protocol) return `--api is openai or anthropic, not ${values.api}.`;
    const key = environment[protocol.keyIn] ?? "";
    if (key === "" && values["base-url"] === undefined) return `Set ${protocol.keyIn}, or name a server that needs no key in --base-url.`;
    const only = values.only?.split(",").map((number) => number.trim().padStart(2, "0")) ?? [];
    const unknown = only.filter((number) => ![...tasks.keys()].some((name) => name.startsWith(`${number}-`)));
    if (unknown.length > 0) return `There is no task ${unknown.join(", ")}: they go from 01 to ${tasks.size}.`;
    return {
      model: values.model,
      protocol,
      baseUrl: values["base-url"] ?? protocol.baseUrl,
      key,
      withTools: !values["without-tools"],
      only,
      out: values.out,
    };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`;
  }
}

type Told = Attempt & { readonly task: string; readonly level: string };

/** Runs the tasks one after the other, tells each as it ends, and the sum. Where the model's server fails, what is there is kept. Returns the exit code. */
export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  tell: (line: string) => void,
): Promise<number> {
  const asked = readAsked(args, environment);
  if (typeof asked === "string") {
    tell(asked);
    return 2;
  }
  const cluster = await startPostgres();
  const world = openWorld(cluster);
  const told: Told[] = [];
  let failed: string | undefined;
  try {
    for (const [name, task] of tasks) {
      if (asked.only.length > 0 && !asked.only.some((number) => name.startsWith(`${number}-`))) continue;
      const one = await attempt(task, { chat: chatWith(asked), world, withTools: asked.withTools });
      told.push({ task: name, level: task.level, ...one });
      tell(lineOf(name, one));
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    failed = error.message;
  } finally {
    await world.close();
    await cluster.stop();
  }
  tell(sumOf(told));
  if (failed !== undefined) tell(`Stopped: ${failed}`);
  if (asked.out !== undefined) await writeFile(asked.out, `${JSON.stringify(resultsOf(asked, told, failed), null, 2)}\n`);
  return failed === undefined ? 0 : 1;
}

const lineOf = (name: string, { passed, why, calls, tokens, seconds }: Attempt) =>
  `${passed ? "pass" : "FAIL"}  ${name}  ${calls.length} calls, ${tokens.input + tokens.output} tokens, ${seconds} s${why === undefined ? "" : `\n      ${why.replaceAll("\n", "\n      ")}`}`;

function sumOf(told: readonly Told[]): string {
  const passed = told.filter((each) => each.passed).length;
  const sum = (of: (each: Told) => number) => told.reduce((all, each) => all + of(each), 0);
  const share = told.length === 0 ? "" : ` (${Math.round((100 * passed) / told.length)} %)`;
  return `${passed} of ${told.length} passed${share}, ${sum(({ calls }) => calls.length)} calls, ${sum(({ tokens }) => tokens.input)} tokens read, ${sum(({ tokens }) => tokens.output)} written.`;
}

const resultsOf = ({ model, baseUrl, withTools }: Asked, told: readonly Told[], failed: string | undefined) => ({
  model,
  base_url: new URL(baseUrl).origin,
  with_tools: withTools,
  passed: told.filter(({ passed }) => passed).length,
  of: told.length,
  ...(failed !== undefined && { stopped: failed }),
  tasks: told,
});
