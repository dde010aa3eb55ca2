import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { renderSnapshot } from "../../src/catalog/snapshot-file.ts";
import { recordSnapshot } from "../../src/catalog/snapshot-record.ts";
import { queries } from "../../src/demo/shop.ts";
import { tools } from "../../src/tools/index.ts";
import { readDatabase } from "../twin/twin.ts";
import { connect } from "./client.ts";
import { liveShop } from "./shop.ts";

const folder = await mkdtemp(join(tmpdir(), "snapshot-"));
afterAll(() => rm(folder, { recursive: true }));

async function snapshotOf(url: string): Promise<string> {
  const recording = { product: "0.0.0", values: true, statement: undefined };
  const taken = await readDatabase(url, (_, database) => recordSnapshot(database, recording));
  const file = join(folder, "shop.json");
  await writeFile(file, renderSnapshot(taken));
  return file;
}

/** Questions to every tool that looks at a database. */
const questions: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  analyze_query: [0, 2, 5, 12, 13].map((place) => queries[place]).map((sql) => ({ sql, response_format: "detailed" })),
  suggest_indexes: [
    {
      queries: [
        { sql: queries[3], calls: 40 },
        { sql: queries[5], calls: 900 },
      ],
    },
  ],
  migration_checklist: [
    { sql: "alter table order_items alter column price type numeric(12, 4);\ncreate index orders_status_idx on orders (status);" },
    { sql: "drop table customers cascade;" },
  ],
  review_schema: [{ response_format: "detailed" }, { tables: ["orders"] }],
  inspect_schema: [{ detail: "full", limit: 3 }, { tables: ["open_orders", "events"] }],
  // What a server is doing now stands in no snapshot; its own test asks both.
  check_health: [],
  // The shop's server counts no statements; its own test has one that does, and compares the two.
  find_slow_queries: [],
};

/** Counters of a snapshot are told with the day up to which they count. */
const withoutDay = (answer: object): unknown =>
  JSON.parse(JSON.stringify(answer).replaceAll(/, up to \d{4}-\d\d-\d\d, when the snapshot was taken/g, ""));

test("every tool answers from a snapshot as from the database, apart from where it looked", async () => {
  expect(Object.keys(questions).sort()).toEqual(
    tools
      .map((tool) => tool.name)
      .filter((name) => name !== "search_docs")
      .sort(),
  );
  const { url } = await liveShop(18);
  const live = await connect({ environment: { DATABASE_URL: url } });
  const taken = await connect({ environment: { BACKEND_DB_MCP_SNAPSHOT: await snapshotOf(url) } });
  for (const [name, asked] of Object.entries(questions)) {
    for (const args of asked) {
      const [there, here] = [await live.callTool({ name, arguments: args }), await taken.callTool({ name, arguments: args })];
      const { basis: liveBasis, ...liveAnswer } = there.structuredContent as { basis: object };
      const { basis, ...answer } = here.structuredContent as { basis: object };
      expect(withoutDay(answer), `${name} ${JSON.stringify(args)}`).toEqual(liveAnswer);
      expect({ ...liveBasis, ...basis }).toEqual({
        ...basis,
        ...liveBasis,
        source: "snapshot",
        database: expect.stringMatching(/^test_\w+$/),
        as_of: expect.any(String),
      });
    }
  }
}, 120_000);
