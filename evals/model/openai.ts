import * as z from "zod";
import { inputOf, type Message, type Protocol } from "./chat.ts";

const completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          tool_calls: z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) })).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
});

/** Chat completions, which most servers of open models speak too (https://platform.openai.com/docs/api-reference/chat). */
export const openai: Protocol = {
  baseUrl: "https://api.openai.com/v1",
  path: "/chat/completions",
  keyIn: "OPENAI_API_KEY",
  headers: (key) => ({ authorization: `Bearer ${key}` }),

  body: (model, { system, messages, tools }) => ({
    model,
    messages: [{ role: "system", content: system }, ...messages.flatMap(written)],
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, input }) => ({ type: "function", function: { name, description, parameters: input } })),
    }),
  }),

  reply(body) {
    const { data } = completion.safeParse(body);
    const message = data?.choices[0]?.message;
    if (!message) return undefined;
    const calls = (message.tool_calls ?? []).map(({ id, function: { name, arguments: text } }) => ({ id, name, input: inputOf(text) }));
    return {
      text: message.content ?? "",
      calls,
      tokens: { input: data.usage?.prompt_tokens ?? 0, output: data.usage?.completion_tokens ?? 0 },
    };
  },
};

function written(message: Message): readonly object[] {
  if (message.by === "user") return [{ role: "user", content: message.text }];
  if (message.by === "tools") return message.results.map(({ id, text }) => ({ role: "tool", tool_call_id: id, content: text }));
  const calls = message.calls.map(({ id, name, input }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(input ?? {}) },
  }));
  return [{ role: "assistant", content: message.text, ...(calls.length > 0 && { tool_calls: calls }) }];
}
