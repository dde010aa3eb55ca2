import { expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { asked, run, told } from "./asked.ts";
import { one, other, roles } from "./worlds.ts";

const versions = [15, 18] as const;

test.each(versions)("every property in which PostgreSQL %i differs from DDL text is told, and the statements close it", async (version) => {
  const { url } = await freshDatabase(version, roles + one);
  const { compared, verdict } = await asked(url, { compare_to: other });
  expect(verdict).toBe("Verdict: 49 differences from compare_to in 74 objects: 3 only here, 12 only there, 34 are otherwise.");
  expect(told(compared)).toMatchInlineSnapshot(`
    [
      "schema more: only there",
      "extension pg_trgm: only there",
      "type public.status: labels",
      "type public.address: attributes",
      "type public.span: range",
      "type public.email: default, not null",
      "sequence public.tickets: type, cache, cycle, start, maxvalue, increment",
      "function app.add_one(integer): definition",
      "function app.shape(integer): definition",
      "function app.stamp(): definition",
      "function app.tidy(): definition",
      "table more.only_other: only there",
      "table public.customers: row security",
      "table public.orders: options, replica identity, forced row security",
      "table public.events_2027: only there",
      "column public.customers.id: identity",
      "column public.customers.name: not null",
      "column public.customers.note: type",
      "column public.customers.kind: type, default",
      "column public.customers.code: not null, collation",
      "column public.customers.doubled: generated",
      "column public.customers.status: default",
      "column public.customers.added: only there",
      "column public.orders.total: type",
      "constraint public.email.email_check: definition",
      "constraint public.orders.orders_customer_id_placed_key: only there",
      "constraint public.orders.orders_total_check: definition",
      "constraint public.orders.orders_customer_id_fkey: definition",
      "view public.order_totals: options, definition",
      "view public.daily: definition",
      "index public.daily_placed: only there",
      "index public.orders_both: definition",
      "index public.orders_customer: definition",
      "index public.orders_placed: definition",
      "statistics public.orders_stats: definition",
      "trigger public.orders.stamped: definition",
      "trigger public.orders.switched: enabled",
      "policy public.customers.everyone: only there",
      "policy public.orders.mine: roles, using",
      "policy public.orders.other: kind, with check",
      "grant compare_app on table public.orders: privileges",
      "grant compare_reader on table public.orders: only there",
      "grant compare_reader on table public.customers (note): only there",
      "grant compare_app on schema app: privileges",
      "grant public on function app.add_one(integer): only there",
      "default grant compare_reader on new tables of postgres in app: only there",
      "extension hstore: only here",
      "table public.only_one: only here",
      "default grant compare_app on new tables of postgres in app: only here",
    ]
  `);
  expect(compared.closing).toMatchObject({
    refused: [],
    left: [],
    destroys: ["extension hstore, which is only here", "the rows of public.only_one, which is only here"],
  });
  await run(url, compared.closing.sql);
  const after = await asked(url, { compare_to: other });
  expect(told(after.compared)).toEqual([]);
  expect(after.compared.closing.sql).toBe("");
});

test("a server is made as a newer one is", async () => {
  const [here, there] = [await freshDatabase(15, roles + one), await freshDatabase(18, roles + other)];
  const databases = { DATABASE_URL_STAGING: there.url };
  const { closing } = (await asked(here.url, { compare_to: "staging" }, databases)).compared;
  expect(closing).toMatchObject({ refused: [], left: [] });
  await run(here.url, closing.sql);
  const after = told((await asked(here.url, { compare_to: "staging" }, databases)).compared);
  expect(after.filter((line) => !/^(server|role) setting/.test(line))).toEqual([]);
});

test("what no statement can do is left, and told with what Postgres says", async () => {
  const { closing, differences } = (await asked(undefined, { schema_sql: other, compare_to: one })).compared;
  expect(differences).toHaveLength(49);
  expect(closing.left).toEqual(["type public.status: labels"]);
  expect(closing.refused).toEqual([
    {
      statement: "drop type public.status; create type public.status as enum ('new', 'done')",
      message: "cannot drop type public.status because other objects depend on it",
    },
  ]);
  expect(closing.destroys).toContain("what of the values of public.orders.total does not fit into integer");
});
