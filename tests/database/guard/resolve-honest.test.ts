import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { schema as shop } from "../../../src/demo/shop.ts";
import { workloads } from "../../fidelity/workloads.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import { asRole } from "../sessions.ts";
import { reads, world, writes } from "./honest-kinds.ts";
import { type Guard, openGuard } from "./resolving.ts";

const readable = "grant select, insert, update, delete on all tables in schema public to public; grant usage on schema public to public;";
const versions = [15, 18] as const;

/** What a superuser asks of 15, a role that only reads asks of 18. */
async function guardOf(version: 15 | 18, sql: string): Promise<Guard> {
  const { url } = await freshDatabase(version, `${sql}; ${readable}`);
  return openGuard(version === 15 ? url : await asRole(version, { url, settings: [] }));
}

async function passes(version: 15 | 18, sql: string, asked: Partial<Record<"explain" | "analyze", readonly string[]>>): Promise<void> {
  const guard = await guardOf(version, sql);
  const refused: string[] = [];
  for (const mode of ["explain", "analyze"] as const) {
    for (const statement of asked[mode] ?? []) {
      const sentence = await guard.ask(statement, mode);
      if (sentence !== "passed") refused.push(`${statement}\n${sentence}`);
    }
  }
  await guard.close();
  expect(refused).toEqual([]);
}

test.each(versions)("functions, types, policies and extensions that only read are let through (%i)", async (version) => {
  await passes(version, world, { analyze: reads, explain: writes });
});

test("the queries of whole applications are let through", async () => {
  for (const { name, scripts, stages } of workloads()) {
    // The others hold what is refused on purpose.
    if (!["OLTP", "TPC-H", "shop"].includes(name)) continue;
    const [schema = ""] = name === "shop" ? [shop] : scripts(18);
    await passes(18, schema, { explain: (stages[0]?.queries(18) ?? []).map(({ sql }) => sql) });
  }
});

const exam = fileURLToPath(new URL("../../../../shared/exams/", import.meta.url));
const isThere = existsSync(exam);
if (!isThere) console.error(`The exam's honest statements are left out: there is no ${exam}`);

interface Question {
  readonly id: string;
  readonly sql: string;
  readonly mode: "explain" | "analyze";
}

test.skipIf(!isThere).each(versions)("honest statements of the exam are let through in a hostile database (%i)", async (version) => {
  const { benign }: { benign: readonly Question[] } = JSON.parse(readFileSync(`${exam}attacks.json`, "utf8"));
  const hostile = readFileSync(`${exam}attacks-world.sql`, "utf8")
    .replaceAll("__PORT__", "5432")
    .replaceAll(/\bto ro\b/g, "to public");
  const of = (wanted: Question["mode"]) => benign.filter(({ mode }) => mode === wanted).map(({ sql }) => sql);
  await passes(version, hostile, { analyze: of("analyze"), explain: of("explain") });
});
