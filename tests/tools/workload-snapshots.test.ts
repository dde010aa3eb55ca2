import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { connect } from "./client.ts";

const workloads = join(import.meta.dirname, "../../../shared/workloads");
const names = ["oltp", "tpch"].filter((name) => existsSync(join(workloads, name)));
if (names.length === 0) console.error("tests/tools/workload-snapshots.test.ts is skipped: ../shared/workloads is not here.");

const folder = mkdtempSync(join(tmpdir(), "workloads-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Told {
  readonly settings: Readonly<Record<string, string>>;
  readonly relations: readonly { readonly name: string; readonly kind: string; readonly blocks: number; readonly reltuples: number }[];
}

test.each(names)(
  "from a snapshot of the workload %s every query is planned with the sizes and settings of its server",
  async (name) => {
    const file = join(folder, `${name}.json`);
    execFileSync(process.execPath, [join(import.meta.dirname, "../../bench/workload-snapshot.mjs"), join(workloads, name), file]);
    const client = await connect({ environment: { BACKEND_DB_MCP_SNAPSHOT: file } });
    const planOf = async (sql: string): Promise<string> => {
      const { structuredContent, content } = await client.callTool({
        name: "analyze_query",
        arguments: { sql, response_format: "detailed" },
      });
      expect(structuredContent, JSON.stringify(content)).toBeDefined();
      const { basis, plan } = structuredContent as { basis: object; plan?: { tree: string } };
      expect(basis).toMatchObject({
        source: "snapshot",
        database: name,
        statistics: "full",
        server_version: expect.stringMatching(/^15\.18/),
      });
      return plan?.tree ?? "no plan";
    };
    const { settings, relations }: Told = JSON.parse(readFileSync(join(workloads, name, "statistics.json"), "utf8"));
    for (const { name: table, blocks, reltuples } of relations.filter(({ kind }) => kind === "r")) {
      const cost = blocks * Number(settings.seq_page_cost) + reltuples * Number(settings.cpu_tuple_cost);
      expect(await planOf(`select * from ${table}`)).toBe(`Seq Scan on ${table}  (cost 0.00..${cost.toFixed(2)}, rows ${reltuples})`);
    }
    const queries = readdirSync(join(workloads, name, "queries")).map((query) =>
      readFileSync(join(workloads, name, "queries", query), "utf8"),
    );
    expect(queries.length).toBeGreaterThan(20);
    const unplanned = [];
    for (const sql of queries) if ((await planOf(sql)) === "no plan") unplanned.push(sql);
    expect(unplanned).toEqual([]);
  },
  60_000,
);
