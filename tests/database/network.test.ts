import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/database/live-database.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { changed, connectionTo, quick, readOnce, refusal, using } from "./asking.ts";
import { type Between, errorResponse, listen, replaced, standBetween } from "./wire.ts";

/** A URL of a real database behind something that changes what passes. */
async function behind(between: Between, { version = 18 }: { readonly version?: 15 | 18 } = {}): Promise<string> {
  const { url } = await freshDatabase(version);
  const proxy = await standBetween(Number(new URL(url).port), between);
  onTestFinished(() => proxy.close());
  return changed(url, { port: proxy.port, query: "sslmode=disable" });
}

async function at(onConnection: Parameters<typeof listen>[0], query = ""): Promise<string> {
  const listener = await listen(onConnection);
  onTestFinished(() => listener.close());
  return `postgres://reader:hunter2@127.0.0.1:${listener.port}/shop?${query}`;
}

test.each([15, 18] as const)(
  "a pooler in front of Postgres %i that refuses startup options gets none, and every transaction is read-only all the same",
  async (version) => {
    let refused = 0;
    const url = await behind(
      {
        toServer(chunk, client) {
          if (!chunk.includes("default_transaction_read_only=on")) return chunk;
          refused += 1;
          client.end(errorResponse("08P01", "unsupported startup parameter in options: default_transaction_read_only"));
          return undefined;
        },
      },
      { version },
    );
    await using(connectionTo(url), async (database) => {
      const settings = () =>
        database.transaction(
          (reads) => reads.read("select current_setting('transaction_read_only') as ro, current_setting('statement_timeout') as timeout"),
          {},
        );
      expect(await Promise.all([settings(), settings(), settings()])).toEqual(Array(3).fill([{ ro: "on", timeout: "15s" }]));
      const refusedAtFirst = refused;
      await Promise.all([settings(), settings(), settings()]);
      expect(refused).toBe(refusedAtFirst);
    });
  },
);

test("a transaction that something made writable on its way is not used", async () => {
  const url = await behind({
    toServer(chunk, client) {
      if (!chunk.includes("default_transaction_read_only=on"))
        return replaced(chunk, "repeatable read read only", "repeatable read          ");
      client.end(errorResponse("08P01", "no options"));
      return undefined;
    },
  });
  await expect(readOnce(url, "select 1")).rejects.toThrow("The transaction is not read-only, or its search_path is not pinned.");
});

test("a server that is starting is asked once more after a second", async () => {
  let connections = 0;
  const url = await behind({
    toServer(chunk, client) {
      if (!chunk.includes("user\0")) return chunk;
      connections += 1;
      if (connections > 1) return chunk;
      client.end(errorResponse("57P03", "the database system is starting up"));
      return undefined;
    },
  });
  expect(await readOnce(url, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(connections).toBe(2);
});

test("a connection that breaks under a read costs a second attempt, not the answer", async () => {
  let cuts = 0;
  const url = await behind({
    toServer(chunk, client) {
      if (!chunk.includes("select 'cut here'") || cuts === 1) return chunk;
      cuts += 1;
      client.destroy();
      return undefined;
    },
  });
  expect(await readOnce(url, "select 'cut here' as a")).toEqual([{ a: "cut here" }]);
  expect(cuts).toBe(1);
});

test("a connection that breaks twice is told", async () => {
  const url = await behind({
    toServer(chunk, client) {
      if (!chunk.includes("select 'cut here'")) return chunk;
      client.destroy();
      return undefined;
    },
  });
  expect(await refusal(url, (reads) => reads.read("select 'cut here'"))).toMatchInlineSnapshot(
    `"connection_failed: The connection to 127.0.0.1:5432 broke off. Try again; if it happens each time, the server's log says why. [again in 5 s]"`,
  );
});

test("a server that falls silent is given up after twice the statement timeout", async () => {
  const url = await behind({ toServer: (chunk) => (chunk.includes("select 'silence'") ? undefined : chunk) });
  expect(await refusal(url, (reads) => reads.read("select 'silence'"), quick)).toMatchInlineSnapshot(
    `"timeout: 127.0.0.1:5432 did not answer in 1 s, and the connection was given up. Try again; check the network if it happens each time. [again in 10 s]"`,
  );
});

test("a server that is too old is named with its version", async () => {
  const url = await behind({ toClient: (chunk) => replaced(chunk, "180004", "130022") });
  expect(await refusal(changed(url, {}))).toMatchInlineSnapshot(
    `"connection_failed: The server at 127.0.0.1:5432 is Postgres 13. Version 14 or later is needed."`,
  );
});

test.each(["57P03", "57P01"])("a server that goes on refusing with %s is told as restarting", async (code) => {
  const url = await at((socket) => void socket.end(errorResponse(code, "hunter2")), "sslmode=disable");
  expect(await refusal(url)).toMatch(
    /^connection_failed: The server at 127\.0\.0\.1:5432 is starting, stopping or ended this session \(57P0[13]\)\. Try again in a few seconds\. \[again in 5 s\]$/,
  );
});

test("what a server says in an error is not repeated, whatever its code", async () => {
  const url = await at((socket) => void socket.end(errorResponse("XX000", "tenant hunter2 not found")), "sslmode=disable");
  expect(await refusal(url)).toMatchInlineSnapshot(
    `"connection_failed: The server refused to let 127.0.0.1:5432/shop as reader in (XX000), for a reason that its own log tells. Behind a pooler, check that user and port are those that its provider shows."`,
  );
});

test("a closed port", async () => {
  const { port, close } = await listen(() => undefined);
  await close();
  expect(await refusal(`postgres://reader:hunter2@127.0.0.1:${port}/shop`)).toMatchInlineSnapshot(
    `"connection_failed: Nothing listens at 127.0.0.1:5432 (ECONNREFUSED). Check host and port, and that Postgres runs and takes connections there."`,
  );
});

test("a socket that is not there", async () => {
  expect(await refusal("postgres://reader:hunter2@/shop?host=/no/such/folder")).toMatchInlineSnapshot(
    `"connection_failed: There is no socket /no/such/folder/.s.PGSQL.5432 (ENOENT). Check the folder, the port, and that Postgres runs on this machine."`,
  );
});

test("a host name that does not exist", async () => {
  expect(await refusal("postgres://reader:hunter2@no-such-host.invalid/shop")).toMatch(
    /^connection_failed: The host name no-such-host\.invalid has no address \((ENOTFOUND|EAI_AGAIN)\)\. Check its spelling in the connection string, and DNS or the VPN\.$/,
  );
});

test("a port that swallows what it is sent", async () => {
  const url = await at(() => undefined, "connect_timeout=1");
  expect(await refusal(url)).toMatchInlineSnapshot(
    `"connection_failed: 127.0.0.1:5432 took the connection, but no login was done in 1 s. Check that Postgres listens there; a database that wakes from sleep gets more time with connect_timeout=30. [again in 5 s]"`,
  );
});

/** Its process is halted and its backlog is full, so the kernel drops whoever knocks. */
async function blackHole(): Promise<number> {
  const listener =
    "require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })";
  const child = spawn(process.execPath, ["-e", listener], { stdio: ["ignore", "pipe", "inherit"] });
  const [chunk] = await once(child.stdout, "data");
  const port = Number(String(chunk));
  child.kill("SIGSTOP");
  const knocking = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  onTestFinished(() => {
    for (const socket of knocking) socket.destroy();
    child.kill("SIGKILL");
  });
  await sleep(200);
  return port;
}

test.skipIf(process.platform !== "linux")("a port that drops who knocks", async () => {
  const url = `postgres://reader:hunter2@127.0.0.1:${await blackHole()}/shop?connect_timeout=1`;
  expect(await refusal(url)).toMatchInlineSnapshot(
    `"connection_failed: No answer from 127.0.0.1:5432 in 1 s. Check the address and the firewall; a slow server gets more time with connect_timeout=30 in the connection string. [again in 5 s]"`,
  );
});

const greetings = {
  "a web server": "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
  "an SSH server": "SSH-2.0-OpenSSH_9.2\r\n",
  "a MySQL server": "\x4a\0\0\0\n8.0.36\0\x08\0\0\0",
  "a mail server": "220 mail.example ESMTP\r\n",
  "a server that hangs up": "",
};

test.each(Object.entries(greetings))("%s on the port is no Postgres", async (_, greeting) => {
  for (const sslmode of ["prefer", "disable", "require"]) {
    const url = await at((socket) => void socket.end(greeting, "latin1"), `sslmode=${sslmode}&connect_timeout=2`);
    expect(await refusal(url)).toBe(
      "connection_failed: What answers at 127.0.0.1:5432 does not speak Postgres's protocol, or hung up before the login. Check that the port is that of Postgres (5432 unless changed).",
    );
  }
});

test("an abort while the server keeps us waiting for the login comes at once", async () => {
  const database = openDatabase(connectionTo(await at(() => undefined)));
  const stop = new AbortController();
  const asked = database.transaction((reads) => reads.read("select 1"), { signal: stop.signal });
  setTimeout(() => stop.abort(), 100);
  const begun = Date.now();
  await expect(asked).rejects.toMatchObject({ code: "cancelled" });
  expect(Date.now() - begun).toBeLessThan(1000);
  await database.close();
});

test("an abort while others are ahead in the line comes at once, and the line goes on", async () => {
  const { url } = await freshDatabase(18);
  await using(connectionTo(url), async (database) => {
    const ahead = Array.from({ length: 4 }, () => database.transaction((reads) => reads.read("select pg_sleep(0.5)"), {}));
    const stop = new AbortController();
    const behind = database.transaction((reads) => reads.read("select 1"), { signal: stop.signal });
    const last = database.transaction((reads) => reads.read("select 2 as two"), {});
    stop.abort();
    await expect(behind).rejects.toMatchObject({ code: "cancelled" });
    await Promise.all(ahead);
    expect(await last).toEqual([{ two: 2 }]);
  });
});
