import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addressOf, knowledgeIn } from "../../src/knowledge.ts";

/** What the skill was asked to hold, part by part: a word of it, and where it stands. */
const table = readFileSync(new URL("parts.csv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map(cellsOf);

const knowledge = knowledgeIn(new URL("../../knowledge/", import.meta.url));
const texts = new Map([
  ...(await knowledge.pages()).map(({ name, text }) => [name, text] as const),
  ...(await knowledge.sections()).map((section) => [addressOf(section), section.text] as const),
]);

/** A cell with a comma stands in quotes; none holds a quote. */
function cellsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

const plain = (text: string) => text.toLowerCase().replaceAll(/\s+/g, " ");

test.each(table)("%s: “%s” stands in %s", (_, says = "", place = "") => {
  expect(plain(texts.get(place) ?? "")).toContain(plain(says));
});

const seed = new URL("../../../shared/seed/", import.meta.url);

test.skipIf(!existsSync(seed))("every part of the seed is in the table", () => {
  const text = readdirSync(seed)
    .map((file) => readFileSync(new URL(file, seed), "utf8"))
    .join("\n");
  const headings = [...text.matchAll(/^##+ (.+)$/gm)].map(([, heading]) => heading?.trim());
  const parts = new Set(table.map(([part]) => part));
  expect(headings.length).toBeGreaterThan(20);
  expect(headings.filter((heading) => heading === undefined || !parts.has(heading))).toEqual([]);
});

const outline = new URL("../../../shared/reference/knowledge-outline.md", import.meta.url);

test.skipIf(!existsSync(outline))("every section of the outline exists", () => {
  const ids = new Set([...texts.keys()].map((place) => place.split("#")[1]));
  const asked = readFileSync(outline, "utf8").match(/\b(?:ov|sql|dd|api|sb|cs)-[a-z0-9]+(?:-[a-z0-9]+)*\b(?!-)/g) ?? [];
  const named = new Set(asked.filter((id) => id !== "sql-postgresql" && id !== "api-development"));
  expect(named.size).toBeGreaterThan(140);
  expect([...named].filter((id) => !ids.has(id))).toEqual([]);
});
