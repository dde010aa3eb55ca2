import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { openSnapshot } from "../../src/catalog/snapshot-database.ts";
import { candidateOf } from "../../src/indexes/candidate.ts";
import { ascending } from "../../src/indexes/key.ts";
import { createTrials, dropTrials } from "../../src/indexes/trial.ts";
import { cheaperRewrites, checkRewrites, sameRows, triedOf } from "../../src/rewrites/rewrites-for.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { startTwin } from "../twin/twin.ts";

const workload = join(import.meta.dirname, "../../../shared/workloads/oltp");
const isHere = existsSync(workload);
if (!isHere) console.error("tests/rewrites/oltp.test.ts is skipped: ../shared/workloads is not here.");

async function readWorkload() {
  const folder = mkdtempSync(join(tmpdir(), "oltp-"));
  try {
    const file = join(folder, "oltp.json");
    execFileSync(process.execPath, [join(import.meta.dirname, "../../bench/workload-snapshot.mjs"), workload, file]);
    return await openSnapshot(file).transaction(
      async (connection) => {
        const { settings, relations } = await readDirectory(connection);
        const own = relations.filter(({ name }) => name === "posts" || name === "comments").map(({ oid }) => oid);
        return readCatalog(connection, { settings, relations: own, functions: [] });
      },
      { signal: undefined },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.runIf(isHere)(
  "an OR over two tables is rewritten, with the indexes that only the rewritten statement uses, and the planner's hope is told apart from the cost",
  async () => {
    const catalog = await readWorkload();
    const { tables } = catalog;
    const find = ({ name }: { readonly name: string }) => tables.find((table) => table.name === name);
    const [posts, comments] = [find({ name: "posts" }), find({ name: "comments" })];
    const [statement] = await parseStatements(readFileSync(join(workload, "queries/40_mine_or_commented.sql"), "utf8"));
    if (!posts || !comments || !statement) throw new Error("another workload");
    const indexes = [
      candidateOf(posts, ["author_id", "id"].map(ascending)),
      candidateOf(comments, ["author_id", "post_id"].map(ascending)),
    ];
    const twin = startTwin();
    const found = await twin.use(needsOf(catalog), async (session) => {
      await build(session, catalog);
      const question = { session, searchPath: ["public"], statement, tables, find };
      const limits = { budget: undefined, mostIndexes: 2, leastGain: 0.05 };
      const { trials } = await createTrials(session, { candidates: indexes, tables, searchPath: ["public"] });
      await dropTrials(session, trials);
      return {
        bare: await cheaperRewrites({ ...question, inPlace: [] }),
        indexed: await cheaperRewrites({ ...question, inPlace: trials }),
        advised: await cheaperRewrites({ ...question, inPlace: [], limits }),
        afterwards: await cheaperRewrites({ ...question, inPlace: [] }),
      };
    });
    expect([found.bare, found.afterwards]).toEqual([[], []]);
    const [first] = found.indexed;
    expect(first?.expected).toBeLessThan(10);
    expect(first?.costBefore).toBeGreaterThan(1000 * (first?.costAfter ?? 0));
    expect(first?.indexes).toEqual([]);
    expect(found.advised[0]?.indexes.map(({ table, keys }) => `${table.name} ${keys[0]?.text}`).sort()).toEqual([
      "comments author_id",
      "posts author_id",
    ]);

    const rewrites = await twin.use({ ...needsOf(catalog), alone: true }, async (scratch) => {
      await build(scratch, { ...catalog, statistics: [], extendedValues: [] });
      const tried = triedOf(found.indexed);
      return sameRows(tried, await checkRewrites(tried, { tables, searchPath: ["public"], scratch }), tables);
    });
    expect(rewrites).toMatchObject([{ pattern: "OR to UNION", checked: { dataSets: 16, same: 16 } }]);
  },
  60_000,
);
