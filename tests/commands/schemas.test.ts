import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as z from "zod";
import { configFile } from "../../src/config/file.ts";
import { checkReport } from "../../src/tools/check-report.ts";

const root = new URL("../../", import.meta.url);
const published = [
  { name: "config", schema: configFile, title: "backend-db-mcp.json" },
  { name: "report", schema: checkReport, title: "What backend-db-mcp check FILE... --format json prints" },
];

test.each(published)("the package has the JSON schema of the $name as the program reads or writes it", async ({ name, schema, title }) => {
  const written = `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: "input" }) }, null, 2)}\n`;
  await expect(written).toMatchFileSnapshot(fileURLToPath(new URL(`schema/${name}.json`, root)));
  expect(JSON.parse(readFileSync(new URL("package.json", root), "utf8")).files).toContain("schema");
});
