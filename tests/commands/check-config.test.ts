import { expect, test } from "vitest";
import { folderOf, rulesOf } from "./checking.ts";

const { write, filesOf, check } = folderOf({
  "db/schema.sql": "create table orders (id bigint primary key, note text);\ncreate table notes (id bigint primary key, body text);",
  "db/m/1.sql":
    "create index orders_note_idx on orders (note);\ncreate index notes_body_idx on notes (body);\nalter table orders add column sent timestamp;",
});

const configured = (settings: object) => write("backend-db-mcp.json", JSON.stringify(settings));

test("backend-db-mcp.json is found upwards, and tells the schema, its sizes and the grades of rules, by object too", () => {
  configured({
    $schema: "./node_modules/backend-db-mcp/schema/config.json",
    schema: "db/schema.sql",
    row_counts: { orders: 5_000_000, notes: 40_000_000 },
    rules: {
      "migration/create-index-not-concurrent": { "public.orders": "off", "*": "error" },
      "migration/prefer-timestamptz": "info",
    },
  });
  const [file] = filesOf(["1.sql"], { at: "db/m" });
  expect(file?.basis.source).toBe("schema_sql");
  expect(file?.findings.map(({ rule, severity, object }) => [rule, severity, object])).toEqual([
    ["migration/create-index-not-concurrent", "error", "notes"],
    ["migration/rewrite-disk-space", "warning", undefined],
    ["migration/toast-and-wal-estimate", "info", undefined],
    ["migration/prefer-timestamptz", "info", "orders.sent"],
  ]);
  expect(file?.findings[0]).toMatchObject({ message: expect.stringContaining("about 40,000,000 rows") });
  expect(file?.verdict).toBe("block");
  expect(file?.suppressed?.findings).toEqual([
    { rule: "migration/create-index-not-concurrent", object: "orders", line: 1, reason: "off in ../../backend-db-mcp.json" },
  ]);
  expect(check(["db/m/1.sql"])).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("- migration/create-index-not-concurrent on orders, line 1: off in backend-db-mcp.json"),
  });
});

test("history, baseline and runner come from it too, and the command line wins", () => {
  configured({ history: ["db/schema.sql"], baseline: "known.json", runner: "flyway", style: true });
  const [file] = filesOf(["db/m/1.sql", "--write-baseline"]);
  expect(file?.limits.join()).toContain("Flyway");
  expect(file && rulesOf(file)).toContain("migration/missing-lock-timeout");
  expect(filesOf(["db/m/1.sql"])[0]).toMatchObject({ findings: [], verdict: "ok" });
  expect(filesOf(["db/m/1.sql", "--runner", "psql"])[0]?.limits.join()).toContain("psql");
});

test.each([
  ["an unknown key", { ruels: {} }, "there is no key ruels, the nearest is rules; the keys are rules, style, schema"],
  [
    "an unknown rule",
    { rules: { "migration/drop-colum": "off" } },
    "there is no rule migration/drop-colum of migrations, schemas or health; the nearest is migration/drop-column",
  ],
  ["an unknown severity", { rules: { "migration/drop-column": "warn" } }, "rules.migration/drop-column takes off, info, warning or error"],
  ["a wrong type", { row_counts: { orders: "many" } }, "row_counts.orders: "],
  ["a version that is none", { postgres_version: 9 }, "postgres_version: "],
  ["an unknown runner", { runner: "make" }, "The runner is one of psql, Prisma"],
])("%s in it is told, and nothing is judged: 2", (_, settings, said) => {
  write("wrong.json", JSON.stringify(settings));
  expect(check(["db/m/1.sql", "--config", "wrong.json"])).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining(said) });
});

test("a file that is not there, or no JSON, is told", () => {
  write("broken.json", "{ rules: off }");
  expect(check(["db/m/1.sql", "--config", "broken.json"]).stderr).toContain("broken.json: it is not JSON: ");
  expect(check(["db/m/1.sql", "--config", "nope.json"]).stderr).toContain("nope.json: there is no such file.");
});
