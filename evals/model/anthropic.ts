import * as z from "zod";
import type { Message, Protocol } from "./chat.ts";

const answer = z.object({
  content: z.array(
    z.union([
      z.object({ type: z.literal("text"), text: z.string() }),
      z.object({ type: z.literal("tool_use"), id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) }),
      z.object({ type: z.string() }).transform(() => undefined),
    ]),
  ),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }),
});

const MOST_TOKENS = 8192;

/** Messages (https://docs.anthropic.com/en/api/messages). */
export const anthropic: Protocol = {
  baseUrl: "https://api.anthropic.com/v1",
  path: "/messages",
  keyIn: "ANTHROPIC_API_KEY",
  headers: (key) => ({ "x-api-key": key, "anthropic-version": "2023-06-01" }),

  body: (model, { system, messages, tools }) => ({
    model,
    max_tokens: MOST_TOKENS,
    system,
    messages: messages.map(written),
    ...(tools.length > 0 && { tools: tools.map(({ name, description, input }) => ({ name, description, input_schema: input })) }),
  }),

  reply(body) {
    const { data } = answer.safeParse(body);
    if (!data) return undefined;
    const parts = data.content.flatMap((part) => part ?? []);
    return {
      text: parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("\n"),
      calls: parts.flatMap((part) => (part.type === "tool_use" ? { id: part.id, name: part.name, input: part.input } : [])),
      tokens: { input: data.usage.input_tokens, output: data.usage.output_tokens },
    };
  },
};

function written(message: Message): object {
  if (message.by === "user") return { role: "user", content: message.text };
  if (message.by === "tools") {
    const content = message.results.map(({ id, text, failed }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: text,
      is_error: failed,
    }));
    return { role: "user", content };
  }
  const text = message.text === "" ? [] : [{ type: "text", text: message.text }];
  return {
    role: "assistant",
    content: [...text, ...message.calls.map(({ id, name, input }) => ({ type: "tool_use", id, name, input: input ?? {} }))],
  };
}
