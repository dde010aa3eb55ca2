import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../", import.meta.url).pathname;
const readme = readFileSync(`${root}README.md`, "utf8");
const { name, version, bin } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const [, written = ""] = /<!-- clients:.*? -->\n([\s\S]*?)<!-- \/clients -->/.exec(readme) ?? [];

const entry = { command: "npx", args: ["-y", name], env: { DATABASE_URL: "postgres://reader:secret@localhost:5432/shop" } };
const input = `\${input:database_url}`;

/** The blocks by the line above each. */
const blocks = new Map(
  [...written.matchAll(/^(.+):\n\n```(?:json|toml)\n([\s\S]*?)\n```/gm)].map(([, who = "", text = ""]) => [who, text]),
);
const linkOf = (client: string) => {
  const [, link = ""] = new RegExp(`^\\| ${client} \\| \\[install\\]\\((\\S+)\\)`, "m").exec(written) ?? [];
  return new URL(link).searchParams;
};

test("what the README says of each client is what the table makes of it", () => {
  const printed = execFileSync(process.execPath, [`${root}scripts/clients.mjs`, "--print"], { encoding: "utf8" });
  expect(written).toBe(printed);
});

test("every client has a line, and its file a form", () => {
  const clients = ["Claude Desktop", "Claude Code", "Cursor", "VS Code", "Codex", "Gemini CLI", "Windsurf", "Zed"];
  expect([...written.matchAll(/^\| ([A-Z][\w ]+) \|.*\| `\S+` \|$/gm)].map(([, client]) => client)).toEqual(clients);
  expect(
    [...blocks.keys()]
      .join(", ")
      .split(/, | and /)
      .sort(),
  ).toEqual([...clients].sort());
});

test("each form is what its client reads, and all of them start this package", () => {
  expect(JSON.parse(blocks.get("Claude Desktop, Claude Code, Cursor, Gemini CLI and Windsurf") ?? "")).toEqual({
    mcpServers: { "backend-db": entry },
  });
  expect(JSON.parse(blocks.get("Zed") ?? "")).toEqual({ context_servers: { "backend-db": entry } });
  expect(JSON.parse(blocks.get("VS Code") ?? "")).toEqual({
    servers: { "backend-db": { ...entry, type: "stdio", env: { DATABASE_URL: input } } },
    inputs: [expect.objectContaining({ type: "promptString", id: "database_url", password: true })],
  });
  expect(blocks.get("Codex")).toBe(
    `[mcp_servers.backend-db]\ncommand = "npx"\nargs = ["-y", "${name}"]\nenv = { DATABASE_URL = "${entry.env.DATABASE_URL}" }`,
  );
  expect(Object.keys(bin)).toEqual([name]);
});

test("the links hold the same, and VS Code asks for the secret in the place of a file", () => {
  const cursor = linkOf("Cursor");
  expect(cursor.get("name")).toBe("backend-db");
  expect(JSON.parse(Buffer.from(cursor.get("config") ?? "", "base64").toString())).toEqual(entry);
  const vsCode = linkOf("VS Code");
  const { servers, inputs } = JSON.parse(blocks.get("VS Code") ?? "");
  expect({ [vsCode.get("name") ?? ""]: JSON.parse(vsCode.get("config") ?? "") }).toEqual(servers);
  expect(JSON.parse(vsCode.get("inputs") ?? "")).toEqual(inputs);
});

test("the bundle is called as it is made", () => {
  expect(written).toContain(`\`${name}-${version}.mcpb\``);
  expect(readFileSync(`${root}scripts/bundle.mjs`, "utf8")).toContain(["`", "{name}-", "{version}.mcpb`"].join("$"));
});
