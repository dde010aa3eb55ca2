import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/database/live-database.ts";
import { cluster } from "../postgres/fresh-database.ts";
import { type Cluster, startCluster } from "../postgres/server.ts";
import { changed, connectionTo, readOnce, refusal, using, withoutPassword } from "./asking.ts";
import { canMakeCertificates, makeCertificates } from "./certificates.ts";
import { untilItSleeps } from "./sessions.ts";

const versions = [15, 18] as const;

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

test.each(versions)("a server without encryption, Postgres %i, is used in plain text only where sslmode allows it", async (version) => {
  const url = cluster(version).url();
  const encrypted = "select ssl from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()";
  for (const sslmode of ["disable", "allow", "prefer"])
    expect(await readOnce(changed(url, { query: `sslmode=${sslmode}` }), encrypted)).toEqual([{ ssl: false }]);
  expect(await refusal(changed(url, { query: "sslmode=require" }))).toMatchInlineSnapshot(
    `"connection_failed: sslmode=require asks for encryption, and the server at 127.0.0.1:5432 has none. Turn on ssl at the server; sslmode=prefer goes without where it is missing."`,
  );
  expect(await refusal(changed(url, { query: "sslmode=verify-full" }))).toMatch(
    /^connection_failed: sslmode=verify-full asks for encryption/,
  );
});

async function startedFor(version: 15 | 18, options: Parameters<typeof startCluster>[1]): Promise<Cluster> {
  const started = await startCluster(version, options);
  onTestFinished(() => started.stop());
  return started;
}

/** The cancellation was taken before the statement notices it. */
const isCancelledIn = (started: Cluster) =>
  expect.poll(() => started.log(), { timeout: 10_000 }).toContain("canceling statement due to user request");

test.each(versions)("the unix socket of Postgres %i, and its access rules", async (version) => {
  const started = await startedFor(version, {
    access: [
      "local all open trust",
      "local all peered peer",
      "local all missing trust",
      "local all postgres scram-sha-256",
      "local all old md5",
      "local all plain password",
      "host all all 127.0.0.1/32 scram-sha-256",
    ],
  });
  const { folder, port, password, url } = started;
  await run(
    url(),
    "create role open login; create role peered login; create role walled login; create role plain login password 'hunter2'; set password_encryption = 'md5'; create role old login password 'hunter2'",
  );
  const socket = `/postgres?host=${encodeURIComponent(folder)}&port=${port}`;
  const where = "select inet_server_addr()::text as address, current_user::text as user";

  expect(await readOnce(`postgres://postgres:${password}@${socket}`, where)).toEqual([{ address: null, user: "postgres" }]);
  expect(await readOnce(`postgres://open@${encodeURIComponent(folder)}:${port}/postgres?sslmode=verify-full`, where)).toEqual([
    { address: null, user: "open" },
  ]);
  for (const user of ["old", "plain"]) {
    expect(await readOnce(`postgres://${user}:hunter2@${socket}`, where)).toEqual([{ address: null, user }]);
    expect(await refusal(`postgres://${user}@${socket}`)).toMatch("asks for a password");
  }
  expect(await refusal(`postgres://missing@${socket}`)).toMatchInlineSnapshot(
    `"connection_failed: There is no user "missing" that may log in at /run/postgresql/.s.PGSQL.5432 (28000). Correct the user in the connection string."`,
  );
  expect(await refusal(`postgres://peered@${socket}`)).toMatchInlineSnapshot(
    `"connection_failed: The server at /run/postgresql:5432/postgres as peered asks for something other than a password, and did not get it (28000): a client certificate (sslcert, sslkey), or a system user of the same name. pg_hba.conf says which."`,
  );
  expect(await refusal(`postgres://walled@${socket}`)).toMatchInlineSnapshot(
    `"connection_failed: The server at /run/postgresql/.s.PGSQL.5432 does not let user "walled" into database "postgres" from this address (28000). Ask whoever runs it for a line in pg_hba.conf."`,
  );

  const database = openDatabase(connectionTo(`postgres://open@${socket}`));
  const stop = new AbortController();
  const asked = database.transaction((reads) => reads.read("select pg_sleep(30)"), { signal: stop.signal });
  await untilItSleeps(url());
  stop.abort();
  await expect(asked).rejects.toMatchObject({ code: "cancelled" });
  await isCancelledIn(started);
  await database.close();
});

test.each(versions)("Postgres %i shut down under a question", async (version) => {
  const started = await startCluster(version);
  const connection = connectionTo(started.url());
  const database = openDatabase(connection);
  const asked = database
    .transaction((reads) => reads.read("select pg_sleep(30)"), {})
    .catch((error: unknown) => withoutPassword(error, connection));
  await untilItSleeps(started.url());
  await started.stop("fast");
  expect(String(await asked).replaceAll(String(started.port), "5432")).toMatchInlineSnapshot(
    `"ToolError: The server at 127.0.0.1:5432 is starting, stopping or ended this session (57P01). Try again in a few seconds."`,
  );
  await database.close();
});

test.each(versions)("Postgres %i stopped without a goodbye under a question", async (version) => {
  const started = await startCluster(version);
  const connection = connectionTo(started.url());
  const database = openDatabase(connection);
  const asked = database
    .transaction((reads) => reads.read("select pg_sleep(30)"), {})
    .catch((error: unknown) => withoutPassword(error, connection));
  await untilItSleeps(started.url());
  await started.stop("immediate");
  expect(String(await asked)).toMatch(
    /^ToolError: (The server at \S+ is starting, stopping or ended this session \(57P02\)|The connection to \S+ broke off)/,
  );
  await database.close();
});

if (!canMakeCertificates) console.error("skipped, because there is no openssl here: encrypted connections");

test.skipIf(!canMakeCertificates).each(versions)("encrypted connections to Postgres %i", async (version) => {
  const { authority, stranger, server, client, read } = makeCertificates();
  const started = await startedFor(version, {
    settings: { ssl: "on", ssl_cert_file: "server.pem", ssl_key_file: "server.key", ssl_ca_file: "authority.pem" },
    files: { "server.pem": read(server.certificate), "server.key": read(server.key), "authority.pem": read(authority) },
    access: [
      "hostssl all holder all cert",
      "hostssl all all all scram-sha-256",
      "hostnossl all plain all scram-sha-256",
      "hostnossl all postgres 127.0.0.1/32 reject",
    ],
  });
  const url = (query: string, host = "localhost") => changed(started.url(), { host, query });
  const encrypted = (query: string, host?: string) =>
    readOnce(url(query, host), "select ssl from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()");
  const yes = [{ ssl: true }];

  for (const sslmode of ["allow", "prefer", "require", "no-verify"]) expect(await encrypted(`sslmode=${sslmode}`)).toEqual(yes);
  expect(await encrypted(`sslmode=verify-full&sslrootcert=${authority}`)).toEqual(yes);
  expect(await encrypted(`sslmode=verify-ca&sslrootcert=${authority}`, "127.0.0.1")).toEqual(yes);
  expect(await encrypted(`sslmode=require&sslrootcert=${authority}`, "127.0.0.1")).toEqual(yes);

  expect(await refusal(url(`sslmode=verify-full&sslrootcert=${authority}`, "127.0.0.1"))).toMatchInlineSnapshot(
    `"connection_failed: The certificate of 127.0.0.1:5432 is for another host name (ERR_TLS_CERT_ALTNAME_INVALID). Connect by a name that the certificate carries."`,
  );
  expect(await refusal(url(`sslmode=verify-ca&sslrootcert=${stranger}`))).toMatchInlineSnapshot(
    `"connection_failed: The certificate of localhost:5432 is not signed by an authority that is trusted here (SELF_SIGNED_CERT_IN_CHAIN). Set sslrootcert to the file of the authority that signed it; hosted databases offer it for download."`,
  );
  expect(await refusal(url(`sslmode=require&sslrootcert=${stranger}`))).toMatch("not signed by an authority that is trusted here");
  expect(await refusal(url("sslmode=verify-full"))).toMatch("not signed by an authority that is trusted here");
  expect(await refusal(url("sslmode=disable"))).toMatchInlineSnapshot(
    `"connection_failed: The server at localhost:5432/postgres as postgres refuses this login without encryption (28000). Add sslmode=require to the connection string; if it has that already, pg_hba.conf has no line for this user, database and address."`,
  );

  await run(`${url(`sslmode=no-verify`)}`, "create role holder login; create role plain login password 'hunter2'");
  const files = `sslmode=verify-full&sslrootcert=${authority}&sslcert=${client.certificate}&sslkey=${client.key}`;
  expect(await readOnce(changed(url(files), { user: "holder", password: "" }), "select current_user::text as user")).toEqual([
    { user: "holder" },
  ]);
  expect(await refusal(changed(url("sslmode=require"), { user: "holder", password: "" }))).toMatchInlineSnapshot(
    `"connection_failed: The server at localhost:5432 does not let user "holder" into database "postgres" from this address (28000). Ask whoever runs it for a line in pg_hba.conf, or give the client certificate that it may want (sslcert, sslkey)."`,
  );

  const connection = connectionTo(url(`sslmode=verify-full&sslrootcert=${authority}`));
  await using(connection, async (database) => {
    const stop = new AbortController();
    const asked = database.transaction((reads) => reads.read("select pg_sleep(30)"), { signal: stop.signal });
    await untilItSleeps(url("sslmode=no-verify"));
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: "cancelled" });
    await isCancelledIn(started);
  });
});
