import rule from "../../../src/rules/plan/rls-cost-in-plan.ts";
import { testPlanRule } from "./judged.ts";

const subject = `coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')`;
/** As Supabase has them, one that Postgres inlines and one that it does not. */
const auth = [
  "create schema auth",
  `create function auth.uid() returns text language sql stable as $$ select ${subject} $$`,
  "create function auth.role() returns text language plpgsql stable as $$ begin return current_setting('request.jwt.claim.role', true); end $$",
];
const under = (policy: string, table = "orders") => [
  ...auth,
  `alter table ${table} enable row level security`,
  `create policy own on ${table} using (${policy})`,
  "create role plan_reader",
  `grant usage on schema auth to plan_reader`,
  `grant select on ${table}, bands to plan_reader`,
  "set local app.customer = '7'",
  "set local role plan_reader",
];
const sql = "select * from orders";

testPlanRule(rule, {
  bad: {
    "a policy that reads a setting for each row": {
      sql,
      setup: under("total = current_setting('app.customer')::numeric"),
      analyze: true,
      says: /^The filter of Seq Scan on orders calls current_setting\('app\.customer'::text\) for up to 200,000 rows; a policy or query that writes \(select …\) around the call makes it once\.$/,
    },
    "auth.uid(), which Postgres inlines": {
      sql,
      setup: under("auth.uid() = note"),
      analyze: true,
      says: /calls current_setting\('request\.jwt\.claim\.sub'::text, true\) and current_setting\('request\.jwt\.claims'::text, true\) for up to 200,000 rows/,
    },
    "auth.role(), which it does not": {
      sql,
      setup: under("auth.role() = 'admin'"),
      analyze: true,
      says: /calls auth\.role\(\) for up to 200,000 rows/,
    },
    "a table that is expected to be read whole": {
      sql,
      setup: under("total = current_setting('app.customer')::numeric"),
      says: /^The filter of Seq Scan on orders will call current_setting\('app\.customer'::text\) for up to 200,000 rows/,
    },
    "the condition of a query, which costs the same": {
      sql: "select * from orders where total = current_setting('app.customer')::numeric",
      setup: ["set local app.customer = '7'"],
      analyze: true,
      says: /for up to 200,000 rows/,
    },
  },
  good: {
    "a policy that asks once": { sql, setup: under("total = (select current_setting('app.customer')::numeric)"), analyze: true },
    "an inlined function that is asked once": { sql, setup: under("(select auth.uid()) = note"), analyze: true },
    "a call that an index condition makes once": {
      sql,
      setup: under("customer_id = current_setting('app.customer')::bigint"),
      analyze: true,
    },
    "few rows": { sql: "select * from customers", setup: under("name = auth.uid()", "customers"), analyze: true },
    "few rows that another condition left": {
      sql: "select * from orders where customer_id = 7",
      setup: under("total = current_setting('app.customer')::numeric"),
      analyze: true,
    },
    "a policy about the row alone": { sql, setup: under("status <> 'refunded'"), analyze: true },
    "a function that needs the row": {
      sql,
      setup: [
        ...auth,
        "create function auth.may_see(status text) returns boolean language plpgsql stable as $$ begin return status <> 'refunded'; end $$",
        ...under("auth.may_see(status)").slice(auth.length),
      ],
    },
    "the words in a value": { sql: "select * from orders where note <> 'auth.uid() current_setting(''x''::text)'", analyze: true },
  },
});
