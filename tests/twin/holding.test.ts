import { rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Holding, Session } from "../../src/twin/twin.ts";
import { dist, folderWith, startTwin } from "./twin.ts";

const needs = { sortsByBytes: true, extensions: [] };

/** Holds one table and counts how often it was built. */
function orders(key: string): Holding<{ oid: number }> & { builds: number } {
  const holding = {
    needs,
    key,
    builds: 0,
    async hold(session: Session, held: { oid: number } | undefined) {
      if (held) return held;
      holding.builds += 1;
      await session.run(["create table public.orders (id int primary key, note text)"]);
      const [{ oid } = { oid: 0 }] = await session.read<{ oid: number }>("select 'public.orders'::regclass::oid as oid");
      await session.size({ relations: [{ oid, blocks: 5000, tuples: 1_000_000, allVisible: 0 }], indexes: [] });
      return { oid };
    },
  };
  return holding;
}

async function rowsOf(session: Session): Promise<number | string> {
  const explained = await session.explain({ sql: "select note from orders", searchPath: ["public"], generic: false });
  if (explained.refused) return explained.refused.code;
  return (explained.plan as [{ Plan: { "Plan Rows": number } }])[0].Plan["Plan Rows"];
}

test("what was built for one question is there for the next, at the size it was given", async () => {
  const twin = startTwin();
  const holding = orders("a");
  for (let question = 0; question < 3; question += 1) expect(await twin.holding(holding, rowsOf)).toBe(1_000_000);
  expect(holding.builds).toBe(1);
});

test("nothing that a question does is there for the next: not its indexes, not its sizes, not its settings", async () => {
  const twin = startTwin();
  const holding = orders("a");
  await twin.holding(holding, async (session, { oid }) => {
    await session.run(["create index on public.orders (note)", "set local enable_seqscan = off", "drop table pg_catalog.pg_description"]);
    await session.size({ relations: [{ oid, blocks: 1, tuples: 7, allVisible: 1 }], indexes: [] });
    expect(await rowsOf(session)).toBe(7);
  });
  await twin.holding(holding, async (session) => {
    expect(await rowsOf(session)).toBe(1_000_000);
    const indexes = await session.read("select from pg_index where indrelid = 'public.orders'::regclass");
    expect(indexes).toHaveLength(1);
    expect(await session.read("select current_setting('enable_seqscan') as enable_seqscan")).toEqual([{ enable_seqscan: "on" }]);
  });
});

test("a refused plan leaves the next one as it was", async () => {
  const twin = startTwin();
  await twin.holding(orders("a"), async (session) => {
    expect((await session.explain({ sql: "select nope from orders", searchPath: ["public"], generic: false })).refused?.code).toBe("42703");
    expect(await rowsOf(session)).toBe(1_000_000);
    expect(await session.read("select current_setting('search_path') as path")).toEqual([{ path: "pg_catalog" }]);
  });
});

test("another thing of its kind starts from nothing, and the first has to be built anew", async () => {
  const twin = startTwin();
  const [one, other] = [orders("catalog 1"), orders("catalog 2")];
  expect(await twin.holding(one, rowsOf)).toBe(1_000_000);
  expect(await twin.holding(other, rowsOf)).toBe(1_000_000);
  expect(await twin.holding(one, rowsOf)).toBe(1_000_000);
  expect([one.builds, other.builds]).toEqual([2, 1]);
});

test("a thing of another kind is held beside it", async () => {
  const twin = startTwin();
  const [one, other] = [orders("catalog 1"), orders("text 1")];
  for (const holding of [one, other, one, other]) expect(await twin.holding(holding, rowsOf)).toBe(1_000_000);
  expect([one.builds, other.builds]).toEqual([1, 1]);
});

test("a question that starts from nothing does not see what is held, and leaves it alone, even when it commits", async () => {
  const twin = startTwin();
  const holding = orders("a");
  await twin.holding(holding, rowsOf);
  const seen = await twin.use(needs, async (session) => {
    const rows = await rowsOf(session);
    await session.commit();
    await session.execute("create table public.orders (id int)");
    return rows;
  });
  expect(seen).toBe("42P01");
  expect(await twin.holding(holding, rowsOf)).toBe(1_000_000);
  expect(holding.builds).toBe(1);
});

test("what could be put in place only in part is not kept", async () => {
  const twin = startTwin();
  const holding = orders("a");
  const broken = {
    ...holding,
    async hold(session: Session) {
      await session.run(["create table public.half ()"]);
      throw new Error("half way");
    },
  };
  await expect(twin.holding(broken, rowsOf)).rejects.toThrow("half way");
  expect(await twin.holding(holding, (session) => session.read("select to_regclass('public.half') as half"))).toEqual([{ half: null }]);
});

test("two questions at once are answered one after the other", async () => {
  const twin = startTwin();
  const [one, other] = [orders("a"), orders("b")];
  const answers = await Promise.all([
    twin.holding(one, rowsOf),
    twin.holding(other, rowsOf),
    twin.holding(one, rowsOf),
    twin.use(needs, rowsOf),
  ]);
  expect(answers).toEqual([1_000_000, 1_000_000, 1_000_000, "42P01"]);
});

/** A worker that ends where it is asked for `kill`. */
const killable = `
  import { parentPort } from "node:worker_threads";
  parentPort.on("message", ({ request }) => { if (request.sql === "kill") process.exit(9); });
  await import(${JSON.stringify(new URL("twin-worker.js", dist).href)});`;

test("when Postgres ends in the middle of a question, its asker is told so, and the next one is answered", async () => {
  const folder = await folderWith({});
  await rm(new URL("twin-worker.js", folder));
  await writeFile(new URL("twin-worker.js", folder), killable);
  const twin = startTwin({ folder });
  const holding = orders("a");
  const killed = twin.holding(holding, (session) => session.read("kill"));
  await expect(killed).rejects.toMatchObject({ code: "twin_failed", hint: { retryable: true } });
  expect(await twin.holding(holding, rowsOf)).toBe(1_000_000);
  expect(holding.builds).toBe(2);
});

test("a worker that nobody asks for a while is given up, and started again when somebody does", async () => {
  const twin = startTwin({ idle: 50 });
  const holding = orders("a");
  await twin.holding(holding, rowsOf);
  await sleep(500);
  expect(await twin.holding(holding, rowsOf)).toBe(1_000_000);
  expect(holding.builds).toBe(2);
});
