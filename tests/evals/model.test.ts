import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { anthropic } from "../../evals/model/anthropic.ts";
import { chatWith } from "../../evals/model/ask.ts";
import { lastObject } from "../../evals/model/attempt.ts";
import { openai } from "../../evals/model/openai.ts";
import { readAsked, run } from "../../evals/model/run.ts";

const KEY = "sk-test-6f2b91";

interface Heard {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: { readonly messages: readonly Record<string, unknown>[]; readonly tools?: readonly unknown[]; readonly system?: string };
}

type Said = object | { readonly status: number; readonly headers?: Record<string, string>; readonly text: string };

/** The place of a model's server: says what it is given, one after the other, and hears what it is asked. */
async function modelServer(said: readonly Said[]) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    heard.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString()) });
    const next = said[Math.min(heard.length, said.length) - 1] ?? {};
    const { status, headers, text } = "status" in next ? next : { status: 200, headers: {}, text: JSON.stringify(next) };
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

const openaiSays = (content: string | null, call?: { name: string; input: object }) => ({
  choices: [
    {
      message: {
        content,
        ...(call && { tool_calls: [{ id: "c1", type: "function", function: { name: call.name, arguments: JSON.stringify(call.input) } }] }),
      },
    },
  ],
  usage: { prompt_tokens: 100, completion_tokens: 10 },
});

const anthropicSays = (text: string, call?: { name: string; input: object }) => ({
  content: [
    { type: "thinking", thinking: "…" },
    { type: "text", text },
    ...(call ? [{ type: "tool_use", id: "t1", name: call.name, input: call.input }] : []),
  ],
  usage: { input_tokens: 100, output_tokens: 10 },
});

/** Task 21 asks for indexes where none is needed. */
const suggest = { name: "suggest_indexes", input: { sql: "select name from customers where email = 'customer77@example.fr'" } };
const right = 'None is needed.\n```json\n{"create_indexes": []}\n```';

async function running(args: readonly string[], environment: Record<string, string>) {
  const lines: string[] = [];
  const code = await run(args, environment, (line) => lines.push(line));
  return { code, said: lines.join("\n") };
}

test("a model that speaks chat completions calls the tools, answers, and is judged by its answer", async () => {
  const { heard, url } = await modelServer([openaiSays(null, suggest), openaiSays(right)]);
  const folder = mkdtempSync(join(tmpdir(), "evals-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const out = join(folder, "results.json");
  const { code, said } = await running(["--model", "m-1", "--base-url", url, "--only", "21", "--out", out], { OPENAI_API_KEY: KEY });
  expect({ code, said: said.replaceAll(/[\d.]+ s$/gm, "0 s") }).toEqual({
    code: 0,
    said: "pass  21-already-served  1 calls, 220 tokens, 0 s\n1 of 1 passed (100 %), 1 calls, 200 tokens read, 20 written.",
  });
  expect(heard.map(({ path, headers }) => [path, headers.authorization])).toEqual(Array(2).fill(["/v1/chat/completions", `Bearer ${KEY}`]));
  expect(heard[0]?.body.tools).toHaveLength(8);
  expect(heard[0]?.body.messages[1]?.content).toMatch(
    /Which indexes should we create[\s\S]*connected to the database[\s\S]*create_indexes/,
  );
  const [, , asked, answered] = heard[1]?.body.messages ?? [];
  expect(asked).toMatchObject({ role: "assistant", tool_calls: [{ id: "c1" }] });
  expect(answered).toMatchObject({ role: "tool", tool_call_id: "c1", content: expect.stringContaining("Add none") });
  const results = readFileSync(out, "utf8");
  expect(JSON.parse(results)).toMatchObject({
    model: "m-1",
    with_tools: true,
    passed: 1,
    of: 1,
    tasks: [{ task: "21-already-served", answer: { create_indexes: [] } }],
  });
  expect(results + said).not.toContain(KEY);
});

test("a model that speaks messages does too, and a wrong answer fails with what is wrong", async () => {
  const wrong = 'Here it is: {"create_indexes": ["create index on customers (email, name)"]}';
  const { heard, url } = await modelServer([anthropicSays("I look.", suggest), anthropicSays(wrong)]);
  const { code, said } = await running(["--model", "m-2", "--api", "anthropic", "--base-url", url, "--only", "21"], {
    ANTHROPIC_API_KEY: KEY,
  });
  expect(code).toBe(0);
  expect(said).toMatch(
    /^FAIL {2}21-already-served {2}1 calls, 220 tokens, [\d.]+ s\n {6}its cost is 8\.\d+ without them and [\d.]+ with them\n0 of 1 passed \(0 %\)/,
  );
  expect(heard.map(({ path, headers }) => [path, headers["x-api-key"]])).toEqual(Array(2).fill(["/v1/messages", KEY]));
  expect(heard[1]?.body.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(JSON.stringify(heard[1]?.body.messages[2])).toContain('"tool_use_id":"t1"');
});

test("without the tools the model gets the schema in their place", async () => {
  const { heard, url } = await modelServer([openaiSays('{"create_indexes": [1]}')]);
  const { said } = await running(["--model", "m", "--base-url", url, "--only", "21", "--without-tools"], {});
  expect(heard[0]?.body.tools).toBeUndefined();
  expect(heard[0]?.body.messages[1]?.content).toContain("create table customers");
  expect(said).toContain("its answer is not of the schema");
});

test("a key that is refused stops the run and is not repeated", async () => {
  const { url } = await modelServer([{ status: 401, text: `{"error": "Incorrect API key ${KEY}"}` }]);
  const { code, said } = await running(["--model", "m", "--base-url", url, "--only", "21"], { OPENAI_API_KEY: KEY });
  expect({ code, said }).toEqual({
    code: 1,
    said: '0 of 0 passed, 0 calls, 0 tokens read, 0 written.\nStopped: The server refuses (HTTP 401): {"error": "Incorrect API key ***"}. Look at OPENAI_API_KEY.',
  });
});

const asked = { system: "s", messages: [{ by: "user", text: "q" }], tools: [] } as const;
const chat = (url: string, protocol = openai) => chatWith({ protocol, model: "m", baseUrl: url, key: KEY, pause: 1, patience: 2000 });

test("what is busy is asked again, when it says, and what stays broken is given up", async () => {
  const busy = { status: 429, headers: { "retry-after": "0.01" }, text: "slow down" };
  const { heard, url } = await modelServer([busy, { status: 500, text: "oops" }, openaiSays("there")]);
  expect((await chat(url)(asked)).text).toBe("there");
  expect(heard).toHaveLength(3);
  const broken = await modelServer([{ status: 503, text: "down" }]);
  await expect(chat(broken.url)(asked)).rejects.toThrow("The server is busy or broken (HTTP 503): down. Try later.");
  expect(broken.heard).toHaveLength(5);
});

test.each([
  ["no JSON", openai, { status: 200, text: "<html>" }, "answered with something else than a message: <html>. Look at --api"],
  ["another API's message", openai, anthropicSays("hello"), "Look at --api and --base-url"],
  ["the other way round", anthropic, openaiSays("hello"), "Look at --api and --base-url"],
  ["an unknown model", openai, { status: 404, text: "no such model" }, "HTTP 404): no such model. Look at --model and --base-url."],
])("%s is told with what to look at", async (_, protocol, said, why) => {
  const { url, heard } = await modelServer([said]);
  await expect(chat(url, protocol)(asked)).rejects.toThrow(why);
  expect(heard).toHaveLength(1);
});

test.each([
  ["no object here", undefined],
  ['{"a": 1}', { a: 1 }],
  ['first {"a": 1}, then {"b": {"c": [{"d": 2}]}}.', { b: { c: [{ d: 2 }] } }],
  ["```json\n{\"sql\": \"select '{}' as x where y = '}'\"}\n```", { sql: "select '{}' as x where y = '}'" }],
  ["{broken", undefined],
])("the answer is the object that the text ends with: %s", (text, object) => {
  expect(lastObject(text)).toEqual(object);
});

test.each([
  [[], {}, "Which model?"],
  [["--model", "m"], {}, "Set OPENAI_API_KEY"],
  [["--model", "m", "--api", "anthropic"], { OPENAI_API_KEY: KEY }, "Set ANTHROPIC_API_KEY"],
  [["--model", "m", "--api", "other"], {}, "--api is openai or anthropic, not other."],
  [["--model", "m", "--only", "7,99"], { OPENAI_API_KEY: KEY }, "There is no task 99: they go from 01 to 40."],
  [["--modl", "m"], {}, "Unknown option '--modl'"],
])("a mistake in the command is told: %s", (args, environment, said) => {
  expect(readAsked(args, environment)).toContain(said);
});
