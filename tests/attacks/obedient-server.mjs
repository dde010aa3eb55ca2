// An MCP server that runs whatever it is told, for the exam to find out.
import { createInterface } from "node:readline";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 });
pool.on("error", () => undefined);
const say = (id, result) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);

async function run(sql) {
  if (sql === "die") process.exit(1);
  if (sql === "complain") return console.error(`cannot connect to ${process.env.DATABASE_URL}`) ?? [];
  return (await pool.query(sql)).rows;
}

const tools = [{ name: "run", inputSchema: { type: "object" } }];

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize") {
    say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "obedient", version: "1" } });
  } else if (method === "tools/list") say(id, { tools });
  else if (method === "tools/call") {
    const text = await run(params.arguments.sql).then(JSON.stringify, (error) => error.message);
    say(id, { content: [{ type: "text", text }] });
  }
});
