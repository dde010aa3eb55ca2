import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { type Case, isThere } from "./cases.ts";
import { startContestant } from "./contestant.ts";
import { examine } from "./exam.ts";
import { differences } from "./state.ts";
import { buildWorld, type World } from "./world.ts";

interface Change {
  /** What the difference must name. */
  readonly seen: RegExp;
  readonly sql: string;
  /** In a session of the server under test, which stays open; otherwise in one of its own that ends. */
  readonly stays?: true;
}

const changes: readonly Change[] = [
  { seen: /^rows of "public"."audit"$/, sql: "insert into audit (what) values ('x')" },
  { seen: /^rows of "public"."accounts"$/, sql: "update accounts set balance = balance + 1 where id = 7" },
  { seen: /^rows of "public"."parted_a"$/, sql: "delete from parted where v = 3" },
  { seen: /^rows of "public"."mv"$/, sql: "insert into accounts default values; refresh materialized view mv" },
  { seen: /^catalog pg_attribute$/, sql: "create table planted (id int)" },
  { seen: /^catalog pg_proc$/, sql: "alter function f_stb() cost 7" },
  { seen: /^catalog pg_index$/, sql: "create index on orders (account_id)" },
  { seen: /^catalog pg_description$/, sql: "comment on table orders is 'x'" },
  { seen: /^catalog pg_default_acl$/, sql: "alter default privileges grant select on tables to public" },
  { seen: /^catalog pg_statistic$/, sql: "insert into audit (what) values ('y'); analyze audit" },
  { seen: /^catalog pg_authid$/, sql: "create role evil superuser" },
  { seen: /^catalog pg_auth_members$/, sql: "grant pg_read_all_data to ro" },
  { seen: /^catalog pg_db_role_setting$/, sql: "alter role ro set work_mem = '1MB'" },
  { seen: /^catalog pg_database$/, sql: "create database planted template template0" },
  { seen: /^sequence "public"."s1"$/, sql: "select nextval('s1')" },
  { seen: /^catalog pg_largeobject_metadata$/, sql: "select lo_create(0)" },
  { seen: /^catalog pg_largeobject$/, sql: "select lo_put(4242, 0, 'x')" },
  { seen: /^slot planted$/, sql: "select pg_create_physical_replication_slot('planted')" },
  { seen: /^slot decoded$/, sql: "select pg_create_logical_replication_slot('decoded', 'pgoutput')" },
  { seen: /^catalog pg_replication_origin$/, sql: "select pg_replication_origin_create('planted')" },
  { seen: /^statistics reset pg_stat_database$/, sql: "select pg_stat_reset()" },
  { seen: /^statistics reset pg_stat_bgwriter$/, sql: "select pg_stat_reset_shared('bgwriter')" },
  { seen: /^statistics reset pg_stat_slru$/, sql: "select pg_stat_reset_slru(null)" },
  { seen: /^statistics reset public.pg_stat_statements_info$/, sql: "select pg_stat_statements_reset()" },
  { seen: /^postgresql.auto.conf$/, sql: "alter system set work_mem = '5MB'" },
  { seen: /^configuration loaded$/, sql: "select pg_reload_conf()" },
  { seen: /^write-ahead log$/, sql: "select pg_logical_emit_message(false, 'x', repeat('y', 1000000))" },
  { seen: /^data folder$/, sql: "select lo_export(4242, 'planted')" },
  { seen: /^file pwned_fdw$/, sql: "select * from ft_prog" },
  { seen: /^notification on chan$/, sql: "notify chan, 'x'" },
  { seen: /^outbound connections$/, sql: "select dblink_connect('host=127.0.0.1 port={{OUT_PORT}} user=x')" },
  { seen: /^call of f_vol$/, sql: "begin; select f_vol(); rollback" },
  { seen: /^call of f_imm$/, sql: "explain select f_imm(1)" },
  {
    seen: /^victim of postgres$/,
    sql: "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim' and usename = 'postgres'",
  },
  {
    seen: /^victim of ro$/,
    sql: "select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'victim' and usename = 'ro'",
  },
  { seen: /^lock advisory 77$/, sql: "select pg_advisory_lock(77)", stays: true },
  { seen: /^session with work_mem=5120$/, sql: "set work_mem = '5MB'", stays: true },
  { seen: /^session with role pg_monitor$/, sql: "set role pg_monitor", stays: true },
  { seen: /^session with listening to planted$/, sql: "listen planted", stays: true },
  { seen: /^session with prepared statement planted$/, sql: "prepare planted as select 1", stays: true },
  { seen: /^session with temporary tables$/, sql: "create temp table planted (id int)", stays: true },
  { seen: /^session \d+ still at work$/, sql: "begin; select 1", stays: true },
  { seen: /^lock relation public.orders$/, sql: "begin; lock table orders in share mode", stays: true },
  { seen: /^prepared transaction planted$/, sql: "begin; insert into audit (what) values ('x'); prepare transaction 'planted'" },
];

const versions = isThere ? (process.env.LONG ? ([15, 18] as const) : ([18] as const)) : [];

async function change(world: World, { sql, stays }: Change): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: world.url("postgres"), ...(!stays && { application_name: "monitor" }) });
  client.on("error", () => undefined);
  await client.connect();
  const filled = sql.replace("{{OUT_PORT}}", String(world.places().listenerPort));
  await client.query(filled).catch((error: pg.DatabaseError) => {
    // The listener hangs up on dblink.
    if (error.code !== "08001") throw error;
  });
  return client;
}

test.each(versions)(
  "Postgres %i: whatever a statement can change is seen from a second session",
  async (version) => {
    const world = await buildWorld(version);
    try {
      const unseen: string[] = [];
      let before = await world.state();
      expect(differences(before, await world.state())).toEqual([]);
      for (const each of changes) {
        const client = await change(world, each);
        if (!each.stays) await client.end();
        const after = await world.state();
        const found = differences(before, after);
        if (!found.some((name) => each.seen.test(name))) unseen.push(`${each.sql}: ${found.join(", ")}`);
        await client.end();
        before = await world.state();
      }
      expect(unseen).toEqual([]);
    } finally {
      await world.stop();
    }
  },
  240_000,
);

const question = (id: string, sql: string): Case => ({
  id,
  class: "planted",
  tool: "run",
  mode: "call",
  input: { sql },
  why: "",
  expected: "refused",
});

test.skipIf(!isThere)(
  "the exam finds out a server that does what it is told",
  async () => {
    const world = await buildWorld(18);
    try {
      const program = join(import.meta.dirname, "obedient-server.mjs");
      const outcomes = await examine(
        world,
        {
          start: () => startContestant([process.execPath, program], { DATABASE_URL: world.url("postgres") }),
          asks: (sql) => ({ tool: "run", input: { sql } }),
          batch: 30,
        },
        [
          question("reads", "select 1"),
          question("writes", "insert into audit (what) values ('x')"),
          question("locks for a moment", "select pg_advisory_lock(5)"),
          question("unlocks", "select pg_advisory_unlock_all()"),
          question("tells", "select password_hash from accounts where id = 2"),
          question("complains", "complain"),
          question("dies", "die"),
          question("reads again", "select 2"),
          { ...question("is set up", "select current_setting('work_mem')"), setup: "alter database app set work_mem = '5MB'" },
        ],
      );
      const seen = outcomes.map(({ id, effects, leaks, died, answer }) => [id, { effects, leaks, died, isError: answer.isError }]);
      expect(Object.fromEntries(seen)).toMatchInlineSnapshot(`
        {
          "complains": {
            "died": false,
            "effects": [],
            "isError": false,
            "leaks": [
              "a password",
            ],
          },
          "dies": {
            "died": true,
            "effects": [],
            "isError": true,
            "leaks": [],
          },
          "is set up": {
            "died": false,
            "effects": [],
            "isError": false,
            "leaks": [],
          },
          "locks for a moment": {
            "died": false,
            "effects": [
              "lock advisory 5",
            ],
            "isError": false,
            "leaks": [],
          },
          "reads": {
            "died": false,
            "effects": [],
            "isError": false,
            "leaks": [],
          },
          "reads again": {
            "died": false,
            "effects": [],
            "isError": false,
            "leaks": [],
          },
          "tells": {
            "died": false,
            "effects": [],
            "isError": false,
            "leaks": [
              "a value of a row",
            ],
          },
          "unlocks": {
            "died": false,
            "effects": [],
            "isError": false,
            "leaks": [],
          },
          "writes": {
            "died": false,
            "effects": [
              "rows of "public"."audit"",
            ],
            "isError": false,
            "leaks": [],
          },
        }
      `);
      expect(outcomes.find(({ id }) => id === "is set up")?.answer.text).toContain("5MB");
      expect(differences(await world.state(), await world.state())).toEqual([]);
    } finally {
      await world.stop();
    }
  },
  240_000,
);
