import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { getMcpConfigForManifest, unpackExtension, v0_3 } from "@anthropic-ai/mcpb";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { promptsIn } from "../src/prompts.ts";
import { tools } from "../src/tools/index.ts";
import { copyOfShop } from "./postgres/shop.ts";

const root = new URL("../", import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), "bundle-"));
const bundle = join(scratch, "packed.mcpb");
const folder = join(scratch, "unpacked");
/** What a user may fill in, by the keys of the manifest's `user_config`. */
type Filled = Readonly<Record<string, string>>;

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, "scripts/bundle.mjs"), bundle], { stdio: "pipe" });
  expect(await unpackExtension({ mcpbPath: bundle, outputDir: folder, silent: true })).toBe(true);
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A client on the bundle in `place`, started as a host starts it: what the manifest says, filled in by the packager's own code. */
async function install(
  filled: Filled,
  { place = folder, flags = [] }: { place?: string; flags?: readonly string[] } = {},
): Promise<Client> {
  const manifest = v0_3.McpbManifestSchema.parse(JSON.parse(readFileSync(join(place, "manifest.json"), "utf8")));
  const started = await getMcpConfigForManifest({ manifest, extensionPath: place, systemDirs: {}, userConfig: filled, pathSeparator: sep });
  if (!started) throw new Error("the manifest asks for more than was filled in");
  const { command, args = [], env = {} } = started;
  expect(command).toBe("node");
  const client = new Client({ name: "host", version: "1" });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [...flags, ...args], env, cwd: scratch, stderr: "pipe" }),
  );
  onTestFinished(() => client.close());
  return client;
}

const schema_sql = "create table orders (id bigint primary key, note text)";
const found = { findings: [{ rule: "query/null-equality" }] };
const question = { name: "analyze_query", arguments: { sql: "select id from orders where note = null", schema_sql } };

test("it has less than 12 MB, and nothing that is not run", () => {
  expect(statSync(bundle).size).toBeLessThan(12_000_000);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => /\.(map|ts|cts|mcpb)$|\bdemo\b|(^|\/)(src|tests|bench)\//.test(file))).toEqual([]);
  expect(files.filter((file) => file.endsWith(".wasm")).length).toBe(3);
});

test("its manifest is one of version 0.3, of this version, whose secret is kept as one and may be left out", () => {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));
  const manifest = v0_3.McpbManifestSchema.parse(read("manifest.json"));
  const { name, version, license, engines } = read("package.json");
  expect(manifest).toMatchObject({ manifest_version: "0.3", name, version, license });
  expect(manifest.compatibility?.runtimes?.node).toBe(engines.node);
  expect(manifest.user_config?.database_url).toMatchObject({ type: "string", sensitive: true, required: false });
});

test("with nothing filled in and nothing beside it, it lists everything and judges a text", async () => {
  const client = await install({});
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
  const prompts = await promptsIn(new URL("../prompts/", import.meta.url)).list();
  expect((await client.listPrompts()).prompts.length).toBe(prompts.length);
  expect((await client.readResource({ uri: "skill://backend-db/SKILL.md" })).contents.length).toBe(1);
  const answer = await client.callTool(question);
  expect(answer.structuredContent).toMatchObject({ ...found, basis: { source: "schema_sql" } });
  const unknown = await client.callTool({ name: "check_health", arguments: {} });
  expect(unknown.content).toMatchObject([{ text: expect.stringContaining("no_database") }]);
});

test("the extensions that the twin lends are in it", async () => {
  const client = await install({});
  const extensions = ["citext", "hstore", "ltree", "pg_trgm", "pgcrypto", "uuid-ossp", "vector"];
  const schema_sql = `${extensions.map((name) => `create extension "${name}";`).join(" ")}
    create table items (id uuid default uuid_generate_v4(), email citext, tags hstore, path ltree, embedding vector(3), secret bytea default gen_random_bytes(8));
    create index on items using gin (email gin_trgm_ops); create index on items using hnsw (embedding vector_l2_ops);`;
  const sql = "select id from items order by embedding <-> '[1,2,3]' limit 5";
  const answer = await client.callTool({ name: "analyze_query", arguments: { sql, schema_sql, row_counts: { items: 100_000 } } });
  expect(answer.isError, JSON.stringify(answer.content)).toBeFalsy();
  expect(JSON.stringify(answer.structuredContent)).toContain("items_embedding_idx");
});

test("it reads the database that is filled in", async () => {
  const { url } = await copyOfShop(18);
  const client = await install({ database_url: url });
  const answer = await client.callTool({ name: "inspect_schema", arguments: {} });
  expect(answer.structuredContent).toMatchObject({ basis: { source: "live" } });
});

test("it runs from a folder with spaces and accents in its name, as those of macOS and Windows have", async () => {
  const place = join(scratch, "Application Support", "Été 100% #1");
  cpSync(folder, place, { recursive: true });
  const client = await install({}, { place });
  expect((await client.callTool(question)).structuredContent).toMatchObject(found);
});

test("it writes nothing anywhere: Node lets it read files and start a thread, and no more", async () => {
  const permission = process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission";
  const client = await install({}, { flags: [permission, "--allow-fs-read=*", "--allow-worker"] });
  expect((await client.callTool(question)).structuredContent).toMatchObject(found);
  const planned = { name: "analyze_query", arguments: { ...question.arguments, row_counts: { orders: 1_000_000 } } };
  expect((await client.callTool(planned)).structuredContent).toMatchObject({ basis: { planner: expect.stringContaining("a twin") } });
});
