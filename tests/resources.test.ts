import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { SkillsClient } from "@modelcontextprotocol/client/ext/skills";
import { expect, test } from "vitest";
import { connect, type Era, spawnServerV1 } from "./tools/client.ts";

const folder = new URL("../knowledge/backend-db/", import.meta.url);
const files = ["SKILL.md", ...readdirSync(new URL("references/", folder)).map((file) => `references/${file}`)];
const bytesOf = (file: string) => readFileSync(new URL(file, folder), "utf8");
const eras: readonly Era[] = ["legacy", "auto"];

test.each(eras)("every page is listed, and read with the bytes of its file (%s)", async (era) => {
  const client = await connect({ era });
  const { resources } = await client.listResources();
  for (const file of files) {
    const uri = `skill://backend-db/${file}`;
    expect(resources.map((resource) => resource.uri)).toContain(uri);
    const { contents } = await client.readResource({ uri });
    expect(contents[0]).toMatchObject({ mimeType: "text/markdown", text: bytesOf(file) });
  }
});

test.each(eras)("the Skills extension lists the same files with digests of the same bytes (%s)", async (era) => {
  const client = await connect({ era });
  const { skills } = await new SkillsClient(client).list();
  expect(skills).toHaveLength(1);
  const listed = skills[0]?.resources;
  if (!Array.isArray(listed)) throw new Error("the skill lists no resources");
  const digests = Object.fromEntries(listed.map(({ uri, digest }) => [uri, digest]));
  const expected = Object.fromEntries(
    files.map((file) => [`skill://backend-db/${file}`, `sha256:${createHash("sha256").update(bytesOf(file)).digest("hex")}`]),
  );
  expect(digests).toEqual(expected);
});

test("every section is a resource of its own, with completion of page and section", async () => {
  const client = await connect();
  const { resources } = await client.listResources();
  const sections = resources.filter((resource) => resource.uri.startsWith("knowledge://"));
  expect(sections.length).toBeGreaterThan(12);
  for (const { uri } of sections) {
    const { contents } = await client.readResource({ uri });
    expect(contents[0]).toMatchObject({ text: expect.stringMatching(/^## /) });
  }
  const ref = { type: "ref/resource", uri: "knowledge://{page}/{section}" } as const;
  expect((await client.complete({ ref, argument: { name: "page", value: "rules-" } })).completion.values).toEqual([
    "rules-health",
    "rules-migration",
    "rules-plan",
    "rules-query",
    "rules-schema",
  ]);
  const section = await client.complete({
    ref,
    argument: { name: "section", value: "null" },
    context: { arguments: { page: "rules-query" } },
  });
  expect(section.completion.values).toEqual(["null-equality"]);
});

test("a section that does not exist is answered with the nearest ones", async () => {
  const client = await connect();
  await expect(client.readResource({ uri: "knowledge://rules-query/null-equalty" })).rejects.toThrow(
    /knowledge:\/\/rules-query\/null-equality/,
  );
});

test("a client of SDK v1 lists and reads them too", async () => {
  const client = await spawnServerV1();
  const { resources } = await client.listResources();
  expect(resources.map((resource) => resource.uri)).toContain("skill://backend-db/SKILL.md");
  const { contents } = await client.readResource({ uri: "knowledge://overview/ov-workflow" });
  expect(contents[0]).toMatchObject({ text: expect.stringContaining("analyze_query") });
});
