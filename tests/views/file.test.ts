import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { recordedFile, recordedPlans } from "../plan/recorded.ts";
import { inBrowser, openPage } from "./browser.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const hashJoin = recordedPlans(18).find(({ name }) => name === "Hash Join");
const json = JSON.stringify(hashJoin?.json);

function folder(files: Readonly<Record<string, string>> = {}): string {
  const made = mkdtempSync(join(tmpdir(), "view-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}

const view = (cwd: string, args: readonly string[], input = "") =>
  spawnSync(process.execPath, [program, "view", ...args], { cwd, input, encoding: "utf8", env: {} });

test("a plan becomes a page of its name in this folder, and the page is written anew", () => {
  const cwd = folder({ "plan.json": json });
  for (let time = 0; time < 2; time++) {
    expect(view(cwd, ["plan.json"])).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "Wrote plan.html: open it in a browser. It needs no network and no server.\n",
    });
  }
  expect(readFileSync(join(cwd, "plan.html"), "utf8")).toMatch(/^<!doctype html><!-- backend-db-mcp view -->/);
});

test.each([
  ["JSON", json],
  ["the text format", hashJoin?.text ?? ""],
  ["a log with entries of auto_explain", recordedFile("18.log")],
])("a plan from stdin becomes a page on stdout: %s", (_, input) => {
  const { status, stdout, stderr } = view(folder(), ["-"], input);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(stdout)?.[1] ?? "";
  expect(JSON.parse(data)).toMatchObject({ answer: { verdict: expect.any(String) }, picture: { plans: expect.any(Array) } });
  expect(data).not.toContain("<");
});

test.each([
  ["what is no plan", ["bad.json"], /^backend-db-mcp: This is not a plan\./],
  ["a file that is not there", ["none.json"], /^backend-db-mcp: none\.json could not be read: there is no such file\.\n$/],
  ["a page that is somebody's", ["plan.json", "mine.html"], /^backend-db-mcp: mine\.html exists and is no page of this command/],
  ["a folder that is not there", ["plan.json", "no/page.html"], /^backend-db-mcp: no\/page\.html could not be written \(ENOENT\)/],
  ["no file", [], /^backend-db-mcp: view needs FILE/],
  ["an option of another command", ["plan.json", "--access", "explain"], /^backend-db-mcp: unknown argument --access/],
])("%s is told, and nothing is written", (_, args, told) => {
  const cwd = folder({ "plan.json": json, "bad.json": '{"rows": []}', "mine.html": "<p>mine</p>" });
  const { status, stdout, stderr } = view(cwd, args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(told);
  expect(readFileSync(join(cwd, "mine.html"), "utf8")).toBe("<p>mine</p>");
});

inBrowser("the file is the view of the host: it draws its plan without one, and its policy lets no other script run", async () => {
  const name = "</script><script>document.title = 'escaped'</script><!--";
  const [statement] = [JSON.parse(json)].flat() as { Plan: { Plans: { "Relation Name"?: string }[] } }[];
  const [first] = statement?.Plan.Plans ?? [];
  if (first) first["Relation Name"] = name;
  const cwd = folder({ "plan.json": JSON.stringify(statement) });
  expect(view(cwd, ["plan.json"]).status).toBe(0);
  const { page, requests, faults } = await openPage();
  await page.goto(`file://${join(cwd, "plan.html")}`);
  expect(await page.getByRole("treeitem").count()).toBe(4);
  expect(await page.getByRole("treeitem", { name }).count()).toBe(1);
  expect(await page.title()).toBe("Query plan");
  expect({ requests, faults }).toEqual({ requests: [], faults: [] });
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'ran'";
    document.body.append(script);
    document.body.append(Object.assign(new Image(), { src: "https://example.com/x.png" }));
  });
  await expect.poll(() => faults.length).toBe(2);
  expect(await page.title()).toBe("Query plan");
  expect(faults.every((fault) => fault.includes("Content Security Policy"))).toBe(true);
});
