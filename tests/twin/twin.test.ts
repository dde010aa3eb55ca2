import { copyFile, rm } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Session } from "../../src/twin/twin.ts";
import { dist, folderWith, startTwin } from "./twin.ts";

const needs = { sortsByBytes: true, extensions: [] };
const twin = startTwin();

const schema = ["set local search_path = public", "create table orders (id int primary key, note text)", "create index on orders (note)"];
const explain = (session: Session, sql: string, generic = false) => session.explain({ sql, searchPath: ["public"], generic });

test("nothing of one question is there for the next", async () => {
  await twin.use(needs, (session) => session.run(schema));
  const explained = await twin.use(needs, (session) => explain(session, "select 1 from orders"));
  expect(explained.refused).toMatchObject({ code: "42P01" });
});

test("a refused statement leaves the others standing, and each is answered in its place", async () => {
  const outcomes = await twin.use(needs, (session) => session.run([...schema, "create table orders ()", "creat", "create table notes ()"]));
  expect(outcomes.map((outcome) => outcome.refused?.code)).toEqual([undefined, undefined, undefined, "42P07", "42601", undefined]);
});

test("a statement that only warns is run once, and told apart from its neighbours", async () => {
  const warning = "do $$ begin raise warning 'mind the gap'; end $$";
  const outcomes = await twin.use(needs, (session) => session.run(["create table public.a ()", warning, "create table public.b ()"]));
  expect(outcomes).toEqual([false, true, false].map((warned) => ({ refused: undefined, warned })));
});

test("a parameter is planned without a value", async () => {
  const { plan } = (await twin.use(needs, async (session) => {
    await session.run(schema);
    return explain(session, "select 1 from orders where id = $1", true);
  })) as { plan: [{ Plan: { "Index Cond": string } }] };
  expect(plan[0].Plan["Index Cond"]).toBe("(orders.id = $1)");
});

test("the place of an error is counted in the statement itself", async () => {
  const { refused } = await twin.use(needs, (session) => explain(session, "select é, nope from pg_class"));
  expect(refused).toMatchObject({ code: "42703", position: 8 });
});

test("a plain B-tree serves LIKE 'x%' only where text is sorted by bytes", async () => {
  const planOf = (sortsByBytes: boolean) =>
    twin.use({ ...needs, sortsByBytes }, async (session) => {
      await session.run([...schema, "set local enable_seqscan = off"]);
      return JSON.stringify(await explain(session, "select note from orders where note like 'abc%'"));
    });
  expect(await planOf(true)).toContain("note >= 'abc'");
  expect(await planOf(false)).not.toContain("note >= 'abc'");
});

test("an extension that PGlite ships is loaded when a question needs it", async () => {
  const outcomes = await twin.use({ ...needs, extensions: ["pg_trgm", "vector", "uuid-ossp"] }, (session) =>
    session.run([
      "set local search_path = public",
      "create extension pg_trgm",
      "create extension vector",
      'create extension "uuid-ossp"',
      "create table docs (body text, embedding vector(3))",
      "create index on docs using gin (body gin_trgm_ops)",
      "create index on docs using hnsw (embedding vector_l2_ops)",
    ]),
  );
  expect(outcomes.map((outcome) => outcome.refused)).toEqual(outcomes.map(() => undefined));
});

test("what runs too long is ended with its worker, and the next question gets a fresh one", async () => {
  const impatient = startTwin({ deadline: 3000 });
  const forever = "do $$ begin loop end loop; end $$";
  await expect(impatient.use(needs, (session) => session.run([forever]))).rejects.toMatchObject({ code: "timeout" });
  expect((await impatient.use(needs, (session) => explain(session, "select 1"))).refused).toBeUndefined();
});

test("a cancelled question ends at once, and the next one is answered", async () => {
  const stop = new AbortController();
  const forever = twin.use(needs, (session) => session.run(["do $$ begin loop end loop; end $$"]), stop.signal);
  setTimeout(() => stop.abort(), 200);
  await expect(forever).rejects.toMatchObject({ code: "cancelled" });
  expect((await twin.use(needs, (session) => explain(session, "select 1"))).refused).toBeUndefined();
});

test("memory is bounded: a bomb is refused, and the cluster goes on", async () => {
  await twin.use(needs, async (session) => {
    const bomb = await explain(
      session,
      `select ${Array.from({ length: 12 }, (_, letter) => `length(repeat(chr(${65 + letter}), 250000000))`).join(" + ")}`,
    );
    expect(bomb.refused).toMatchObject({ code: "53200" });
    expect((await explain(session, "select 1")).refused).toBeUndefined();
  });
});

test.each([
  ["cut short", (image: Buffer) => image.subarray(0, 5_000_000)],
  ["of another program", () => Buffer.from("no image at all")],
  ["empty", () => Buffer.alloc(0)],
  ["missing", () => undefined],
])("an image that is %s is told as what it is, and asked for again the next time", async (_, change) => {
  const folder = await folderWith({ change });
  const broken = startTwin({ folder });
  const ask = () => broken.use(needs, (session) => explain(session, "select 1"));
  await expect(ask()).rejects.toThrow(/twin/);
  await expect(ask()).rejects.toThrow(/twin/);
  await rm(new URL("twin-bytes.image", folder), { force: true });
  await copyFile(new URL("twin-bytes.image", dist), new URL("twin-bytes.image", folder));
  expect((await ask()).refused).toBeUndefined();
});

test("an image whose files are no cluster is told, and does not hang", async () => {
  const broken = startTwin({
    folder: await folderWith({ change: (image) => Buffer.concat([image.subarray(0, 40_000), Buffer.alloc(image.length - 40_000)]) }),
  });
  await expect(broken.use(needs, (session) => explain(session, "select 1"))).rejects.toThrow(/twin/);
});

test("more questions than can wait are turned away with a hint", async () => {
  const crowd = Array.from({ length: 40 }, () => twin.use(needs, (session) => explain(session, "select 1")));
  const settled = await Promise.allSettled(crowd);
  const refused = settled.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(8);
  expect(refused[0]?.reason).toMatchObject({ code: "busy", hint: { retryable: true } });
});
