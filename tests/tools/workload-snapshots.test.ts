import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { connect } from "./client.ts";
import { workloadFindings } from "./workload-findings.ts";

const workloads = join(import.meta.dirname, "../../../shared/workloads");
const names = ["oltp", "tpch"].filter((name) => existsSync(join(workloads, name)));
if (names.length === 0) console.error("tests/tools/workload-snapshots.test.ts is skipped: ../shared/workloads is not here.");

const folder = mkdtempSync(join(tmpdir(), "workloads-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Told {
  readonly settings: Readonly<Record<string, string>>;
  readonly relations: readonly { readonly name: string; readonly kind: string; readonly blocks: number; readonly reltuples: number }[];
}

interface Answer {
  readonly basis: object;
  readonly plan?: { readonly tree: string };
  readonly findings: readonly Finding[];
  readonly indexes: readonly { readonly table: string }[];
}

/** "table: rows kept of rows read", of a scan of a table. */
function scanIn({ rule, message }: Finding): string | undefined {
  const [, table, read, kept] = /^The planner expects Seq Scan on (.+) to read (\S+) rows to keep (\S+), those with /.exec(message) ?? [];
  return rule === "plan/seq-scan-large-filtered" && table !== undefined ? `${table}: ${kept} of ${read}` : undefined;
}

function asJudged({ severity, rule, span, message }: Finding, sql: string) {
  const before = sql.slice(0, span?.start).split("\n");
  const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  return { found: `${severity} ${rule} ${place}`, at: sql.slice(span?.start, span?.end).replaceAll(/\s+/g, " "), says: message };
}

const kept = <Value>(entries: readonly (readonly [string, readonly Value[]])[]) =>
  Object.fromEntries(entries.filter(([, values]) => values.length > 0));

test.each(names)(
  "from a snapshot of the workload %s every query is planned with the sizes and settings of its server, and all that is found was judged by hand",
  async (name) => {
    const file = join(folder, `${name}.json`);
    execFileSync(process.execPath, [join(import.meta.dirname, "../../bench/workload-snapshot.mjs"), join(workloads, name), file]);
    const client = await connect({ environment: { BACKEND_DB_MCP_SNAPSHOT: file } });
    const ask = async (sql: string): Promise<Answer> => {
      const { structuredContent, content } = await client.callTool({ name: "analyze_query", arguments: { sql } });
      expect(structuredContent, JSON.stringify(content)).toMatchObject({
        basis: { source: "snapshot", database: name, statistics: "full", server_version: expect.stringMatching(/^15\.18/) },
      });
      return structuredContent as unknown as Answer;
    };
    const { settings, relations }: Told = JSON.parse(readFileSync(join(workloads, name, "statistics.json"), "utf8"));
    for (const { name: table, blocks, reltuples } of relations.filter(({ kind }) => kind === "r")) {
      const cost = blocks * Number(settings.seq_page_cost) + reltuples * Number(settings.cpu_tuple_cost);
      const { plan } = await ask(`select * from ${table}`);
      expect(plan?.tree).toBe(`Seq Scan on ${table}  (cost 0.00..${cost.toFixed(2)}, rows ${reltuples})`);
    }
    const answers: { readonly query: string; readonly sql: string; readonly answer: Answer }[] = [];
    for (const query of readdirSync(join(workloads, name, "queries"))) {
      const sql = readFileSync(join(workloads, name, "queries", query), "utf8");
      answers.push({ query: query.replace(".sql", ""), sql, answer: await ask(sql) });
    }
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter(({ answer }) => !answer.plan).map(({ query }) => query)).toEqual([]);

    const { judged = {}, scans, withoutIndex } = workloadFindings[name] ?? {};
    const scansOf = ({ findings }: Answer) => findings.flatMap((finding) => scanIn(finding) ?? []);
    expect(kept(answers.map(({ query, answer }) => [query, scansOf(answer)]))).toEqual(scans);
    const served = ({ indexes }: Answer, scan: string) =>
      indexes.some(({ table }) => scan.startsWith(`${table}:`) || scan.startsWith(`${table} `));
    const left = answers.flatMap(({ query, answer }) =>
      scansOf(answer).flatMap((scan) => (served(answer, scan) ? [] : [`${query} ${scan.split(":")[0]}`])),
    );
    expect(left).toEqual(withoutIndex);
    const others = answers.map(({ query, sql, answer }) => {
      const found = answer.findings.filter((finding) => scanIn(finding) === undefined);
      return [query, found.map((finding) => asJudged(finding, sql))] as const;
    });
    const expected = Object.entries(judged).map(([query, each]) => [query, each.map(({ why: _, ...told }) => told)] as const);
    expect(kept(others)).toEqual(Object.fromEntries(expected));
  },
  // A busy machine takes several times what an idle one does.
  240_000,
);
