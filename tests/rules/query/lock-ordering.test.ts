import { expect, test } from "vitest";
import rule from "../../../src/rules/query/lock-ordering.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table accounts (id bigint primary key, owner_id bigint, balance numeric not null);
    create table seats (row_no int, seat_no int, event_id bigint, taken boolean, primary key (row_no, seat_no));
    create table owners (id bigint primary key, name text)`,
  bad: [
    {
      sql: "select id from accounts where id in (7, 3) for no key update",
      at: "for no key update",
      object: "accounts",
      severity: "info",
      message:
        "Nothing says in which order the rows of accounts are locked, so two transactions that want the same rows may deadlock. ORDER BY id gives all of them one order.",
      fix: "select id from accounts where id in (7, 3) order by id for no key update",
    },
    {
      sql: "select balance from accounts where id = any ($1) for update",
      fix: "select balance from accounts where id = any ($1) order by id for update",
    },
    {
      sql: "select s.* from seats s join owners o on o.id = s.event_id where s.seat_no in (1, 2) and o.name = 'x' for update of s",
      fix: "select s.* from seats s join owners o on o.id = s.event_id where s.seat_no in (1, 2) and o.name = 'x' order by s.row_no, s.seat_no for update of s",
    },
    "select a.id from accounts a join unnest($1::bigint[]) as wanted (id) on wanted.id = a.id for update of a",
    "update accounts set balance = 0 where id in (select id from accounts where owner_id in (1, 2) for update)",
    {
      sql: "update accounts set balance = v.balance from (values (7, 1.0), (3, 2.0)) as v (id, balance) where v.id = accounts.id",
      at: "(values (7, 1.0), (3, 2.0)) as v (id, balance)",
      object: "accounts",
      message:
        "The rows of accounts are locked in the order in which the plan meets them, which may be that of v, so two transactions that list the same rows may deadlock. Lock them first, with SELECT … ORDER BY … FOR NO KEY UPDATE.",
      fix: null,
    },
    {
      sql: "update accounts a set balance = 0 from unnest($1::bigint[]) as u (id) where u.id = a.id",
      at: "unnest($1::bigint[]) as u (id)",
    },
    { sql: "delete from accounts a using jsonb_to_recordset($1) as r (id bigint) where r.id = a.id", object: "accounts" },
  ],
  good: [
    "select id from accounts where id in (7, 3) order by id for no key update",
    "select id from accounts where id in (7, 3)",
    "select id from accounts where id in (7) for update",
    "select id from accounts where id = 7 for update",
    "select id from accounts where id = $1 and owner_id in (1, 2) for update",
    "select id from accounts where id in (7, 3) for update nowait",
    "select id from accounts where id in (7, 3) for update skip locked",
    "select id from accounts where id in (7, 3) for share",
    "select id from accounts where owner_id = 5 for update",
    "select a.id from accounts a join owners o on o.id = a.owner_id where o.id = 5 and a.id in (7, 3) for update",
    "update accounts set balance = 0 where id in (7, 3)",
    "update accounts set balance = 0 where id = any ($1)",
    "update accounts a set balance = o.id from owners o where o.id = a.owner_id",
    "update accounts a set balance = v.b from (values (7, 1.0)) as v (id, b) where v.id = a.id",
    "update accounts a set balance = v.b from (values (1.0), (2.0)) as v (b) where a.id = 7 and v.b = a.balance",
    "with held as (select id from accounts where id = any ($1) order by id for update) update accounts a set balance = u.b from unnest($1::bigint[], $2::numeric[]) as u (id, b), held where u.id = a.id and held.id = a.id",
    "insert into accounts values (1, 1, 1), (2, 2, 2)",
    "update accounts a set balance = 0 from generate_series(1, 10) as g (id) where g.id = a.id",
  ],
  unknown: {
    bad: [{ sql: "select * from a where b in (1, 2) for update", fix: null }],
    good: ["select * from a where b in (1, 2) order by b for update", "select * from a where b = 1 for update"],
  },
});

test("without ORDER BY the plan decides in which order rows are locked", async () => {
  await database.exec("insert into accounts values (7, 1, 1), (3, 1, 1)");
  const locked = async (sql: string, without: readonly string[]) => {
    await database.exec(`begin; ${without.map((setting) => `set local enable_${setting} = off;`).join(" ")}`);
    const { rows } = await database.query<{ id: number }>(sql);
    await database.exec("rollback");
    return rows.map(({ id }) => id);
  };
  const unordered = "select id from accounts where id in (7, 3) for update";
  expect(await locked(unordered, ["indexscan", "bitmapscan"])).toEqual([7, 3]);
  expect(await locked(unordered, ["seqscan", "bitmapscan"])).toEqual([3, 7]);
  expect(await locked("select id from accounts where id in (7, 3) order by id for update", ["indexscan", "bitmapscan"])).toEqual([3, 7]);
});
