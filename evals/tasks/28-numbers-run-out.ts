import assert from "node:assert/strict";
import * as z from "zod";
import { task } from "../task.ts";

export default task({
  level: "simple",
  question: "Which table's inserts will fail first for want of numbers?",
  setting: {
    given: "database",
    schema: `create table events (id bigint generated always as identity primary key, at timestamptz not null default now());
      create table visits (id int generated always as identity primary key, at timestamptz not null default now());
      create table clicks (id int generated always as identity primary key, at timestamptz not null default now());`,
    rows: `insert into events select from generate_series(1, 30000); insert into clicks select from generate_series(1, 10000);
      select setval('events_id_seq', 3000000000), setval('visits_id_seq', 2000000000), setval('clicks_id_seq', 900000000);
      analyze;`,
  },
  answer: z.object({ table: z.string() }),

  async check({ table }, database) {
    const [first] = await database.query(
      "select replace(sequencename, '_id_seq', '') as of from pg_sequences order by last_value::numeric / max_value desc limit 1",
    );
    assert.equal(table, first?.of);
  },

  async scripted(call) {
    const { findings } = await call("check_health", { checks: ["sequences"] });
    return { table: findings.find(({ rule }: { rule: string }) => rule === "schema/primary-key-int4").object };
  },
  // By the highest number.
  naive: { table: "events" },
});
