import { connect as connectTo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/database/live-database.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connect, textOf } from "../tools/client.ts";
import { changed, connectionTo, quick } from "./asking.ts";
import { asRole, asSuperuser, eventually, sessions } from "./sessions.ts";
import { type Fault, inspect, secret, table, told } from "./told.ts";
import { errorResponse, listen, replaced, standBetween } from "./wire.ts";

const versions = [15, 18] as const;

const urls = new Map<15 | 18, string>();
const urlOf = (version: 15 | 18) => urls.get(version) ?? "";
beforeAll(async () => {
  for (const version of versions) urls.set(version, (await freshDatabase(version, table)).url);
});

let names = 0;
const unused = (kind: string) => {
  names += 1;
  return `${kind}_${process.pid}_${names}`;
};
const asAdmin = (version: 15 | 18, sql: string) => asSuperuser(cluster(version).url(), (client) => client.query(sql));

test.each(versions)("a password that is wrong on Postgres %i, until it is right", async (version) => {
  const user = unused("role");
  await asAdmin(version, `create role ${user} login password 'other'`);
  const url = urlOf(version);
  const mend = () => asAdmin(version, `alter role ${user} password '${secret}'`);
  expect(await told({ url: changed(url, { user, password: secret }), mend })).toMatchInlineSnapshot(
    `"connection_failed: Login refused: wrong password for user "role" at 127.0.0.1:5432, or no such user (28P01). Correct the connection string; special characters of a password are percent-encoded there (@ as %40)."`,
  );
});

test.each(versions)("a role that Postgres %i does not have, until it has", async (version) => {
  const user = unused("role");
  const url = urlOf(version);
  const mend = () => asAdmin(version, `create role ${user} login password '${secret}'`);
  expect(await told({ url: changed(url, { user, password: secret }), mend })).toMatchInlineSnapshot(
    `"connection_failed: Login refused: wrong password for user "role" at 127.0.0.1:5432, or no such user (28P01). Correct the connection string; special characters of a password are percent-encoded there (@ as %40)."`,
  );
});

test.each(versions)("a role that may not log in to Postgres %i, until it may", async (version) => {
  const user = unused("role");
  await asAdmin(version, `create role ${user} nologin password '${secret}'`);
  const url = urlOf(version);
  const mend = () => asAdmin(version, `alter role ${user} login`);
  expect(await told({ url: changed(url, { user, password: secret }), mend })).toMatchInlineSnapshot(
    `"connection_failed: There is no user "role" that may log in at 127.0.0.1:5432 (28000). Correct the user in the connection string."`,
  );
});

test.each(versions)("a database that Postgres %i does not have, until it has", async (version) => {
  const [user, database] = [unused("role"), unused("later")];
  await asAdmin(version, `create role ${user} login password '${secret}'`);
  const url = cluster(version).url(database);
  const mend = async () => {
    await asAdmin(version, `create database ${database}`);
    await asSuperuser(url, (client) => client.query(table));
  };
  expect(await told({ url: changed(url, { user, password: secret }), mend })).toMatchInlineSnapshot(
    `"connection_failed: There is no database "later" at 127.0.0.1:5432 (3D000). Correct the name at the end of the connection string."`,
  );
});

test.each(versions)("a role that Postgres %i does not let into the database, until it does", async (version) => {
  const url = urlOf(version);
  const database = new URL(url).pathname.slice(1);
  await asAdmin(version, `revoke connect on database ${database} from public`);
  const reader = await asRole(version, { url, settings: [`password '${secret}'`] });
  onTestFinished(async () => {
    await asAdmin(version, `grant connect on database ${database} to public`);
  });
  const mend = () => asAdmin(version, `grant connect on database ${database} to ${new URL(reader).username}`);
  expect(await told({ url: changed(reader, { password: secret }), mend })).toMatchInlineSnapshot(
    `"permission_denied: User "reader" may not connect to database "test" at 127.0.0.1:5432 (42501). Have its owner run: grant connect on database "test" to "reader";"`,
  );
});

test.each(versions)("no password where Postgres %i asks for one", async (version) => {
  const url = urlOf(version);
  expect(await told({ url: changed(url, { password: "" }) })).toMatchInlineSnapshot(
    `"connection_failed: The server asks for a password of 127.0.0.1:5432/shop as postgres, and none is given. Write postgres://user:password@host:5432/database, or set PGPASSWORD."`,
  );
});

test.each(versions)("a role of Postgres %i that has all the sessions it may have, until one ends", async (version) => {
  const url = urlOf(version);
  const reader = await asRole(version, { url, settings: [`password '${secret}'`, "connection limit 0"] });
  const mend = () => asAdmin(version, `alter role ${new URL(reader).username} connection limit -1`);
  expect(await told({ url: changed(reader, { password: secret }), mend })).toMatchInlineSnapshot(`
    "busy: The server at 127.0.0.1:5432 has no free connection (53300). Try again soon; pg_stat_activity, or the pooler in front of it, says who has them.
    Retry after 5 s."
  `);
});

test.each(versions)(
  "a table that is locked on Postgres %i, is told with who locks it, to a role that may see more with since when",
  async (version) => {
    const url = urlOf(version);
    const plain = await asRole(version, { url, settings: [`password '${secret}'`] });
    const monitor = await asRole(version, { url, settings: [`password '${secret}'`] });
    await asAdmin(version, `grant pg_monitor to ${new URL(monitor).username}`);
    await asSuperuser(url, async (client) => {
      await client.query("set application_name = 'migrate \"7\"'");
      await client.query("begin; alter table orders add column at date");
      const mend = () => client.query("rollback");
      const locked = await told({ url: changed(monitor, { password: secret }), mend });
      expect(locked.replace(/for \d s/, "for 1 s")).toMatchInlineSnapshot(`
      "timeout: A table that this needs is locked by another session, and was not released in time (55P03). Try again later. Locked at this moment: orders by process 4711 ("migrate \\"7\\"", idle in transaction for 1 s).
      Retry after 10 s."
    `);
      await client.query("begin; lock table orders");
      expect(await told({ url: changed(plain, { password: secret }), mend })).toMatchInlineSnapshot(`
      "timeout: A table that this needs is locked by another session, and was not released in time (55P03). Try again later. Locked at this moment: orders by process 4711 ("migrate \\"7\\"").
      Retry after 10 s."
    `);
    });
  },
);

test.each(versions)("a table of Postgres %i that somebody waits to lock, behind whom", async (version) => {
  const url = urlOf(version);
  await asSuperuser(url, async (report) => {
    await report.query("set application_name = 'report'");
    await report.query("begin; select count(*) from orders");
    await asSuperuser(url, async (migration) => {
      const waits = migration.query("begin; lock table orders");
      await eventually(
        async () => (await report.query("select from pg_locks where not granted and relation = 'orders'::regclass")).rowCount === 1,
      );
      const mend = async () => {
        await report.query("rollback");
        await waits;
        await migration.query("rollback");
      };
      const locked = await told({ url, mend });
      expect(locked.replace(/for \d s/, "for 1 s")).toMatchInlineSnapshot(`
        "timeout: A table that this needs is locked by another session, and was not released in time (55P03). Try again later. Locked at this moment: orders, for which process 4711 waits behind process 4711 ("report", idle in transaction for 1 s).
        Retry after 10 s."
      `);
    });
  });
});

test.each(versions)("a catalog query that somebody cancels on Postgres %i", async (version) => {
  const url = urlOf(version);
  const reader = changed(await asRole(version, { url, settings: [`password '${secret}'`] }), { password: secret });
  await asSuperuser(url, async (client) => {
    await client.query("begin; lock table orders");
    const cancelled = asSuperuser(url, (admin) =>
      eventually(async () => {
        const ours = "datname = current_database() and application_name = 'backend-db-mcp' and wait_event_type = 'Lock'";
        return (await admin.query(`select pg_cancel_backend(pid) from pg_stat_activity where ${ours}`)).rowCount === 1;
      }),
    );
    const mend = async () => {
      await cancelled;
      await client.query("rollback");
    };
    expect(await told({ url: reader, mend })).toMatchInlineSnapshot(
      `"timeout: A catalog query was stopped (57014): it took longer than 15 s, or somebody cancelled it. Ask for fewer schemas or tables."`,
    );
  });
});

/** An address at which something else than the database is, until it is put in its place. */
async function place(
  version: 15 | 18,
  onConnection: (socket: Socket) => void,
  query = "sslmode=disable",
): Promise<Required<Pick<Fault, "url" | "mend">>> {
  const url = urlOf(version);
  const { port } = new URL(url);
  let mended = false;
  const listener = await listen((socket) => {
    if (!mended) return onConnection(socket);
    const server = connectTo(Number(port), "127.0.0.1").on("error", () => socket.destroy());
    socket.pipe(server).pipe(socket);
    socket.on("close", () => server.destroy());
  });
  onTestFinished(() => listener.close());
  return {
    url: changed(url, { port: listener.port, query }),
    mend: () => {
      mended = true;
    },
  };
}

test("a port that swallows what it is sent, until it answers", async () => {
  expect(await told(await place(18, () => undefined, "connect_timeout=1"))).toMatchInlineSnapshot(`
    "connection_failed: 127.0.0.1:5432 took the connection, but no login was done in 1 s. Check that Postgres listens there; a database that wakes from sleep gets more time with connect_timeout=30.
    Retry after 5 s."
  `);
});

test("a port of something else, until it is that of Postgres", async () => {
  const fault = await place(18, (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  expect(await told(fault)).toMatchInlineSnapshot(
    `"connection_failed: What answers at 127.0.0.1:5432 does not speak Postgres's protocol, or hung up before the login. Check that the port is that of Postgres (5432 unless changed)."`,
  );
});

test("a server that hangs up, until it stays", async () => {
  expect(await told(await place(18, (socket) => socket.destroy()))).toMatchInlineSnapshot(
    `"connection_failed: What answers at 127.0.0.1:5432 does not speak Postgres's protocol, or hung up before the login. Check that the port is that of Postgres (5432 unless changed)."`,
  );
});

test("a server that starts for longer than we wait, until it has", async () => {
  const starting = errorResponse("57P03", `the database system is starting up ${secret}`);
  expect(await told(await place(18, (socket) => void socket.end(starting)))).toMatchInlineSnapshot(`
    "connection_failed: The server at 127.0.0.1:5432 is starting, stopping or ended this session (57P03). Try again in a few seconds.
    Retry after 5 s."
  `);
});

test("a server that is out of memory, until it has some", async () => {
  const full = errorResponse("53200", `out of memory ${secret}`);
  expect(await told(await place(18, (socket) => void socket.end(full)))).toMatchInlineSnapshot(`
    "busy: The server at 127.0.0.1:5432 is short of memory, disk or locks (53200). Try again later, or ask for fewer schemas or tables.
    Retry after 30 s."
  `);
});

test.each(versions)("a session that Postgres %i ended between two calls is nobody's business", async (version) => {
  const url = urlOf(version);
  const client = await connect({ environment: { DATABASE_URL: url } });
  const first = await client.callTool(inspect);
  await asSuperuser(url, async (admin) => {
    const ended =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'backend-db-mcp'";
    expect((await admin.query(ended)).rowCount).toBe(1);
    await eventually(async () => (await sessions(admin)) === 0);
  });
  expect(textOf(await client.callTool(inspect))).toBe(textOf(first));
});

test.each(versions)(
  "of 100 calls at once Postgres %i answers those it has room for; the rest are told when to come back",
  async (version) => {
    const url = urlOf(version);
    const client = await connect({ environment: { DATABASE_URL: url } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.callTool(inspect)));
    const busy = answers.filter((answer) => answer.isError);
    expect(answers.length - busy.length).toBeGreaterThanOrEqual(36);
    for (const answer of busy) expect(textOf(answer)).toBe(textOf(busy[0] ?? answer));
    if (busy[0])
      expect({ text: textOf(busy[0]), error: busy[0]._meta?.["backend-db-mcp/error"] }).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "busy",
          "message": "4 questions are being asked of this database and 32 wait. Try again in 2 s, or ask fewer at once.",
          "retry_after_s": 2,
          "retryable": true,
        },
        "text": "busy: 4 questions are being asked of this database and 32 wait. Try again in 2 s, or ask fewer at once.
      Retry after 2 s.",
      }
    `);
    expect((await client.callTool(inspect)).isError).toBeFalsy();
  },
);

test.each(versions)("a transaction that Postgres %i gave up, because we were held up in it, is begun again", async (version) => {
  const database = openDatabase(connectionTo(urlOf(version)), { limits: { ...quick, idleTimeout: 100 } });
  let attempts = 0;
  const answer = await database.transaction(async (reads) => {
    attempts += 1;
    await reads.read("select 1");
    if (attempts === 1) await sleep(400);
    return reads.read("select 1 as one");
  }, {});
  expect({ attempts, answer }).toEqual({ attempts: 2, answer: [{ one: 1 }] });
  await database.close();
});

test("a server that is newer than what was tested is read, and told to be so", async () => {
  const url = urlOf(18);
  const proxy = await standBetween(Number(new URL(url).port), { toClient: (chunk) => replaced(chunk, "180004", "190001") });
  onTestFinished(() => proxy.close());
  const client = await connect({ environment: { DATABASE_URL: changed(url, { port: proxy.port, query: "sslmode=disable" }) } });
  const newer = "PostgreSQL 19 is newer than what this was tested with (14 to 18): what came later is not seen, and plans are those of 18";
  for (const [name, question] of [
    ["inspect_schema", {}],
    ["analyze_query", { sql: "select * from orders where id = 1" }],
  ] as const) {
    const answer = await client.callTool({ name, arguments: question });
    expect(answer.structuredContent, textOf(answer)).toMatchObject({ limits: expect.arrayContaining([newer]) });
  }
});

test.each(versions)(
  "a role of Postgres %i that may neither enter a schema nor read its tables is told what that hides",
  async (version) => {
    const { url } = await freshDatabase(
      version,
      "create schema app; create table app.items (id int primary key, name text); insert into app.items select i, 'n' || i from generate_series(1, 1000) i; analyze",
    );
    const reader = await asRole(version, { url, settings: [`password '${secret}'`] });
    const client = await connect({ environment: { DATABASE_URL: changed(reader, { password: secret }) } });
    const inspected = await client.callTool({ name: "inspect_schema", arguments: { detail: "summary" } });
    expect(textOf(inspected)).toContain("app.items: table, 1,000 rows");
    const planned = await client.callTool({ name: "analyze_query", arguments: { sql: "select id from app.items where name = 'n7'" } });
    expect(
      (planned.structuredContent as { limits: readonly string[] }).limits.map((limit) => limit.replaceAll(/reader_\w+/g, "reader")),
    ).toMatchInlineSnapshot(`
      [
        "the statistics of app.items are hidden from reader: grant select on app.items to reader",
      ]
    `);
  },
);
