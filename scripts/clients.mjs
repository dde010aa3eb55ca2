// Writes how to install the server in each client into README.md, between two markers; with --print, to stdout.
// Formats as each client's own pages have them:
//   Claude Desktop https://modelcontextprotocol.io/docs/develop/connect-local-servers and https://github.com/modelcontextprotocol/mcpb
//   Claude Code    https://code.claude.com/docs/en/mcp (options stand before the name; --env takes all words up to the next option)
//   Cursor         https://cursor.com/docs/mcp/install-links (config: base64 of the entry; the https form, because GitHub drops cursor://)
//   VS Code        https://code.visualstudio.com/docs/copilot/reference/mcp-configuration and .../api/extension-guides/ai/mcp
//   Codex          https://developers.openai.com/codex/mcp
//   Gemini CLI     https://geminicli.com/docs/tools/mcp-server
//   Windsurf       https://docs.windsurf.com/windsurf/cascade/mcp
//   Zed            https://zed.dev/docs/ai/mcp
import { readFileSync, writeFileSync } from "node:fs";

const readme = new URL("../README.md", import.meta.url);
const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

const SERVER = "backend-db";
const url = "postgres://reader:secret@localhost:5432/shop";
const command = { command: "npx", args: ["-y", name] };
const entry = { ...command, env: { DATABASE_URL: url } };
const prompt = { type: "promptString", id: "database_url", description: "Database URL; empty: none", password: true };
const prompted = { type: "stdio", ...command, env: { DATABASE_URL: `\${input:${prompt.id}}` } };

const inWords = [command.command, ...command.args].join(" ");
const json = (value) => ["json", pretty(value)];
const encoded = (value) => encodeURIComponent(JSON.stringify(value));

const usual = json({ mcpServers: { [SERVER]: entry } });
const forVsCode = json({ servers: { [SERVER]: prompted }, inputs: [prompt] });
const forZed = json({ context_servers: { [SERVER]: entry } });
const forCodex = [
  "toml",
  [
    `[mcp_servers.${SERVER}]`,
    `command = ${JSON.stringify(entry.command)}`,
    `args = [${entry.args.map((word) => JSON.stringify(word)).join(", ")}]`,
    `env = { DATABASE_URL = ${JSON.stringify(url)} }`,
  ].join("\n"),
];

/** One line for each client: what installs it at once, if anything does, and the file that holds the same. */
const clients = [
  { client: "Claude Desktop", atOnce: `open \`${name}-${version}.mcpb\``, file: "claude_desktop_config.json", holds: usual },
  {
    client: "Claude Code",
    atOnce: `\`claude mcp add --env DATABASE_URL=${url} --transport stdio ${SERVER} -- ${inWords}\``,
    file: ".mcp.json",
    holds: usual,
  },
  {
    client: "Cursor",
    atOnce: `[install](https://cursor.com/en/install-mcp?name=${SERVER}&config=${encodeURIComponent(Buffer.from(JSON.stringify(entry)).toString("base64"))})`,
    file: "~/.cursor/mcp.json",
    holds: usual,
  },
  {
    client: "VS Code",
    atOnce: `[install](https://vscode.dev/redirect/mcp/install?name=${SERVER}&config=${encoded(prompted)}&inputs=${encoded([prompt])})`,
    file: ".vscode/mcp.json",
    holds: forVsCode,
  },
  {
    client: "Codex",
    atOnce: `\`codex mcp add ${SERVER} --env DATABASE_URL=${url} -- ${inWords}\``,
    file: "~/.codex/config.toml",
    holds: forCodex,
  },
  { client: "Gemini CLI", file: "~/.gemini/settings.json", holds: usual },
  { client: "Windsurf", file: "~/.codeium/windsurf/mcp_config.json", holds: usual },
  { client: "Zed", file: "settings.json", holds: forZed },
];

const [start, end] = ["<!-- clients: written by scripts/clients.mjs -->", "<!-- /clients -->"];

if (process.argv.includes("--print")) process.stdout.write(section());
else {
  const [before, rest] = readFileSync(readme, "utf8").split(`${start}\n`);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error(`README.md has no ${start}`);
  writeFileSync(readme, `${before}${start}\n${section()}${end}${after}`);
}

/** The table, then each form with the clients that take it. */
function section() {
  const lines = clients.map(({ client, atOnce = "", file }) => `| ${client} | ${atOnce} | \`${file}\` |`);
  const forms = [...new Set(clients.map(({ holds }) => holds))].map((form) => {
    const [language, text] = form;
    const takers = clients.filter(({ holds }) => holds === form).map(({ client }) => client);
    return `${listed(takers)}:\n\n\`\`\`${language}\n${text}\n\`\`\`\n`;
  });
  return ["| client | at once | file |", "|---|---|---|", ...lines, "", ...forms].join("\n");
}

function listed(names) {
  const last = names.at(-1);
  return names.length === 1 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** Lists of words stand in one line. */
function pretty(value) {
  return JSON.stringify(value, undefined, 2).replaceAll(/\[\s+("[^[\]{}]*")\s+\]/g, (_, words) => `[${words.replaceAll(/\s+/g, " ")}]`);
}
