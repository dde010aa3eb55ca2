import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { connect as connectSecurely, createSecureContext, TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { connectionFrom } from "../../src/database/connection-string.ts";
import { startCluster } from "../postgres/server.ts";
import { changed, readOnce, refusal } from "./asking.ts";
import { canMakeCertificates, makeCertificates } from "./certificates.ts";
import { asSuperuser } from "./sessions.ts";
import { listen } from "./wire.ts";

const versions = [15, 18] as const;

/** A request for encryption: its length, and a number that stands for it. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

interface Middle {
  readonly key: string;
  readonly certificate: string;
  readonly port: number;
}

/** Stands between with a certificate of its own, and passes everything on to a server that sees an encrypted connection too. */
async function manInTheMiddle({ key, certificate, port }: Middle): Promise<number> {
  const secureContext = createSecureContext({ key: readFileSync(key), cert: readFileSync(certificate) });
  const server = createServer(async (client: Socket) => {
    await once(client, "data");
    client.write("S");
    const near = new TLSSocket(client, { isServer: true, secureContext });
    const raw = connect(port, "127.0.0.1");
    raw.write(SSL_REQUEST);
    await once(raw, "data");
    const far = connectSecurely({ socket: raw, rejectUnauthorized: false });
    for (const socket of [near, far, raw, client]) socket.on("error", () => undefined);
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test.skipIf(!canMakeCertificates).each(versions)("channel_binding=require and an encrypted key, on Postgres %i", async (version) => {
  const { authority, server, client, read } = makeCertificates();
  const started = await startCluster(version, {
    settings: { ssl: "on", ssl_cert_file: "server.pem", ssl_key_file: "server.key", ssl_ca_file: "authority.pem", log_connections: "on" },
    files: { "server.pem": read(server.certificate), "server.key": read(server.key), "authority.pem": read(authority) },
    access: [
      "hostssl all holder all cert",
      "hostssl all open all trust",
      "hostssl all plain all password",
      "hostssl all old all md5",
      "host all all all scram-sha-256",
    ],
  });
  onTestFinished(() => started.stop());
  await asSuperuser(started.url(), (superuser) =>
    superuser.query(
      "create role holder login; create role open login; create role plain login password 'hunter2'; set password_encryption = 'md5'; create role old login password 'hunter2'",
    ),
  );
  const url = (query: string, parts: { user?: string; password?: string; port?: number } = {}) =>
    changed(started.url(), { host: "localhost", query: `sslmode=require&${query}`, ...parts });
  const who = "select current_user::text as user";
  const required = "channel_binding=require";

  expect(await readOnce(url(required), who)).toEqual([{ user: "postgres" }]);
  expect(await readOnce(changed(url(required), { query: required }), who)).toEqual([{ user: "postgres" }]);
  expect(await refusal(url(required, { user: "plain", password: "hunter2" }))).toMatchInlineSnapshot(
    `"connection_failed: channel_binding=require asks for a login by SCRAM-SHA-256-PLUS, and localhost:5432/postgres as plain did not offer it, so no password was sent. The server needs TLS and a password stored with scram-sha-256; some poolers cannot do it at all."`,
  );
  for (const user of ["old", "open"]) expect(await refusal(url(required, { user, password: "hunter2" }))).toContain("did not offer it");
  expect(await readOnce(url("channel_binding=prefer", { user: "plain", password: "hunter2" }), who)).toEqual([{ user: "plain" }]);

  const port = await manInTheMiddle({ ...client, port: started.port });
  expect(await readOnce(url("", { port }), who)).toEqual([{ user: "postgres" }]);
  expect((await refusal(url(required, { port }))).replace(`:${port}`, ":5432")).toMatchInlineSnapshot(
    `"connection_failed: The certificate that localhost:5432 showed is not that of the server that knows the password (28000, channel_binding=require): something in between opens the encryption, a pooler, a proxy or an attacker. Connect to the server itself."`,
  );

  const encrypted = `${client.key}.aes`;
  spawnSync("openssl", ["pkey", "-in", client.key, "-aes256", "-passout", "pass:key phrase", "-out", encrypted]);
  const files = `sslcert=${client.certificate}&sslkey=${encrypted}`;
  expect(await readOnce(url(`${files}&sslpassword=key%20phrase`, { user: "holder", password: "" }), who)).toEqual([{ user: "holder" }]);
  const reading = (query: string) => connectionFrom({ DATABASE_URL: `postgres://holder@localhost/postgres?${files}${query}` });
  expect(() => reading("&sslpassword=wrong")).toThrowErrorMatchingInlineSnapshot(
    `[ToolError: sslpassword does not open the key that sslkey names, or that file holds no key.]`,
  );
  expect(() => reading("")).toThrowErrorMatchingInlineSnapshot(
    `[ToolError: sslrootcert, sslcert and sslkey must name PEM files, and sslcert must belong to sslkey. The passphrase of an encrypted key is sslpassword.]`,
  );
});

test("a server that asks for the password in plain text, whatever it offered before, gets nothing", async () => {
  const wishes = {
    plain: Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 3]),
    md5: Buffer.from([82, 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4]),
    scramThenPlain: Buffer.concat([saslOffer("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"), Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 3])]),
    scramWithoutPlus: saslOffer("SCRAM-SHA-256"),
    nothing: Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 0, 90, 0, 0, 0, 5, 73]),
  };
  for (const wish of Object.values(wishes)) {
    let received = Buffer.alloc(0);
    const { port, close } = await listen((socket) => {
      socket.on("data", (chunk) => {
        if (chunk.equals(SSL_REQUEST)) return void socket.write("N");
        received = Buffer.concat([received, chunk]);
        if (received.length === chunk.length) socket.write(wish);
      });
    });
    const url = `postgres://reader:hunter2@127.0.0.1:${port}/shop?sslmode=prefer&channel_binding=require`;
    expect(await refusal(url)).toMatch(
      /did not offer it, so no password was sent|^connection_failed: The login of \S+ as reader failed half-way/,
    );
    await close();
    // The startup packet, and what is no password: the first step of SCRAM or the goodbye.
    expect(received.toString("latin1")).not.toMatch(/hunter2|md5[0-9a-f]{32}|p=[\w+/]{20}/);
  }
});

/** AuthenticationSASL (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
function saslOffer(...mechanisms: readonly string[]): Buffer {
  const body = Buffer.from(`\0\0\0\n${mechanisms.map((mechanism) => `${mechanism}\0`).join("")}\0`, "latin1");
  const head = Buffer.from([82, 0, 0, 0, 0]);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
