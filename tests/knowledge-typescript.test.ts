import { transform } from "esbuild";
import { expect, test } from "vitest";
import { type Fence, knowledgeIn } from "../src/knowledge.ts";
import { type Block, errorsIn, inProject, isInstalled } from "./typescript/compile.ts";
import libraries from "./typescript/package.json" with { type: "json" };
import { generateClient } from "./typescript/prisma.ts";

const knowledge = knowledgeIn(new URL("../knowledge/", import.meta.url));
const fences = (await knowledge.sections()).flatMap(({ page, fences }) => fences.filter(isTypeScript).map((fence) => ({ page, fence })));
const checked: readonly Block[] = fences
  .filter(({ fence }) => fence.info.skip === undefined)
  .map(({ page, fence }) => ({ page, line: fence.line + 1, text: fence.text }));

function isTypeScript({ language }: Fence): boolean {
  return ["ts", "tsx", "typescript"].includes(language);
}

const ofPrisma = (await knowledge.section("database-design#dd-orm-prisma")).fences;
const [old = "", schema = ""] = ofPrisma.filter(({ language }) => language === "prisma").map(({ text }) => text);
const config = ofPrisma.find(({ text }) => text.includes("defineConfig"))?.text ?? "";

/** One use of each library that its types must refuse: where they are not found, a program of `any` would be without an error, too. */
const refused: Readonly<Record<string, string>> = {
  "@electric-sql/pglite": 'import { PGlite } from "@electric-sql/pglite"; (await PGlite.create()).none();',
  "@hono/zod-openapi": 'import { z } from "@hono/zod-openapi"; z.string().openapi(1);',
  "@prisma/adapter-pg": 'import { PrismaPg } from "@prisma/adapter-pg"; new PrismaPg({ max: "5" });',
  "@prisma/client":
    'import type { PrismaClient } from "./generated/client.ts"; export const all = (client: PrismaClient) => client.none.count();',
  "@supabase/supabase-js": 'import { createClient } from "@supabase/supabase-js"; createClient("", "").from("orders").none();',
  "@trpc/server": 'import { initTRPC } from "@trpc/server"; initTRPC.create().procedure.query(({ ctx }) => ctx.none);',
  dataloader: 'import DataLoader from "dataloader"; new DataLoader(async (keys: readonly string[]) => keys.length);',
  dotenv: 'import "dotenv/none";',
  "drizzle-orm": 'import { drizzle } from "drizzle-orm/node-postgres"; drizzle("").select().none();',
  express: 'import express from "express"; express().get("/", (_, response) => response.none());',
  graphql: 'import type { ASTVisitor } from "graphql"; export const visitor: ASTVisitor = { None: {} };',
  hono: 'import { Hono } from "hono"; new Hono().get("/", (c) => c.none());',
  kysely: 'import type { Kysely } from "kysely"; export const all = (db: Kysely<{ a: { b: string } }>) => db.selectFrom("a").select("c");',
  pg: 'import pg from "pg"; new pg.Pool({ max: "5" });',
  postgres: 'import postgres from "postgres"; postgres("", { prepare: "no" });',
  prisma: 'import { defineConfig } from "prisma/config"; defineConfig({ datasource: { none: "" } });',
  redis: 'import type { RedisClientType } from "redis"; export const put = (redis: RedisClientType) => redis.set("a", {});',
  ws: 'import { WebSocketServer } from "ws"; new WebSocketServer({ none: 1 });',
  zod: 'import { z } from "zod"; export const id: number = z.string().parse("1");',
};

test("95 of 100 blocks of TypeScript are checked, and the others say why they are not", () => {
  const share = checked.length / fences.length;
  const done = isInstalled ? "type-checked" : "parsed only (npm ci --prefix tests/typescript --ignore-scripts)";
  console.error(`TypeScript of the pages: ${checked.length} of ${fences.length} blocks ${done}, ${(100 * share).toFixed(1)} %`);
  expect(share).toBeGreaterThanOrEqual(0.95);
});

test("every block parses, even where no library is installed to check it against", async () => {
  for (const { text } of checked) await expect(transform(text, { loader: "ts" })).resolves.toHaveProperty("code");
});

test.skipIf(!isInstalled)(
  "every block agrees with the types of its libraries, and a block that does not is told by page and line",
  async () => {
    const wrong = Object.entries(refused).map(([library, text]) => ({ page: library, line: 7, text }));
    const errors = await inProject(async (folder) => {
      await generateClient(folder, { schema, config });
      return errorsIn(folder, [...checked, ...wrong]);
    });
    const places = errors.map((error) => error.split(": ", 1)[0]);
    expect(errors.filter((_, index) => !wrong.some(({ page }) => places[index] === `${page}:7`))).toEqual([]);
    expect([...new Set(places)].sort()).toEqual(wrong.map(({ page }) => `${page}:7`).sort());
  },
  120_000,
);

test.skipIf(!isInstalled)(
  "Prisma 7 refuses a URL in its schema, as its section says",
  async () => {
    const done = inProject((folder) => generateClient(folder, { schema: old, config }));
    await expect(done).rejects.toThrow("The datasource property `url` is no longer supported in schema files");
  },
  60_000,
);

test("what is installed for the pages is what they import, and what its types lean on", () => {
  const imported = checked.flatMap(({ text }) =>
    [...text.matchAll(/^import (?:[^"]* from )?"((?:@[^/"]+\/)?[^/"]+)/gm)].map(([, name = ""]) => name),
  );
  const named = [...new Set(imported)].filter((name) => !name.startsWith("node:") && name !== ".");
  const declared = Object.keys(libraries.dependencies).filter((name) => !name.startsWith("@types/"));
  // The client that Prisma generates imports it.
  expect([...named, "@prisma/client"].sort()).toEqual(declared);
  expect(Object.keys(refused)).toEqual(declared);
});

test.each([
  ["Drizzle", "drizzle-orm"],
  ["Kysely", "kysely"],
  ["Prisma", "prisma"],
] as const)("the %s that the blocks are checked against is the release that the pages speak of", async (name, library) => {
  const [major, minor] = libraries.dependencies[library].split(".");
  const release = major === "0" ? `${major}.${minor}` : major;
  const texts = (await knowledge.pages()).map(({ text }) => text.replaceAll(/[*:]/g, ""));
  expect(texts.some((text) => text.includes(`${name} ${release}`))).toBe(true);
});
