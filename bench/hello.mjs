// The least that a server of this SDK can be: what start-up is measured against.
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import * as z from "zod";

serveStdio(() => {
  const server = new McpServer({ name: "hello", version: "1" });
  server.registerTool("hello", { description: "Says hello.", inputSchema: z.object({}) }, () => ({
    content: [{ type: "text", text: "hello" }],
  }));
  return server;
});
