import { expect, test } from "vitest";
import { openDatabase } from "../../src/database/live-database.ts";
import { ToolError } from "../../src/error.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connectionTo, quick, refusal, using, withoutPassword } from "./asking.ts";
import { asRole, asSuperuser, eventually, sessions } from "./sessions.ts";

const versions = [15, 18] as const;

test.each(versions)("the major version of Postgres %i is asked once", async (version) => {
  const { url } = await freshDatabase(version);
  await using(connectionTo(url), async (database) => {
    expect([await database.version({}), await database.version({})]).toEqual([version, version]);
    expect(database.describe()).toMatch(/^127\.0\.0\.1:\d+\/test_\w+ as postgres$/);
  });
});

test.each(versions)("an aborted question is gone from Postgres %i", async (version) => {
  const { url } = await freshDatabase(version);
  await asSuperuser(url, async (client) => {
    const connection = connectionTo(url);
    const database = openDatabase(connection);
    const stop = new AbortController();
    const asked = database.transaction((reads) => reads.read("select pg_sleep(30)"), { signal: stop.signal });
    const refused = asked.catch((error: unknown) => withoutPassword(error, connection));
    await eventually(async () => (await sessions(client, "%pg_sleep%")) === 1);

    stop.abort();
    expect(await refused).toMatchObject({ code: "cancelled", message: "The question was cancelled before it was answered." });
    const name = new URL(url).pathname.slice(1);
    await expect
      .poll(() => cluster(version).log(), { timeout: 10_000 })
      .toContain(`${name} backend-db-mcp ERROR:  canceling statement due to user request`);
    await eventually(async () => (await sessions(client)) === 0);
    expect(await database.transaction((reads) => reads.read("select 1 as one"), {})).toEqual([{ one: 1 }]);
    await database.close();
  });
});

test.each(versions)("closing cancels what runs on Postgres %i and leaves no session", async (version) => {
  const { url } = await freshDatabase(version);
  await asSuperuser(url, async (client) => {
    const database = openDatabase(connectionTo(url));
    await database.transaction((reads) => reads.read("select 1"), {});
    const asked = database.transaction((reads) => reads.read("select pg_sleep(30)"), {}).catch((error: unknown) => error);
    await eventually(async () => (await sessions(client, "%pg_sleep%")) === 1);
    await database.close();
    expect(await asked).toMatchObject({ code: "cancelled" });
    await eventually(async () => (await sessions(client)) === 0);
    await expect(database.transaction((reads) => reads.read("select 1"), {})).rejects.toMatchObject({ code: "cancelled" });
  });
});

test("a question whose signal has already come is not asked", async () => {
  const database = openDatabase(connectionTo("postgres://nobody@127.0.0.1:1/none"));
  await expect(database.transaction((reads) => reads.read("select 1"), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "cancelled",
  });
});

test.each(versions)("of 100 questions at once Postgres %i answers 36, four at a time, and the rest are told to wait", async (version) => {
  const { url } = await freshDatabase(version);
  let most = 0;
  let now = 0;
  await using(connectionTo(url), async (database) => {
    const one = () =>
      database.transaction(async (reads) => {
        now += 1;
        most = Math.max(most, now);
        await reads.read("select pg_sleep(0.1)");
        now -= 1;
      }, {});
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, one));
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect({ answered: outcomes.length - refused.length, refused: refused.length, most }).toEqual({ answered: 36, refused: 64, most: 4 });
    expect(refused.every((error) => error instanceof ToolError && error.code === "busy" && error.hint.retryable)).toBe(true);
    expect(String(refused[0])).toMatchInlineSnapshot(
      `"ToolError: 4 questions are being asked of this database and 32 wait. Try again in 2 s, or ask fewer at once."`,
    );
    await expect(database.transaction((reads) => reads.read("select 1 as one"), {})).resolves.toEqual([{ one: 1 }]);
  });
  await asSuperuser(url, (client) => eventually(async () => (await sessions(client)) === 0));
});

test.each(versions)("at most two sessions stay open on Postgres %i between questions", async (version) => {
  const { url } = await freshDatabase(version);
  await using(connectionTo(url), async (database) => {
    await Promise.all(Array.from({ length: 8 }, () => database.transaction((reads) => reads.read("select 1"), {})));
    await asSuperuser(url, (client) => eventually(async () => (await sessions(client)) === 2));
  });
});

test.each(versions)("a session that Postgres %i ends while idle is replaced without a word", async (version) => {
  const { url } = await freshDatabase(version);
  await using(connectionTo(url), async (database) => {
    const pid = () => database.transaction((reads) => reads.read<{ pid: number }>("select pg_backend_pid() as pid"), {});
    const [first] = await pid();
    expect(await pid()).toEqual([first]);
    await asSuperuser(url, (client) => client.query("select pg_terminate_backend($1)", [first?.pid]));
    const [second] = await pid();
    expect(second).not.toEqual(first);
  });
});

test.each(versions)("a session that Postgres %i ends while it runs costs a second attempt, not the answer", async (version) => {
  const { url } = await freshDatabase(version);
  await using(connectionTo(url), async (database) => {
    let attempts = 0;
    const answer = await database.transaction(async (reads) => {
      attempts += 1;
      const [row] = await reads.read<{ pid: number }>("select pg_backend_pid() as pid");
      if (attempts === 1) await asSuperuser(url, (client) => client.query("select pg_terminate_backend($1)", [row?.pid]));
      return reads.read("select 1 as one");
    }, {});
    expect({ attempts, answer }).toEqual({ attempts: 2, answer: [{ one: 1 }] });
  });
});

test.each(versions)("what the caller throws comes back as it is, and its session on Postgres %i is not used again", async (version) => {
  const { url } = await freshDatabase(version);
  const own = new ToolError("unknown_relation", "There is no table x.");
  await using(connectionTo(url), async (database) => {
    await expect(database.transaction(() => Promise.reject(own), {})).rejects.toBe(own);
    await asSuperuser(url, (client) => eventually(async () => (await sessions(client)) === 0));
  });
});

test.each(versions)("reads asked for together run one after the other on Postgres %i, and none after the end", async (version) => {
  const { url } = await freshDatabase(version);
  await using(connectionTo(url), async (database) => {
    let kept: Promise<unknown> | undefined;
    const late = await database.transaction(async (reads) => {
      expect(await Promise.all([1, 2, 3].map((value) => reads.read("select $1::int4 as value", [value])))).toEqual([
        [{ value: 1 }],
        [{ value: 2 }],
        [{ value: 3 }],
      ]);
      kept = reads.read("select 'forgotten' as value");
      return reads;
    }, {});
    expect(await kept).toEqual([{ value: "forgotten" }]);
    await expect(late.read("select 1")).rejects.toThrow("This transaction is over.");
  });
});

test.each(versions)("a query that takes too long on Postgres %i is stopped", async (version) => {
  const { url } = await freshDatabase(version);
  expect(await refusal(url, (reads) => reads.read("select pg_sleep(30)"), quick)).toMatchInlineSnapshot(
    `"timeout: A catalog query was stopped (57014): it took longer than 0.5 s, or somebody cancelled it. Ask for fewer schemas or tables."`,
  );
});

test.each(versions)("a privilege that is missing on Postgres %i is named with its grant", async (version) => {
  const { url } = await freshDatabase(version);
  const asReader = await asRole(version, { url, settings: [] });
  expect(
    (await refusal(asReader, (reads) => reads.read("select rolpassword from pg_catalog.pg_authid"))).replaceAll(
      /reader_\d+_\d+/g,
      "reader",
    ),
  ).toMatchInlineSnapshot(
    `"permission_denied: User "reader" may not read a part of the catalog that this needs (42501). Have a superuser run: grant pg_monitor to "reader"; or give back what was revoked from PUBLIC in pg_catalog."`,
  );
});
