import assert from "node:assert/strict";
import * as z from "zod";
import { task } from "../task.ts";

const schema = `
create role once_reader;
create function current_account() returns bigint language plpgsql stable as $$ begin return current_setting('app.account')::bigint; end $$;
create table invoices (id bigint generated always as identity primary key, account_id bigint not null, total numeric not null);
create index invoices_account_id_idx on invoices (account_id);
alter table invoices enable row level security;
create policy own_invoices on invoices for select to once_reader using (account_id = current_account());
grant select on invoices to once_reader;
`;
const rows = "insert into invoices (account_id, total) select 1 + i % 50, i from generate_series(1, 20000) i; analyze;";

export default task({
  level: "medium",
  question: `select sum(total) from invoices is slow under this policy, because current_account() runs for every row. Change the policy with one statement, so that it runs once and everybody sees what they saw.\n${schema}`,
  setting: { given: "text", schema, rows },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    const seen = async (account: number) => {
      await database.query(`set role once_reader; set app.account = '${account}'`);
      const [sum] = await database.query("select count(*) as rows, sum(total) as total from invoices");
      await database.query("reset role");
      return sum;
    };
    const before = [await seen(7), await seen(51)];
    await database.query(sql);
    assert.deepEqual([await seen(7), await seen(51)], before);
    // How often it is called, by Postgres's own count.
    await database.query("set track_functions = 'all'");
    await seen(7);
    const [counted] = await database.query("select calls::int from pg_stat_xact_user_functions where funcname = 'current_account'");
    assert.equal(counted?.calls, 1, "current_account() still runs more than once");
  },

  async scripted(call) {
    const { findings } = await call("review_schema", { schema_sql: schema, row_counts: { invoices: 20_000 } });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "schema/rls-initplan").fix };
  },
  naive: { sql: "alter function current_account() cost 1" },
});
