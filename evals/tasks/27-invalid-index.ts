import assert from "node:assert/strict";
import * as z from "zod";
import { noScanOf } from "../database.ts";
import { task } from "../task.ts";

const query = "select id from users where email = 'u77'";

export default task({
  level: "medium",
  question: `${query} reads all users, though there is an index on email. Which one statement makes it fast, without keeping writers out?`,
  setting: {
    given: "database",
    schema: "create table users (id bigint generated always as identity primary key, email text not null);",
    // As CREATE INDEX CONCURRENTLY leaves an index that was cancelled.
    rows: `insert into users (email) select 'u' || i from generate_series(1, 20000) i;
      create index users_email_idx on users (email);
      update pg_index set indisvalid = false where indexrelid = 'users_email_idx'::regclass;
      analyze;`,
  },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    assert.match(sql, /concurrently/i, "writers wait for it");
    await database.query(sql);
    await noScanOf(database, "users", query);
    assert.deepEqual(
      await database.query("select indexrelid::regclass from pg_index where not indisvalid"),
      [],
      "an invalid index is left",
    );
  },

  async scripted(call) {
    const { findings } = await call("review_schema", {});
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "schema/invalid-index").fix };
  },
  naive: { sql: "create index concurrently on users (email)" },
});
