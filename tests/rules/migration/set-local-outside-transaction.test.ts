import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/set-local-outside-transaction.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { stageOf } from "../migration-steps.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "set local lock_timeout = '2s'; alter table orders add column note text",
      at: "set local lock_timeout = '2s'",
      severity: "warning",
      object: "lock_timeout",
      message: "No transaction is open here, so SET LOCAL lock_timeout changes nothing and only warns: what follows runs without it.",
      fix: "set lock_timeout = '2s';",
    },
    { sql: "begin; select 1; commit; SET  LOCAL statement_timeout TO 5000", fix: "set statement_timeout TO 5000;" },
    { sql: "set local app.tenant = 'a'", object: "app.tenant" },
    {
      sql: "set transaction isolation level serializable",
      message: "No transaction is open here, so SET TRANSACTION changes nothing and only warns: put it after BEGIN.",
      fix: null,
    },
  ],
  good: [
    "set lock_timeout = '2s'",
    "set session lock_timeout = '2s'",
    "begin; set local lock_timeout = '2s'; commit",
    { sql: "set local lock_timeout = '2s'", inTransaction: true },
    "begin; set transaction isolation level serializable; commit",
    "set session characteristics as transaction read only",
    "reset lock_timeout",
    "set local_preload_libraries = ''",
  ],
});

test("outside a transaction, SET LOCAL and SET TRANSACTION only warn", async () => {
  const stage = stageOf(await sharedEmbedded());
  for (const sql of ["set local lock_timeout = '2s'", "set transaction read only"]) {
    const { refused, notices } = await stage.execute(sql);
    expect({ refused, notice: notices[0]?.message }).toMatchObject({
      refused: undefined,
      notice: expect.stringMatching(/can only be used in/),
    });
  }
  expect(await stage.read("show lock_timeout")).toEqual([{ lock_timeout: "0" }]);
});
