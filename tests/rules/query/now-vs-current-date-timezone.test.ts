import { expect, test } from "vitest";
import rule from "../../../src/rules/query/now-vs-current-date-timezone.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table orders (id bigint primary key, placed_at timestamptz not null, local timestamp, due date, "Paid At" timestamptz, total numeric);
    create view open as select * from orders`,
  bad: [
    {
      sql: "select id from orders where due >= now()",
      at: "due >= now()",
      object: "orders.due",
      severity: "warning",
      message:
        "now() is a moment and orders.due a date, which counts as its midnight, so the comparison keeps out today. Compare with current_date.",
      fix: "select id from orders where due >= current_date",
    },
    { sql: "select id from orders o where o.due = current_timestamp", fix: "select id from orders o where o.due = current_date" },
    { sql: "select id from orders where now() <= due", at: "now() <= due", fix: "select id from orders where current_date <= due" },
    {
      sql: "select id from orders where due between now() and now() + interval '7 days'",
      fix: "select id from orders where due between current_date and now() + interval '7 days'",
    },
    { sql: "select case when due < now() then 'late' end from orders", at: "due < now()", severity: "info", fix: null },
    {
      sql: "select id from orders where local > now() - interval '1 hour'",
      at: "local > now() - interval '1 hour'",
      object: "orders.local",
      severity: "info",
      message:
        "orders.local has no time zone, so now() - interval '1 hour' is taken in that of the session before the two are compared: it is right only where the session's TimeZone is the one that the column was written in.",
      fix: null,
    },
    { sql: "delete from orders where local < current_timestamp", severity: "info" },
    {
      sql: "select id from orders where placed_at >= current_date",
      severity: "info",
      message:
        "current_date starts at midnight of the session's TimeZone, so which rows of orders.placed_at are of that day depends on who asks. Name the zone with AT TIME ZONE if it is to be the same for all.",
      fix: null,
    },
    { sql: "select id from orders where placed_at::date = current_date", at: "placed_at::date = current_date" },
    { sql: "select id from orders where date(placed_at) = now()::date - 1" },
    { sql: "select id from orders where placed_at >= current_date and placed_at < current_date + 1", at: "placed_at >= current_date" },
    { sql: "select id from orders where placed_at >= date_trunc('day', now())" },
    { sql: `select id from orders where "Paid At" between current_date - interval '1 day' and current_date`, object: "orders.Paid At" },
    { sql: "select count(*) filter (where placed_at > current_date) from orders" },
  ],
  good: [
    "select id from orders where due >= current_date",
    "select id from orders where due > now()",
    "select id from orders where due <= now()",
    "select id from orders where due >= now() - interval '30 days'",
    "select id from orders where placed_at > now() - interval '1 day'",
    "select id from orders where placed_at >= current_date - 30",
    "select id from orders where placed_at >= current_date - interval '3 months'",
    "select id from orders where local > localtimestamp",
    "select id from orders where local > now() at time zone 'UTC'",
    "select id from orders where local >= current_date",
    "select id from orders where placed_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'",
    "select id from orders where placed_at >= date_trunc('month', now())",
    "select id from orders where placed_at >= (now() at time zone 'Europe/Zurich')::date::timestamp at time zone 'Europe/Zurich'",
    "select id from orders where placed_at > $1",
    "select now(), current_date, local from orders",
    "select id from orders where local::date = current_date",
  ],
  unknown: { bad: [], good: ["select id from orders where placed_at >= current_date or due >= now() or local < now()"] },
});

test("a date is before now() and after it by its midnight, so today is never at or after now()", async () => {
  const { rows } = await database.query(
    "select current_date >= now() - interval '1 us' as kept, current_date < now() as past, current_date = now() as equal",
  );
  expect(rows).toEqual([{ kept: false, past: true, equal: false }]);
});

test("a timestamp without time zone meets now() in the time zone of the session", async () => {
  const aheadIn = async (zone: string) => {
    await database.exec(`set timezone to '${zone}'`);
    const { rows } = await database.query<{ ahead: boolean }>("select (now() at time zone 'UTC') + interval '2 hours' > now() as ahead");
    return rows[0]?.ahead;
  };
  expect([await aheadIn("UTC"), await aheadIn("Asia/Tokyo")]).toEqual([true, false]);
  await database.exec("set timezone to 'UTC'");
});
