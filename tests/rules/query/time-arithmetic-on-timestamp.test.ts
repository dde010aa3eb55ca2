import { expect, test } from "vitest";
import rule from "../../../src/rules/query/time-arithmetic-on-timestamp.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table trips (
      id bigint primary key, started_at timestamptz not null, ended_at timestamptz, "From" timestamp, until timestamp, born date, pause interval)`,
  bad: [
    {
      sql: "select extract(hour from ended_at - started_at) from trips",
      at: "extract(hour from ended_at - started_at)",
      severity: "warning",
      message: "extract(hour from ended_at - started_at) leaves out whole days: it is what remains beside them, not the time in hours.",
      fix: "select trunc(extract(epoch from ended_at - started_at) / 3600) from trips",
    },
    {
      sql: "select id from trips t where date_part('minutes', t.ended_at - t.started_at) > 90",
      fix: "select id from trips t where trunc(date_part('epoch', t.ended_at - t.started_at) / 60) > 90",
    },
    {
      sql: "select avg(extract(second from now() - started_at)) from trips",
      fix: "select avg(extract(epoch from now() - started_at)) from trips",
    },
    {
      sql: "select extract(month from ended_at - started_at) from trips",
      severity: "error",
      message:
        "extract(month from ended_at - started_at) is always 0, because a difference of timestamps is in days and less. Take it from age().",
      fix: null,
    },
    {
      sql: "select extract(hour from ended_at - started_at) * 60 + extract(minute from ended_at - started_at) from trips",
      at: "extract(hour from ended_at - started_at)",
      fix: "select trunc(extract(epoch from ended_at - started_at) / 3600) * 60 + extract(minute from ended_at - started_at) from trips",
    },
    { sql: "select extract(day from age(ended_at, started_at)) from trips", severity: "warning", fix: null },
    { sql: "select id from trips where extract(month from age(born)) > 18", fix: null },
    {
      sql: "select id from trips where until - \"From\" > interval '8 hours'",
      at: 'until - "From"',
      object: "trips.until",
      severity: "info",
      message: "trips.until has no time zone: if it holds local time, the result is an hour off where the clock changed in between.",
      fix: null,
    },
    { sql: 'select sum(until - "From"), max(until - "From") from trips', at: 'until - "From"' },
    {
      sql: "select ended_at - until from trips",
      severity: "warning",
      object: "trips.until",
      message:
        "trips.until has no time zone, so it is taken in that of the session before it is subtracted: elsewhere the result is off by hours.",
    },
    { sql: "select id from trips where now() - until > interval '1 hour'", at: "now() - until", severity: "info" },
  ],
  good: [
    "select ended_at - started_at from trips",
    "select extract(epoch from ended_at - started_at) / 3600 from trips",
    "select extract(day from ended_at - started_at) from trips",
    "select extract(day from ended_at - started_at), extract(hour from ended_at - started_at), extract(minute from ended_at - started_at) from trips",
    "select extract(year from age(born)) from trips",
    "select extract(year from age(born)) * 12 + extract(month from age(born)) from trips",
    "select extract(hour from started_at), extract(month from started_at) from trips",
    "select extract(hour from started_at - pause), extract(hour from pause) from trips",
    "select extract(hour from started_at - interval '1 hour') from trips",
    "select until + interval '1 day', until - interval '90 minutes' from trips",
    "select until - '2024-01-01'::timestamp from trips",
    "select born - current_date from trips",
    "select id from trips where started_at > now() - interval '1 day'",
  ],
  unknown: {
    bad: [{ sql: "select extract(day from age(ended_at, started_at)) from trips" }],
    good: ["select extract(hour from ended_at - started_at), until - started_at from trips"],
  },
});

test("the time between two timestamps has no months, and its hours are those beside whole days", async () => {
  const { rows } = await database.query(`
    select extract(month from b - a)::int as months, extract(day from b - a)::int as days, extract(hour from b - a)::int as hours,
           trunc(extract(epoch from b - a) / 3600)::int as total, extract(day from age(b, a))::int as aged
      from (values (timestamptz '2024-01-01 00:00', timestamptz '2024-03-03 05:30')) as t (a, b)`);
  expect(rows).toEqual([{ months: 0, days: 62, hours: 5, total: 1493, aged: 2 }]);
});

test("local times on both sides of a change of the clock are an hour off", async () => {
  const { rows } = await database.query(`
    select (b - a)::text as "local", (b at time zone 'Europe/Zurich' - a at time zone 'Europe/Zurich')::text as real
      from (values (timestamp '2024-03-31 00:00', timestamp '2024-03-31 06:00')) as t (a, b)`);
  expect(rows).toEqual([{ local: "06:00:00", real: "05:00:00" }]);
});
