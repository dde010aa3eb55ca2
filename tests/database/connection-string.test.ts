import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, expect, test } from "vitest";
import { connectionFrom, describe } from "../../src/database/connection-string.ts";
import { ToolError } from "../../src/error.ts";

const folder = mkdtempSync(join(tmpdir(), "connection-string-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(url: string, environment: Readonly<Record<string, string>> = {}) {
  const connection = connectionFrom({ DATABASE_URL: url, ...environment });
  if (connection === undefined) throw new Error("nothing configured");
  return { ...connection, password: connection.password(), is: describe(connection), mode: connection.tls.mode };
}

function refused(url: string): string {
  try {
    read(url);
  } catch (error) {
    expect(error).toBeInstanceOf(ToolError);
    expect(inspect(error, { depth: 9 })).not.toContain("hunter2");
    return error instanceof Error ? error.message : "";
  }
  return expect.unreachable("it was not refused");
}

test("an environment without a database configures none", () => {
  expect(connectionFrom({ PATH: "/bin", PGPASSWORD: "hunter2", PGSSLMODE: "require" })).toBeUndefined();
  expect(connectionFrom({ DATABASE_URL: "", PGHOST: "" })).toBeUndefined();
});

test("DATABASE_URL comes before DATABASE_URI, POSTGRES_URL and libpq's variables", () => {
  const environment = {
    PGHOST: "d",
    PGUSER: "u",
    POSTGRES_URL: "postgres://u@c/x",
    DATABASE_URI: "postgres://u@b/x",
    DATABASE_URL: "postgres://u@a/x",
  };
  const hosts = [];
  for (const name of ["DATABASE_URL", "DATABASE_URI", "POSTGRES_URL", "PGHOST"] as const) {
    hosts.push(connectionFrom(environment)?.host);
    environment[name] = "";
  }
  expect(hosts).toEqual(["a", "b", "c", "d"]);
});

test("libpq's variables suffice", () => {
  const connection = connectionFrom({
    PGHOST: "db",
    PGPORT: "6000",
    PGUSER: "reader",
    PGPASSWORD: "hunter2",
    PGDATABASE: "shop",
    PGCONNECT_TIMEOUT: "3",
  });
  expect(connection && describe(connection)).toBe("db:6000/shop as reader");
  expect(connection?.password()).toBe("hunter2");
  expect(connection?.connectTimeout).toBe(3000);
});

test.each([
  ["postgres://reader:hunter2@db.example:6432/shop", "db.example:6432/shop as reader"],
  ["postgresql://reader@db/shop", "db:5432/shop as reader"],
  ["POSTGRES://reader@db", "db:5432/reader as reader"],
  ["postgres://reader@db/", "db:5432/reader as reader"],
  ["postgres://re%40der:p@db/sh%2Fop", "db:5432/sh/op as re@der"],
  ["postgres://reader@[::1]:5433/shop", "[::1]:5433/shop as reader"],
  ["postgres://reader@%2Frun%2Fpostgresql/shop", "/run/postgresql:5432/shop as reader"],
  ["postgres:///shop?host=/run/postgresql&port=5433&user=reader", "/run/postgresql:5433/shop as reader"],
  ["postgres://reader:p@/shop?host=/run/postgresql", "/run/postgresql:5432/shop as reader"],
  ["postgres://reader@db/shop?schema=public&pgbouncer=true&application_name=x&options=-c%20role%3Droot", "db:5432/shop as reader"],
])("%s is %s", (url, is) => {
  expect(read(url).is).toBe(is);
});

test("what a URL leaves out comes from libpq's variables, then from the login name", () => {
  expect(read("postgres:///", { PGUSER: "reader", PGDATABASE: "shop", PGPASSWORD: "hunter2", PGPORT: "5433" })).toMatchObject({
    is: "localhost:5433/shop as reader",
    password: "hunter2",
  });
  expect(read("postgres://db", { USER: "ada" }).is).toBe("db:5432/ada as ada");
});

test.each([
  ["postgres://u:p%40ss%2Fw%23rd@h/d", "p@ss/w#rd"],
  ["postgres://u:p@ss@h/d", "p@ss"],
  ["postgres://u:a:b+c@h/d", "a:b+c"],
  ["postgres://u@h/d?password=hunter2", "hunter2"],
  ["postgres://u:@h/d", undefined],
])("the password of %s is %s", (url, password) => {
  expect(read(url).password).toBe(password);
});

test("neither printing nor serialising a connection shows its password", () => {
  const connection = connectionFrom({ DATABASE_URL: "postgres://u:hunter2@h/d" });
  expect(inspect(connection, { depth: 9, showHidden: true })).not.toContain("hunter2");
  expect(JSON.stringify(connection)).not.toContain("hunter2");
});

const authority = join(folder, "ca.pem");
writeFileSync(authority, "");

test.each([
  ["", "prefer"],
  ["sslmode=disable", "disable"],
  ["sslmode=allow", "prefer"],
  ["sslmode=prefer", "prefer"],
  ["sslmode=require", "require"],
  ["sslmode=no-verify", "require"],
  ["ssl=true", "require"],
  [`sslmode=require&sslrootcert=${authority}`, "verify-ca"],
  ["sslmode=verify-ca", "verify-ca"],
  ["sslmode=verify-full", "verify-full"],
  ["sslmode=require&sslrootcert=system", "verify-full"],
])("%s means %s", (query, mode) => {
  expect(read(`postgres://u@h/d?${query}`).mode).toBe(mode);
});

test("PGSSLMODE holds where the URL says nothing of it", () => {
  expect(read("postgres://u@h/d", { PGSSLMODE: "require" }).mode).toBe("require");
  expect(read("postgres://u@h/d?sslmode=disable", { PGSSLMODE: "require" }).mode).toBe("disable");
});

test.each([
  ["", false],
  ["channel_binding=disable", false],
  ["channel_binding=prefer", false],
  ["channel_binding=require", true],
])("%s asks for channel binding: %s", (query, asks) => {
  expect(read(`postgres://u@h/d?${query}`).channelBinding).toBe(asks);
  expect(read("postgres://u@h/d", { PGCHANNELBINDING: query.split("=")[1] ?? "" }).channelBinding).toBe(asks);
});

test("sslmode is passed over for a unix socket, as in libpq", () => {
  expect(read("postgres:///d?host=/run&user=u&sslmode=verify-full&sslrootcert=/nowhere").mode).toBe("disable");
});

test.each([
  ["postgres://u:hun#ter2hunter2@h/d"],
  ["postgres://u:1234/hunter2@h/d"],
  ["postgres://u:12?hunter2@h/d"],
  ["postgres://u:12?a=hunter2@h/d?x=y"],
  ["postgres://u:hunter2%zz@h/d"],
  ["mysql://u:hunter2@h/d"],
  ["jdbc:postgresql://h/d?password=hunter2"],
  ["host=h password=hunter2"],
  ["postgres://u:hunter2@h:port/d"],
  ["postgres://u:hunter2@h:70000/d"],
  ["postgres://u:hunter2@a:1,b:2/d"],
  ["postgres://u:hunter2@a,b/d"],
  ["postgres://u:hunter2@h/d?sslmode"],
  ["postgres://:hunter2@h/d"],
])("%s is refused, with how to write it and without the password", (url) => {
  expect(refused(url)).toMatch(/Write postgres:\/\/user:password@host:5432\/database, with special characters percent-encoded/);
});

test("what is wrong is told apart", () => {
  expect(
    ["mysql://u@h", "postgres://u:%@h", "postgres://u@a,b/d", "postgres://h/d", "postgres://u@h:0"].map(
      (url) => refused(url).split(". ")[0],
    ),
  ).toMatchInlineSnapshot(`
    [
      "DATABASE_URL is not a URL of Postgres",
      "DATABASE_URL holds a % that does not start an escape such as %40",
      "The connection names several hosts, and only one can be asked",
      "The connection names no user",
      "The port is not a number from 1 to 65535",
    ]
  `);
  expect(refused("postgres://u@h/d?sslmode=full")).toMatchInlineSnapshot(
    `"sslmode must be disable, allow, prefer, require, verify-ca or verify-full."`,
  );
  expect(refused("postgres://u@h/d?channel_binding=yes")).toMatchInlineSnapshot(`"channel_binding must be disable, prefer or require."`);
  expect(refused("postgres://u@h/d?channel_binding=require&sslmode=disable")).toMatchInlineSnapshot(
    `"channel_binding=require needs an encrypted connection, which sslmode=disable and unix sockets do not have. Take one of the two away."`,
  );
  expect(refused("postgres:///d?host=/run&user=u&channel_binding=require")).toContain("unix sockets");
  expect(refused("postgres://u@h/d?connect_timeout=soon")).toMatchInlineSnapshot(
    `"connect_timeout must be a number of seconds, such as connect_timeout=10."`,
  );
  expect(refused("postgres://u@h/d?sslrootcert=/no/such/file.pem")).toMatchInlineSnapshot(
    `"sslrootcert names the file /no/such/file.pem, which cannot be read. Correct the path or its permissions."`,
  );
});

test("a certificate that is none is refused when it is read", () => {
  const file = join(folder, "not.pem");
  writeFileSync(file, "not a certificate");
  expect(refused(`postgres://u@h/d?sslcert=${file}&sslkey=${file}`)).toMatchInlineSnapshot(
    `"sslrootcert, sslcert and sslkey must name PEM files, and sslcert must belong to sslkey. The passphrase of an encrypted key is sslpassword."`,
  );
});
