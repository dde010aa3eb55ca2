import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return name;
};

function check(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "check", ...args], {
    input,
    cwd: folder,
    env: {},
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

mkdirSync(join(folder, "migrations"));
file("migrations/1_orders.up.sql", "create table orders (id bigint primary key, note text);");
file("migrations/1_orders.down.sql", "drop table orders;");
file("migrations/2_note.up.sql", "alter table orders add column channel text;");
file("migrations/10_channel.up.sql", "alter table orders drop column channel;\nalter table orders\n  alter column note set not null;");
const schema = file("schema.sql", "create table orders (id bigint primary key, note text);\n-- rows: orders 5_000_000");
const careless = file(
  "careless.sql",
  "alter table orders add column a text;\n  create index orders_note_idx on orders (note);\nalter table orders rename column note to remark;",
);

test("each migration is judged after those before it, in the order of their numbers; their ways back and their history are not", () => {
  const { status, stdout } = check(["migrations", "--history", "migrations/1_orders.up.sql", "--format", "json"]);
  const { files } = JSON.parse(stdout);
  expect(files.map(({ file: name }: { file: string }) => name)).toEqual(["migrations/2_note.up.sql", "migrations/10_channel.up.sql"]);
  expect(files[1].statements.map(({ refused }: { refused?: object }) => refused)).toEqual([undefined, undefined]);
  expect(files[1].findings.map(({ rule }: { rule: string }) => rule)).toContain("migration/drop-column");
  expect(status).toBe(1);
});

test("warnings let a pipeline go on: 0, with the text that the tool has", () => {
  const { status, stdout } = check([careless, "--schema", schema]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^careless\.sql\nBasis: from schema_sql/);
  expect(stdout).toContain("\nVerdict: review. ");
});

test("annotations of GitHub have the place of each finding, and no line of a message ends one", () => {
  const { stdout } = check([careless, "--schema", schema, "--format", "github"]);
  const lines = stdout.trim().split("\n");
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^::warning file=careless\.sql,line=2,col=3,title=migration\/create-index-not-concurrent::CREATE INDEX .*%0Acreate index concurrently/,
    ),
  );
  for (const line of lines) expect(line).toMatch(/^::(?:error|warning|notice) file=/);
});

test("SARIF has a rule, a level, a place and a fingerprint that lines do not move", () => {
  const { stdout } = check([careless, "--schema", schema, "--format", "sarif"]);
  const { version, runs } = JSON.parse(stdout);
  expect(version).toBe("2.1.0");
  const [{ tool, results }] = runs;
  expect(results).toContainEqual(
    expect.objectContaining({
      ruleId: "migration/create-index-not-concurrent",
      level: "warning",
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "careless.sql" },
            region: { startLine: 2, startColumn: 3, endLine: 2, endColumn: 48 },
          },
        },
      ],
    }),
  );
  expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
    ...new Set(results.map(({ ruleId }: { ruleId: string }) => ruleId)),
  ]);
  const moved = file("careless.sql", `\n\n${readFileSync(join(folder, careless), "utf8")}`);
  const again = JSON.parse(check([moved, "--schema", schema, "--format", "sarif"]).stdout).runs[0].results;
  const prints = (all: readonly { partialFingerprints: object }[]) => all.map(({ partialFingerprints }) => partialFingerprints);
  expect(prints(again)).toEqual(prints(results));
});

test("what a baseline knows is kept quiet, wherever it stands; what is new is told", () => {
  expect(check([careless, "--schema", schema, "--baseline", "known.json", "--write-baseline"]).status).toBe(0);
  const quiet = JSON.parse(check([careless, "--schema", schema, "--baseline", "known.json", "--format", "json"]).stdout);
  expect(quiet.verdict).toBe("ok");
  expect(quiet.files[0].findings).toEqual([]);
  expect(quiet.files[0].limits.at(-1)).toMatch(/^\d+ known: known\.json$/);
  const more = file("more.sql", `${readFileSync(join(folder, careless), "utf8")}\ndrop table orders cascade;`);
  const told = JSON.parse(check([more, "--schema", schema, "--baseline", "known.json", "--format", "json"]).stdout);
  expect(told.files[0].findings.map(({ rule }: { rule: string }) => rule)).toContain("migration/drop-table");
  expect(told.verdict).toBe("block");
});

test("a statement that Postgres refuses blocks: 1, and is annotated too", () => {
  const { status, stdout } = check(["-", "--schema", schema, "--format", "github"], "alter table orders drop column nope;");
  expect(stdout).toContain('::error file=-,line=1,col=1,title=refused::column "nope" of relation "orders" does not exist (42703)');
  expect(status).toBe(1);
});

test("what the rollback would do is annotated as a notice at the file's start", () => {
  const { stdout } = check(["-", "--schema", schema, "--format", "github"], "\n\ncreate index concurrently by_total on orders (id);");
  expect(stdout.split("\n").filter((line) => line.includes("In the rollback"))).toEqual([]);
  const added = check(["-", "--schema", schema, "--format", "github"], "begin; create index by_total on orders (id); commit;");
  expect(added.stdout).toMatch(
    /^::notice file=-,line=1,col=1,title=migration\/drop-index-not-concurrent::In the rollback, line 1: DROP INDEX/m,
  );
});

test.each([
  ["a file that is not there", ["nope.sql"], "nope.sql could not be read: there is no such file."],
  ["SQL that does not parse", [file("bad.sql", "alter tabel x")], "syntax error"],
  ["a baseline that is none", [careless, "--baseline", schema], "is not"],
  ["a migration beside a query", [careless, "--query", "-"], "careless.sql is a migration"],
  ["a baseline without a name", [careless, "--write-baseline"], "--write-baseline needs --baseline FILE"],
  ["a report without a file", [careless, "--report", "markdown"], "--report takes FORMAT=FILE"],
  ["a version that is none", [careless, "--postgres-version", "9.6"], "--postgres-version is a number from 14 to 19"],
  ["an unknown format", [careless, "--format", "xml"], "--format is one of text, json, github, gitlab, sarif, markdown"],
  ["nothing", [], "check needs FILE"],
])("%s is not judged: 2, with what to do", (_, args, said) => {
  const { status, stderr, stdout } = check(args);
  expect(status).toBe(2);
  expect(stderr).toContain(said);
  expect(stdout).toBe("");
});
