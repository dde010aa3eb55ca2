import { expect, test } from "vitest";
import { knowledgeIn, type Section } from "../../src/knowledge.ts";

const knowledge = knowledgeIn(new URL("../../knowledge/", import.meta.url));
const { sections: english, text } = await knowledge.page("overview");
const { sections: french } = await knowledge.page("overview-fr");
const pairs = english.map((section, at) => [section.id, section, french[at]] as const);

test("the overview is short enough to be loaded whole", () => {
  expect(text.split(/\s+/).length).toBeLessThanOrEqual(3500);
});

test("the French overview has the same sections in the same order", () => {
  expect(french.map(({ id }) => id)).toEqual(english.map(({ id }) => id));
});

const prose = ({ text }: Section) => text.replace(/^## .*$/m, "").replaceAll(/^```[\s\S]*?^```$/gm, "");
const rows = (section: Section) => (prose(section).match(/^\|.*\|$/gm) ?? []).map((row) => row.split("|").length);
const numbers = (section: Section) => (prose(section).match(/\d+(?:[.,-]\d+)*/g) ?? []).sort();
const code = (section: Section) => (prose(section).match(/`[^`]+`/g) ?? []).sort();
const items = (section: Section) => prose(section).match(/^(?:-|\d+\.) /gm) ?? [];
const links = (section: Section) =>
  [...prose(section).matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target.replace(/^references\//, ""));
const fences = ({ fences }: Section) => fences.map(({ language, text }) => ({ language, text }));

test.each(pairs)("%s says the same in French: tables, lists, numbers, names, links and code", (_, section, translated) => {
  const factsOf = (side: Section) => ({
    rows: rows(side),
    numbers: numbers(side),
    code: code(side),
    items: items(side),
    links: links(side),
    fences: fences(side),
  });
  expect(translated && factsOf(translated)).toEqual(factsOf(section));
});

test.each(pairs)("%s is in French, not left in English", (_, section, translated) => {
  expect(translated?.title).not.toBe(section.title);
  expect(translated && prose(translated)).toMatch(/\b(?:le|la|les|un|une|des|du)\b/);
  expect(translated && prose(translated)).not.toMatch(/\b(?:the|which|with|and|where)\b/);
});
