import pg from "pg";
import { expect, test } from "vitest";
import rule from "../../../src/rules/query/for-update-without-skip.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import { testRule } from "../rule-test.ts";

const setup = `
  create table jobs (id bigint primary key, queue text not null, status text not null, run_at timestamptz, locked_at timestamptz, code text unique);
  create table accounts (id bigint primary key, user_id bigint, status text, balance numeric, deleted_at timestamptz);`;

testRule(rule, {
  setup,
  bad: [
    {
      sql: "select id from jobs where queue = $1 and status = 'queued' order by run_at limit 1 for update",
      at: "for update",
      object: "jobs",
      severity: "warning",
      message:
        "Workers that ask jobs at the same time wait for the same row, one after the other. SKIP LOCKED gives each of them rows that nobody holds.",
      fix: "select id from jobs where queue = $1 and status = 'queued' order by run_at limit 1 for update skip locked",
    },
    {
      sql: "update jobs set status = 'running' where id = (select id from jobs where status = 'queued' and run_at <= now() order by run_at limit 1 for no key update) returning id",
      at: "for no key update",
      fix: "update jobs set status = 'running' where id = (select id from jobs where status = 'queued' and run_at <= now() order by run_at limit 1 for no key update skip locked) returning id",
    },
    {
      sql: "select j.id from jobs j join accounts a on a.id = j.id where j.locked_at is null order by j.run_at for update of j limit 10",
      at: "for update of j",
      fix: "select j.id from jobs j join accounts a on a.id = j.id where j.locked_at is null order by j.run_at for update of j skip locked limit 10",
    },
    "delete from jobs where id in (select id from jobs where status in ('done', 'failed') limit $1 for update)",
    "with next as (select id from jobs where status = $1 order by run_at fetch first 5 rows only for update) update jobs set status = 'x' from next where next.id = jobs.id",
    "select id from jobs where (locked_at is null or locked_at < now() - interval '1 hour') and queue = 'mail' limit 5 for update",
  ],
  good: [
    "select id from jobs where status = 'queued' order by run_at limit 1 for update skip locked",
    "select id from jobs where status = 'queued' order by run_at limit 1 for update nowait",
    "select id from jobs where status = 'queued' order by run_at limit 1 for share",
    "select id from jobs where status = 'queued' order by run_at limit 1",
    "select id from jobs where status = 'queued' order by run_at for update",
    "select id from jobs where status = 'queued' order by run_at limit 100000 for update",
    "select id from jobs where id = $1 and status = 'queued' limit 1 for update",
    "select id from jobs where code = 'a' and status = 'queued' limit 1 for update",
    "select balance from accounts where user_id = $1 and status = 'open' order by id limit 1 for update",
    "select balance from accounts where deleted_at is null order by balance limit 1 for update",
    "select j.id from jobs j join accounts a on a.id = j.id where j.status = 'queued' limit 1 for update of a",
    "select balance from accounts order by balance limit 1 for update",
  ],
  unknown: {
    bad: ["select id from tasks where state = 'new' order by id limit 1 for update"],
    good: [
      "select * from settings where name = 'x' limit 1 for update",
      "select * from tasks where id = $1 and state = 'new' limit 1 for update",
    ],
  },
});

test("a second worker waits for the first one's row, and with SKIP LOCKED takes the next", async () => {
  const { url } = await freshDatabase(18, `${setup} insert into jobs select n, 'mail', 'queued', now() from generate_series(1, 3) n`);
  const [first, second] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  await Promise.all([first.connect(), second.connect()]);
  const claim = "select id from jobs where status = 'queued' order by id limit 1 for update";
  try {
    await first.query("begin");
    expect((await first.query(claim)).rows).toEqual([{ id: "1" }]);
    await second.query("set lock_timeout = '50ms'");
    await expect(second.query(claim)).rejects.toMatchObject({ code: "55P03" });
    expect((await second.query(`${claim} skip locked`)).rows).toEqual([{ id: "2" }]);
  } finally {
    await Promise.all([first.end(), second.end()]);
  }
});
