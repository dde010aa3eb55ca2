import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { changed } from "../database/asking.ts";
import { asSuperuser } from "../database/sessions.ts";
import { createDatabase, startCluster } from "../postgres/server.ts";
import { connect } from "./client.ts";
import { oddSchema, oddTable, settings, shadows, world } from "./hostile-world.ts";
import { type Question, type Said, sweep } from "./sweep.ts";

const own = ["app", oddSchema];
const odd = `"App""; drop table x; --"."Line\n\\items' $$ \u202e"`;

/** Without the operators that the hostile search_path has others for: there the server would plan with those, and so does the twin. */
const questions: readonly Question[] = [
  ["inspect_schema", { detail: "full", schemas: own }],
  ["inspect_schema", { detail: "summary", tables: ["app.orders", `"${oddSchema.replace('"', '""')}"."${oddTable}"`] }],
  ["review_schema", { schemas: own, limit: 1000 }],
  ["analyze_query", { sql: "select id, note from app.orders where id between 10 and 20" }],
  ["analyze_query", { sql: `select "select" from ${odd} where "Id" between 5 and 5` }],
  ["analyze_query", { sql: "select * from app.seen" }],
  ["analyze_query", { sql: "select app.total(n) from app.orders where n operator(app.===) 3 and s && app.span(1, 4) and p::text >= 'p'" }],
  ["analyze_query", { sql: "update app.orders set n = n + 1 where app.touched_i(n, 'index') >= 4" }],
  ["analyze_query", { sql: "select * from app.parts where at <= 3" }],
  [
    "suggest_indexes",
    { queries: [{ sql: `select * from ${odd} where "a""b" >= 2 order by "mixedCase"` }, { sql: "select * from app.kept where n >= 40" }] },
  ],
  [
    "migration_checklist",
    {
      sql: `alter table app.orders add column more int default 1;\ncreate index on ${odd} ("back\\slash");\nalter table app.orders alter column n set not null;\ndrop view app.seen`,
    },
  ],
  ["find_slow_queries", {}],
  ["check_health", {}],
  ["search_docs", { query: "index" }],
];

/** Ports, names of databases and roles, and what counts the visits of other sessions, are not the same in both. */
const comparable = (everything: string, names: readonly string[]) =>
  names
    .reduce((text, name) => text.replaceAll(name, "x"), everything)
    .replaceAll(/^.*"(statistics_reset|scans|sequential_scans|index_scans)".*$/gm, "")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "a time")
    .replaceAll(/, \d+ scans| {2}counters: [^\\]*/g, "")
    .replaceAll(/untrusted-data-[0-9a-f]{8}/g, "untrusted-data");

/** All that a session of ours could have done: what a second one sees of it. */
const state = (url: string) =>
  asSuperuser(url, async (client) => {
    await client.query("set search_path = pg_catalog");
    const all = async (sql: string) => (await client.query(sql)).rows;
    const tables = await all("select c.oid::regclass::text as name from pg_class c where relkind in ('r', 'm') and relnamespace > 16000");
    const rows = [];
    for (const { name } of tables)
      rows.push(
        await all(
          `select '${name.replaceAll("'", "''")}' as name, count(*), md5(string_agg(t::pg_catalog.text, ',' order by ctid)) from ${name} t`,
        ),
      );
    return {
      rows,
      relations: await all(
        "select oid, relname, relfilenode, relacl::text, reloptions::text, xmin::text from pg_class where relnamespace > 16000 or relkind = 'S' order by oid",
      ),
      functions: await all("select oid, proname, xmin::text from pg_proc where pronamespace > 16000 or oid > 16384 order by oid"),
      sequences: await all("select schemaname, sequencename, last_value from pg_sequences order by 1, 2"),
      settings: await all("select setdatabase, setrole, setconfig::text from pg_db_role_setting order by 1, 2"),
      roles: await all("select rolname, rolsuper, rolconfig::text from pg_roles where rolname ~ '^hostile' order by 1"),
      largeObjects: await all("select count(*) from pg_largeobject_metadata"),
      slots: await all("select slot_name from pg_replication_slots"),
      prepared: await all("select gid from pg_prepared_xacts"),
      advisory: await all(
        "select objid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
      ),
    };
  });

test.each([15, 18] as const)(
  "a hostile catalog on PostgreSQL %s runs nothing of its own when it is read, and changes no answer",
  async (version) => {
    const mark = `hostile_${randomBytes(6).toString("hex")}`;
    // Neither a lock of the session nor a line of the log goes away with a rollback.
    const boom = `raise log '${mark} %', place; perform pg_catalog.pg_advisory_lock(4242);`;
    // Of its own: a superuser who may log in is a finding in every database of a server.
    const cluster = await startCluster(version, { settings: { autovacuum: "off" } });
    onTestFinished(() => cluster.stop());
    const [calm, hostile] = [
      await createDatabase(cluster, world("")),
      await createDatabase(cluster, `${world(boom)} select pg_catalog.pg_advisory_unlock_all();`),
    ];
    const database = new URL(hostile.url).pathname.slice(1);
    const roles = { superuser: `${mark}_superuser`, reader: `${mark}_reader` };
    for (const { url } of [calm, hostile]) {
      await asSuperuser(url, (client) =>
        client.query(`do $$ begin create role ${roles.superuser} superuser login password 'x'; create role ${roles.reader} login password 'x'; exception when duplicate_object then null; end $$;
          grant usage on schema app, "App""; drop table x; --" to ${roles.reader};
          grant select on all tables in schema app, "App""; drop table x; --" to ${roles.reader}`),
      );
    }
    await asSuperuser(hostile.url, async (client) => {
      await client.query(shadows(boom));
      for (const [name, value] of Object.entries(settings)) {
        for (const whose of [`database ${database}`, ...Object.values(roles).map((role) => `role ${role} in database ${database}`)]) {
          if (name === "transform_null_equals" && whose.startsWith("role")) continue;
          await client.query(`set event_triggers = off`).catch(() => undefined);
          await client.query(`alter ${whose} set ${name} = ${value}`);
        }
      }
    });
    const before = await state(hostile.url);
    const runs = async () => (await cluster.log()).split("\n").filter((line) => line.includes(`${mark} `) && line.includes("LOG"));
    await sleep(300);
    const ran = (await runs()).length;
    expect(ran, "lines of what ran while the world was made").toBeGreaterThan(100);

    // Each takes as long again: without LONG one role of each server, and one comparison.
    const asking = process.env.LONG ? Object.values(roles) : [version === 15 ? roles.reader : roles.superuser];
    for (const user of asking) {
      const answers = async (url: string) => {
        const client = await connect({ environment: { DATABASE_URL: changed(url, { user, password: "x" }) } });
        return sweep(client, questions, ["detailed"]);
      };
      const theirs = await answers(hostile.url);
      expect(await state(hostile.url), user).toEqual(before);
      // This server counts no statements; tests/tools/find-slow-queries.test.ts has one that does.
      expect(theirs.filter(({ isError, question: [tool] }) => isError !== (tool === "find_slow_queries"))).toEqual([]);
      if (version === 15 && !process.env.LONG) continue;
      const plain = (url: string) => (said: Said) => comparable(said.everything, [new URL(url).pathname.slice(1), user]);
      expect(theirs.map(plain(hostile.url))).toEqual((await answers(calm.url)).map(plain(calm.url)));
    }
    await sleep(300);
    expect((await runs()).slice(ran)).toEqual([]);
  },
  300_000,
);
