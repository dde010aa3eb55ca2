import { expect, test } from "vitest";
import { readConfig } from "../src/config.ts";

const read = (line: string, environment: Record<string, string> = {}) => readConfig(line.split(" ").filter(Boolean), environment);

test("a caller's statements are kept from the database unless the operator says otherwise", () => {
  expect(read("")).toMatchObject({ access: { level: "catalog", trusted: [], analyzeAsSuperuser: false } });
  expect(read("--access explain --trust-function public.f --trust-function g")).toMatchObject({
    access: { level: "explain", trusted: ["public.f", "g"], analyzeAsSuperuser: false },
  });
  expect(read("--access analyze --allow-superuser-analyze")).toMatchObject({ access: { level: "analyze", analyzeAsSuperuser: true } });
  expect(read("", { BACKEND_DB_MCP_ACCESS: "explain" })).toMatchObject({ access: { level: "explain" } });
  expect(read("--access catalog", { BACKEND_DB_MCP_ACCESS: "explain" })).toMatchObject({ access: { level: "catalog" } });
});

test.each([
  ["--http", "127.0.0.1", 3100],
  ["--http 8080", "127.0.0.1", 8080],
  ["--http --access explain", "127.0.0.1", 3100],
  ["--http=0.0.0.0:80", "0.0.0.0", 80],
  ["--http [::1]:0", "::1", 0],
  ["--http localhost:3000", "localhost", 3000],
])("%s serves on %s, port %i", (line, host, port) => {
  expect(read(line)).toMatchObject({ http: { host, port } });
});

test("HTTP is served only when asked for, with what it needs beside it", () => {
  expect(read("")).toMatchObject({ http: undefined });
  expect(
    read("--http 0.0.0.0:80 --auth-token-file token --allowed-host a.example --allowed-host b.example --allowed-origin https://a.example"),
  ).toMatchObject({
    http: { host: "0.0.0.0", tokenFile: "token", allowedHosts: ["a.example", "b.example"], allowedOrigins: ["https://a.example"] },
  });
  expect(read("", { BACKEND_DB_MCP_HTTP: "8080", BACKEND_DB_MCP_AUTH_TOKEN_FILE: "token" })).toMatchObject({
    http: { host: "127.0.0.1", port: 8080, tokenFile: "token" },
  });
});

test("an argument that makes no sense is named", () => {
  const mistakes = [
    "--access all",
    "--access",
    "--http nonsense",
    "--http 127.0.0.1:99999",
    "--trust-function",
    "--audit-log=",
    "--snapshot",
    "snapshot --http",
    "extra",
  ].map((line) => `${line}: ${(read(line) as { mistake: string }).mistake}`);
  expect(mistakes).toMatchInlineSnapshot(`
    [
      "--access all: --access is one of catalog, explain, analyze, not all",
      "--access: --access needs a value",
      "--http nonsense: --http takes host:port such as 127.0.0.1:3100, not nonsense",
      "--http 127.0.0.1:99999: --http takes host:port such as 127.0.0.1:3100, not 127.0.0.1:99999",
      "--trust-function: --trust-function needs a value",
      "--audit-log=: --audit-log needs a value",
      "--snapshot: --snapshot needs a value",
      "snapshot --http: unknown argument --http",
      "extra: unknown argument extra",
    ]
  `);
});
