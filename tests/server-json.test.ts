import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import * as z from "zod";

const root = new URL("../", import.meta.url).pathname;
const text = (file: string) => readFileSync(join(root, file), "utf8");
const read = (file: string) => JSON.parse(text(file));
const scratch = mkdtempSync(join(tmpdir(), "server-json-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What the registry takes of the fields that we use: docs/reference/server-json of modelcontextprotocol/registry, its schema and its own requirements. */
const exact = z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/, "a version, not a range");
const variable = z.strictObject({
  name: z.string().regex(/^[A-Z_]+$/),
  description: z.string(),
  placeholder: z.string().optional(),
  format: z.enum(["string", "number", "boolean", "filepath"]),
  isRequired: z.boolean(),
  isSecret: z.boolean().optional(),
  default: z.string().optional(),
  choices: z.array(z.string()).optional(),
});
const serverJson = z.strictObject({
  $schema: z.string().regex(/^https:\/\/static\.modelcontextprotocol\.io\/schemas\/\d{4}-\d\d-\d\d\/server\.schema\.json$/),
  name: z
    .string()
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/)
    .min(3)
    .max(200),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: exact,
  packages: z.array(
    z.strictObject({
      registryType: z.literal("npm"),
      registryBaseUrl: z.literal("https://registry.npmjs.org"),
      identifier: z.string(),
      version: exact,
      runtimeHint: z.literal("npx"),
      transport: z.strictObject({ type: z.literal("stdio") }),
      environmentVariables: z.array(variable),
    }),
  ),
});

test("server.json is what the registry takes", () => {
  const server = serverJson.parse(read("server.json"));
  const url = server.packages[0]?.environmentVariables.find(({ name }) => name === "DATABASE_URL");
  expect(url).toMatchObject({ isSecret: true, isRequired: false });
});

test("server.json, manifest.json and package.json speak of one version of one package", () => {
  const { name, mcpName, version } = read("package.json");
  const server = serverJson.parse(read("server.json"));
  expect(server).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] });
  expect(read("manifest.json")).toMatchObject({ name, version });
  expect(text("Dockerfile")).toContain(`io.modelcontextprotocol.server.name="${mcpName}"`);
});

test("the variables that server.json and manifest.json name are read", () => {
  const { packages } = serverJson.parse(read("server.json"));
  const named = packages.flatMap(({ environmentVariables }) => environmentVariables.map(({ name }) => name));
  expect(Object.keys(read("manifest.json").server.mcp_config.env)).toEqual(named);
  const source = text("src/config.ts") + text("src/database/connection-string.ts");
  for (const name of named) expect(source).toContain(`"${name}"`);
});

test("the image is built on a Node that the package takes, and runs as nobody in particular", () => {
  const dockerfile = text("Dockerfile");
  const versions = [...dockerfile.matchAll(/^FROM node:(\d+)/gm)].map(([, major]) => Number(major));
  expect(versions.length).toBe(2);
  for (const major of versions) expect(major).toBeGreaterThan(20);
  expect(dockerfile.lastIndexOf("USER node")).toBeGreaterThan(dockerfile.lastIndexOf("FROM "));
  expect(dockerfile).not.toMatch(/DATABASE_URL=|^ADD |:latest/m);
});

test.runIf(process.env.LONG)(
  "what .dockerignore lets through is enough for the build",
  () => {
    const kept = [...text(".dockerignore").matchAll(/^!(.+)$/gm)].map(([, file = ""]) => file);
    for (const file of kept) expect(existsSync(join(root, file)), file).toBe(true);
    const context = join(scratch, "context");
    for (const file of kept) cpSync(join(root, file), join(context, file), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(context, "node_modules"));
    cpSync(join(root, "dist/.twin-images"), join(context, "dist/.twin-images"));
    for (const image of ["bytes", "linguistic"]) cpSync(join(root, `dist/twin-${image}.image`), join(context, `dist/twin-${image}.image`));
    const [, command = ""] = /^RUN npm run -s bundle -- (\S+) && /m.exec(text("Dockerfile")) ?? [];
    expect(command).toBe("/bundle.mcpb");
    execFileSync("npm", ["run", "-s", "bundle", "--", join(scratch, "bundle.mcpb")], { cwd: context, stdio: "pipe" });
    expect(existsSync(join(scratch, "bundle.mcpb"))).toBe(true);
  },
  120_000,
);
