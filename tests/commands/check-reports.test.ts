import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod";
import { renderMarkdown } from "../../src/tools/migration-markdown.ts";
import { connectOnce, textOf } from "../tools/client.ts";
import { folderOf } from "./checking.ts";

const { folder, check } = folderOf({
  "schema.sql": "create table orders (id bigint primary key, note text, channel text);\n-- rows: orders 5_000_000",
  "odd dir/ä #1.sql": [
    "-- ignore migration/rename-column: no reader yet",
    "alter table orders rename column channel to source;",
    "create index orders_note_idx on orders (note);",
    "alter table orders alter column note set not null, drop column nope;",
    "-- ignore migration/drop-colum: a slip of the pen",
  ].join("\n"),
});
const reports = ["json", "sarif", "gitlab", "markdown"].map((format) => `--report=${format}=${folder}/${format}`);
const ran = check(["odd dir/ä #1.sql", "--schema", "schema.sql", ...reports, "--format", "github"]);
const report = (format: string) => readFileSync(`${folder}/${format}`, "utf8");

test("one run writes a report in each format that is asked for", () => {
  expect(ran).toMatchObject({ status: 1, stderr: "" });
  expect(ran.stdout.split("\n").map((line) => /title=([^:]+)/.exec(line)?.[1])).toContain("refused");
});

test("a real report has what its published schema says, and nothing else", () => {
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(new URL("../../schema/report.json", import.meta.url), "utf8")));
  const read = JSON.parse(report("json"));
  expect(schema.safeParse(read).error).toBeUndefined();
  expect(schema.safeParse({ ...read, verdict: "fine" }).success).toBe(false);
  expect(schema.safeParse({ ...read, files: read.files.map((file: object) => ({ ...file, statements: 1 })) }).success).toBe(false);
});

/** What the standard asks of a log (sections 3.13 to 3.52) and GitHub of one that it takes. */
test("SARIF refers to its rules by id and index, to its files by a URI, and has regions that do not end before they begin", () => {
  const { version, runs } = JSON.parse(report("sarif"));
  const [{ tool, results, columnKind }] = runs;
  expect([version, columnKind, tool.driver.name]).toEqual(["2.1.0", "utf16CodeUnits", "backend-db-mcp"]);
  const { rules } = tool.driver;
  expect(new Set(rules.map(({ id }: { id: string }) => id)).size).toBe(rules.length);
  for (const { shortDescription, help, id } of rules) {
    expect(shortDescription.text).toMatch(/\w/);
    if (id.startsWith("migration/")) expect(help).toEqual({ text: expect.any(String), markdown: expect.stringMatching(/^## /) });
  }
  expect(results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(
    expect.arrayContaining(["migration/create-index-not-concurrent", "refused", "ignore-without-effect"]),
  );
  for (const { ruleId, ruleIndex, level, message, locations, partialFingerprints } of results) {
    expect(rules[ruleIndex].id).toBe(ruleId);
    expect(["error", "warning", "note"]).toContain(level);
    expect(message.text).toMatch(/\w/);
    const { artifactLocation, region } = locations[0].physicalLocation;
    expect(artifactLocation.uri).toBe("odd%20dir/%C3%A4%20%231.sql");
    const { startLine, startColumn = 1, endLine = startLine, endColumn = startColumn } = region;
    expect(startLine).toBeGreaterThan(0);
    expect(endLine > startLine || (endLine === startLine && endColumn >= startColumn)).toBe(true);
    expect(Object.keys(partialFingerprints)).toEqual(["ruleAndObject/v1"]);
  }
  check(["odd dir/ä #1.sql", "--schema", "schema.sql", "--baseline", "known.json", "--write-baseline"]);
  const known: { rule: string; object: string }[] = JSON.parse(report("known.json"));
  const prints = results.map((result: { partialFingerprints: object }) => Object.values(result.partialFingerprints)[0]);
  for (const { rule, object } of known) expect(prints).toContain(`${rule} ${object}`);
});

test("what GitLab reads has a fingerprint for each entry, and places", () => {
  const entries: { fingerprint: string; severity: string; location: object; check_name: string }[] = JSON.parse(report("gitlab"));
  expect(new Set(entries.map(({ fingerprint }) => fingerprint)).size).toBe(entries.length);
  expect(entries.find(({ check_name }) => check_name === "migration/create-index-not-concurrent")).toMatchObject({
    severity: "major",
    location: { path: "odd dir/ä #1.sql", lines: { begin: 3 } },
  });
});

test("Markdown has the verdict, the statements, folded fixes, and ticks only where this run saw it", () => {
  expect(report("markdown")).toMatchSnapshot();
});

const hostile = "a`|b\n</details><script>x</script> @octocat #1 https://evil.example [x](y) <!-- *";

test("nothing in a name or a text of a report in Markdown is markup, a link, a mention or the end of a cell", async () => {
  const client = await connectOnce(undefined);
  const name = `"${hostile}"`;
  const asked = { response_format: "markdown", schema_sql: `create table ${name} (id int, note text)` };
  const sql = `create index on ${name} (note); alter table ${name} drop column note; drop table ${name};`;
  const told = textOf(await client.callTool({ name: "migration_checklist", arguments: { ...asked, sql, file: `${hostile}.sql` } }));
  // Between fences and backticks everything is text.
  const bare = told.replaceAll(/^(`{3,})sql\n[\s\S]*?\n\1$/gm, "").replaceAll(/(?<![`\\])(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "");
  expect(bare).not.toContain("<script");
  expect(bare).not.toMatch(/@octocat|#1\b|https:\/\/|(?<!\\)\[x\\?\]\(y/);
  expect(bare.match(/<details>/g)?.length).toBe(bare.match(/<\/details>/g)?.length);
  for (const line of told.split("\n").filter((each) => each.startsWith("| "))) expect(line.match(/(?<!\\)\|/g), line).toHaveLength(6);
});

test("a report is cut between its parts, before what GitHub takes of a comment", () => {
  const [answer] = JSON.parse(report("json")).files;
  const text = renderMarkdown(Array.from({ length: 200 }, () => ({ file: "a.sql", answer })));
  expect(text.length).toBeLessThan(61_000);
  expect(text).toMatch(/\n\n… cut at 60000 characters: \d+ more parts\.$/);
  expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
});
