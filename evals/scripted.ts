import type { Client } from "@modelcontextprotocol/client";
import type { Call } from "./task.ts";

/** The tools as a task's script calls them. */
export const toolsOf =
  (client: Client): Call =>
  async (name, input) => {
    const { isError, content, structuredContent } = await client.callTool({ name, arguments: { ...input } });
    if (isError) throw new Error(`${name}: ${content.map((part) => (part.type === "text" ? part.text : "")).join("")}`);
    return structuredContent;
  };
