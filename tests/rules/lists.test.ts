import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import * as lists from "../../src/rules/index.ts";

const folder = new URL("../../src/rules/", import.meta.url);
const kinds = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test.each(kinds)("every %s rule is in its list once, in the order of the files, under the name of its file", (kind) => {
  const files = readdirSync(new URL(`${kind}/`, folder)).sort();
  const list = Object.entries(lists).find(([name]) => name === `${kind}Rules`)?.[1] ?? [];
  expect(list.map((rule) => rule.id)).toEqual(files.map((file) => `${kind}/${file.replace(/\.ts$/, "")}`));
});
