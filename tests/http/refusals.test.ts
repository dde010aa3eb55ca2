import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../database/sessions.ts";
import { connectHttp, initialize, refusalOf, send, sendRaw, serveHere, spawnHttp, tokenFile } from "./serving.ts";

const token = "f".repeat(16) + "0".repeat(16);

test.each([
  "https://evil.example",
  "null",
  "http://localhost.evil.example",
  "http://evil.example:3100",
  "file://",
  "http://localhost, https://evil.example",
])("a page of the Origin %s may not call, on any route", async (origin) => {
  const url = await serveHere({});
  for (const path of ["/mcp", "/healthz", "/nowhere"]) {
    const { status } = await send(url, { path, headers: { origin }, body: initialize });
    expect(status).toBe(403);
  }
});

test.each(["evil.example", "localhost.evil.example:3100", "127.0.0.1@evil.example", "127.0.0.1.", "[::2]", "localhost:x"])(
  "a request for the Host %s is refused, on any route",
  async (host) => {
    const url = await serveHere({});
    for (const path of ["/mcp", "/healthz", "/nowhere"]) {
      const { status } = await send(url, { path, headers: { host }, body: initialize });
      expect(status).toBe(403);
    }
  },
);

test("Host and Origin are judged before the body has come", async () => {
  const url = await serveHere({});
  const head = "POST /mcp HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/json\r\ncontent-length: 5000000\r\n\r\n";
  expect(await sendRaw(url, head)).toMatch(/^HTTP\/1\.1 403 /);
});

test("a refusal says what to do", async () => {
  const url = await serveHere({});
  expect([
    refusalOf(await send(url, { headers: { host: "evil.example" } })),
    refusalOf(await send(url, { headers: { origin: "https://evil.example" } })),
    refusalOf(await send(url, { path: "/" })),
    refusalOf(await send(url, { method: "GET" })),
    refusalOf(await send(url, { body: "{" })),
    refusalOf(await send(url, { body: Buffer.from([0x22, 0xff, 0x22]) })),
    refusalOf(await send(url, { body: "" })),
    refusalOf(await send(url, { body: initialize, headers: { "content-type": "text/plain" } })),
  ]).toMatchInlineSnapshot(`
    [
      "403 -32000 This Host is not served here. --allowed-host adds the name by which clients call the server.",
      "403 -32000 Pages of this Origin may not call. --allowed-origin adds one that may.",
      "404 -32000 Nothing is here. MCP is served at /mcp.",
      "405 -32000 Only POST is served here.",
      "400 -32700 Parse error: the body is not JSON in UTF-8.",
      "400 -32700 Parse error: the body is not JSON in UTF-8.",
      "400 -32700 Parse error: the body is not JSON in UTF-8.",
      "415 -32000 Unsupported Media Type: Content-Type must be application/json",
    ]
  `);
});

test("names and pages that were allowed may call, and so may pages of this machine", async () => {
  const url = await serveHere({}, ["--allowed-host", "DB.example", "--allowed-origin", "https://app.example:8443"]);
  const statuses = await Promise.all(
    [
      { host: "db.example:443" },
      { host: "localhost" },
      { origin: "https://app.example:8443" },
      { origin: "http://localhost:6274" },
      { origin: "https://app.example" },
      { origin: "http://app.example:8443" },
    ].map(async (headers) => (await send(url, { headers, body: initialize })).status),
  );
  expect(statuses).toEqual([200, 200, 200, 200, 403, 403]);
});

test("no answer invites browsers or names what the server is made of", async () => {
  const url = await serveHere({});
  const answers = [
    await send(url, { body: initialize, headers: { origin: "http://localhost:1" } }),
    await send(url, { method: "OPTIONS", headers: { origin: "http://localhost:1", "access-control-request-method": "POST" } }),
    await send(url, { method: "GET", path: "/healthz" }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 405, 200]);
  const names = answers.flatMap(({ headers }) => Object.keys(headers));
  expect(names.filter((name) => /^access-control|^x-powered-by$|^server$/.test(name))).toEqual([]);
});

test("a method that is not served is answered with those that are", async () => {
  const url = await serveHere({});
  for (const method of ["GET", "DELETE", "PUT", "OPTIONS", "HEAD"]) {
    const { status, headers } = await send(url, { method });
    expect([status, headers.allow]).toEqual([405, "POST"]);
  }
  const { status, headers } = await send(url, { method: "POST", path: "/healthz" });
  expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
});

test("/healthz says that the server lives and nothing else, to whoever asks", async () => {
  const url = await serveHere({}, ["--auth-token-file", tokenFile(token)]);
  const { status, body } = await send(url, { method: "GET", path: "/healthz?x=1" });
  expect([status, body]).toEqual([200, "ok\n"]);
});

test("without the right token nothing is served, and the challenge says so", async () => {
  const url = await serveHere({}, ["--auth-token-file", tokenFile(token)]);
  const asked = async (authorization?: string) => {
    const { status, headers, body } = await send(url, { body: initialize, headers: authorization === undefined ? {} : { authorization } });
    return [status, headers["www-authenticate"], body.includes("serverInfo") ? "served" : "nothing"];
  };
  const wrong = [401, 'Bearer error="invalid_token"', "nothing"];
  expect(await asked()).toEqual([401, "Bearer", "nothing"]);
  expect(await asked(`Basic ${token}`)).toEqual([401, "Bearer", "nothing"]);
  for (const guess of ["x", token.slice(1), `${token}0`, token.toUpperCase()]) expect(await asked(`Bearer ${guess}`)).toEqual(wrong);
  expect(await asked(`bearer ${token}`)).toEqual([200, undefined, "served"]);
  const client = await connectHttp(url, { generation: "v2 in the protocol of 2026", token });
  expect((await client.listTools()).tools.length).toBeGreaterThan(5);
});

test("a token stands in no line that the program writes", async () => {
  const { url, written } = await spawnHttp({ args: ["--auth-token-file", tokenFile(token)] });
  await send(url, { body: initialize, headers: { authorization: `Bearer ${token}` } });
  await send(url, { body: "{", headers: { authorization: `Bearer ${token}` } });
  await send(url, { body: initialize, headers: { authorization: `Bearer ${token}x` } });
  expect(written.stdout).toBe("");
  expect(written.stderr.replace(/:\d+/, ":3100")).toMatchInlineSnapshot(`
    "backend-db-mcp: serving MCP at http://127.0.0.1:3100/mcp, to clients with the token.
    "
  `);
});

test.each(["length", "chunked"] as const)("a body of 5 MB (%s) is refused, and the client reads why", async (form) => {
  const url = await serveHere({});
  const body = Buffer.alloc(5_000_000, " ");
  const headers: Record<string, string> =
    form === "length" ? { "content-length": String(body.length) } : { "transfer-encoding": "chunked" };
  expect(refusalOf(await send(url, { body, headers }))).toBe("413 -32000 A request has at most 262144 bytes.");
});

test("a body of 256 kB is read", async () => {
  const url = await serveHere({});
  const { status } = await send(url, { body: initialize.padEnd(256 * 1024) });
  expect(status).toBe(200);
});

test("a client that sends its body or its headers too slowly is let go", async () => {
  const url = await serveHere({ headersTimeout: 200, requestTimeout: 400 });
  const host = new URL(url).host;
  const [body, headers, nothing] = await Promise.all([
    sendRaw(url, `POST /mcp HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`),
    sendRaw(url, `POST /mcp HTTP/1.1\r\nhost: ${host}\r\nx: `),
    sendRaw(url, ""),
  ]);
  const late = "HTTP/1.1 408 Request Timeout";
  expect([body, headers, nothing].map((answer) => answer.split("\r\n")[0])).toEqual([late, late, late]);
});

test("headers over 16 kB, two lengths, and a request without Host are refused", async () => {
  const url = await serveHere({});
  const { host } = new URL(url);
  const first = (answer: string) => answer.split("\r\n")[0];
  const { status } = await send(url, { headers: { x: "x".repeat(17_000) }, body: initialize });
  expect(status).toBe(431);
  expect(
    first(await sendRaw(url, `POST /mcp HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`)),
  ).toBe("HTTP/1.1 400 Bad Request");
  expect(first(await sendRaw(url, "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n"))).toBe("HTTP/1.1 400 Bad Request");
  expect(first(await sendRaw(url, "GET /healthz HTTP/1.0\r\n\r\n"))).toBe("HTTP/1.1 403 Forbidden");
});

test("an address that asks too often is told when to come back, and its health is still told", async () => {
  const url = await serveHere({ rate: { burst: 2, perSecond: 0.5 } });
  const answers = [];
  for (let request = 0; request < 3; request += 1) answers.push(await send(url, { body: initialize }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(answers[2]?.headers["retry-after"]).toBe("2");
  expect((await send(url, { method: "GET", path: "/healthz" })).status).toBe(200);
});

test("a request beyond what is worked on at once is refused as busy, with the time to come back", async () => {
  const url = await serveHere({ atOnce: 0 });
  const answer = await send(url, { body: initialize });
  expect(refusalOf(answer)).toBe("503 -32000 busy: 0 requests are being worked on. Try again in 2 s.");
  expect(answer.headers["retry-after"]).toBe("2");
});

test("a connection beyond those that are held is hung up on", async () => {
  const url = await serveHere({ connections: 1 });
  const { hostname, port } = new URL(url);
  const first = connect(Number(port), hostname);
  await once(first, "connect");
  expect(await sendRaw(url, "")).toBe("");
  first.destroy();
  await once(first, "close");
  await eventually(() =>
    send(url, { method: "GET", path: "/healthz" }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});

test("a connection on which nothing moves is given up", async () => {
  const url = await serveHere({ silence: 100 });
  expect(await sendRaw(url, "")).toBe("");
});

test("JSON that is no message, or too deep, harms nobody", async () => {
  const url = await serveHere({});
  const bodies = [
    "null",
    "5",
    '"x"',
    "[]",
    "{}",
    "[".repeat(100_000),
    `${"[".repeat(50_000)}${"]".repeat(50_000)}`,
    '{"__proto__":{"method":"initialize"}}',
  ];
  const statuses = [];
  for (const body of bodies) statuses.push((await send(url, { body })).status);
  expect(statuses.filter((status) => status !== 400)).toEqual([]);
  expect((await send(url, { body: initialize })).status).toBe(200);
});

test("whoever breaks off in the middle of a request harms nobody", async () => {
  const url = await serveHere({});
  const aborted = new AbortController();
  const half = fetch(url, { method: "POST", body: new ReadableStream(), duplex: "half", signal: aborted.signal } as RequestInit);
  setTimeout(() => aborted.abort(), 50);
  await expect(half).rejects.toThrow();
  onTestFinished(() => aborted.abort());
  expect((await send(url, { body: initialize })).status).toBe(200);
});

test.each(["/etc/passwd", "no-such-file.json"])("no file of the machine that serves can be named, there or not: %s", async (file) => {
  const client = await connectHttp(await serveHere({}), { generation: "v2 in the protocol of 2026" });
  const { isError, content } = await client.callTool({ name: "find_slow_queries", arguments: { since: file } });
  expect({ isError, content }).toMatchObject({
    isError: true,
    content: [
      {
        text: expect.stringContaining(
          "Over HTTP no file can be named: it would be one of the machine that serves. Start a server over stdio for it.",
        ),
      },
    ],
  });
});
