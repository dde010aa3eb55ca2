import type { Client } from "@modelcontextprotocol/client";
import * as z from "zod";
import type { Setting, Task } from "../task.ts";
import type { World } from "../world.ts";
import { ModelError } from "./ask.ts";
import { type Chat, inputOf, type Message, type Tool, type ToolCall, type ToolResult } from "./chat.ts";

/** What came of a task. */
export interface Attempt {
  readonly passed: boolean;
  /** Where it did not pass. */
  readonly why?: string;
  readonly answer?: unknown;
  /** Of the server's tools, by their names, in order. */
  readonly calls: readonly string[];
  readonly tokens: { readonly input: number; readonly output: number };
  readonly seconds: number;
}

const SYSTEM = `You are a careful PostgreSQL 18 engineer. Answer the question by what is so, not by what is likely: use the tools that you have before you answer.
End with one JSON object of the schema that you are given, and nothing after it.`;

/** Messages of a model in one task. */
const MOST_TURNS = 25;

/** Asks the model until it gives no more calls, and judges its last JSON object by what it does to a database. */
export async function attempt(task: Task, { chat, world, withTools }: { chat: Chat; world: World; withTools: boolean }): Promise<Attempt> {
  const began = performance.now();
  const client = withTools ? await world.client(task.setting) : undefined;
  const tools = client ? await toolsOf(client) : [];
  const messages: Message[] = [{ by: "user", text: questionOf(task, withTools) }];
  const called: string[] = [];
  const tokens = { input: 0, output: 0 };
  const done = (outcome: Pick<Attempt, "passed" | "why" | "answer">): Attempt => ({
    ...outcome,
    calls: called,
    tokens,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  });
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const { text, calls, tokens: spent } = await chat({ system: SYSTEM, messages, tools });
    tokens.input += spent.input;
    tokens.output += spent.output;
    if (calls.length === 0 || !client) return done(await judged(task, text, world));
    messages.push({ by: "model", text, calls });
    const results: ToolResult[] = [];
    for (const call of calls) {
      called.push(call.name);
      results.push(await resultOf(client, call));
    }
    messages.push({ by: "tools", results });
  }
  return done({ passed: false, why: `it gave no answer in ${MOST_TURNS} messages` });
}

function questionOf({ question, setting, answer }: Task, withTools: boolean): string {
  const parts = [question, ...givenIn(setting, withTools), `The JSON schema of your answer: ${JSON.stringify(z.toJSONSchema(answer))}`];
  return parts.join("\n\n");
}

/** Who cannot look at the database is given its schema. */
function givenIn(setting: Setting, withTools: boolean): readonly string[] {
  if (setting.given === "nothing") return [];
  if (setting.given === "database" && withTools) return ["The tools are connected to the database."];
  return [`The schema:\n\`\`\`sql\n${setting.schema.trim()}\n\`\`\``];
}

async function toolsOf(client: Client): Promise<readonly Tool[]> {
  const { tools } = await client.listTools();
  return tools.map(({ name, description = "", inputSchema }) => ({ name, description, input: inputSchema }));
}

async function resultOf(client: Client, { id, name, input }: ToolCall): Promise<ToolResult> {
  if (!input) return { id, text: "The arguments are no JSON object.", failed: true };
  try {
    const { content, isError = false } = await client.callTool({ name, arguments: { ...input } }, { timeout: 120_000 });
    return { id, text: content.map((part) => (part.type === "text" ? part.text : "")).join("\n"), failed: isError };
  } catch (error) {
    return { id, text: error instanceof Error ? error.message : String(error), failed: true };
  }
}

async function judged(task: Task, text: string, world: World): Promise<Pick<Attempt, "passed" | "why" | "answer">> {
  const said = lastObject(text);
  if (said === undefined) return { passed: false, why: "it did not end with a JSON object" };
  const { data, error } = task.answer.safeParse(said);
  if (error) return { passed: false, why: `its answer is not of the schema: ${z.prettifyError(error)}`, answer: said };
  try {
    await world.withDatabase(task.setting, (database) => task.check(data, database));
    return { passed: true, answer: data };
  } catch (wrong) {
    if (wrong instanceof ModelError) throw wrong;
    return { passed: false, why: (wrong instanceof Error ? wrong.message : String(wrong)).slice(0, 400), answer: data };
  }
}

/** The JSON object that a text ends with, also in a code fence. */
export function lastObject(text: string): unknown {
  const end = text.lastIndexOf("}");
  for (let start = text.lastIndexOf("{", end); start >= 0; start = start === 0 ? -1 : text.lastIndexOf("{", start - 1)) {
    const found = inputOf(text.slice(start, end + 1));
    if (found) return found;
  }
  return undefined;
}
