import { expect, test } from "vitest";
import { connectOnce, textOf } from "./client.ts";

const schema_sql = `
create table customers (id bigint primary key, email text not null);
create table orders (id bigint primary key, customer_id bigint not null, total numeric, note text, constraint orders_check check (total > 0));
create index orders_note_idx on orders (note);
create table events (id bigint, at date not null, kind text) partition by range (at);
create table events_1 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2 partition of events for values from ('2025-01-01') to ('2026-01-01');
create materialized view totals as select customer_id, sum(total) as total from orders group by 1;
create unique index on totals (customer_id);`;

interface Told {
  readonly findings: readonly {
    readonly rule: string;
    readonly fix?: string;
    readonly fix_run?: { readonly catalog: string; readonly differences: readonly string[] };
  }[];
  readonly limits: readonly string[];
}

async function check(sql: string, given: Readonly<Record<string, unknown>> = { schema_sql }) {
  const client = await connectOnce(undefined);
  const answer = await client.callTool({ name: "migration_checklist", arguments: { sql, ...given } });
  return { text: textOf(answer), ...(answer.structuredContent as unknown as Told) };
}

const fixed = ({ findings }: Told) => findings.filter(({ fix }) => fix !== undefined);

test("rewrites that are told were run in the place of their statements, and end in the same catalog", async () => {
  const told = await check(`
    alter table orders add constraint few check (total < 100), add column channel text;
    alter table orders add constraint orders_customer_fk foreign key (customer_id) references customers;
    alter table orders alter column note set not null;
    alter table customers add constraint customers_email_key unique (email);
    create index on orders (customer_id);
    create index events_kind_idx on events (kind);
    drop index orders_note_idx;
    refresh materialized view totals;`);
  expect(fixed(told).length).toBe(8);
  for (const { fix_run } of fixed(told)) expect(fix_run).toEqual({ catalog: "same", differences: [] });
  expect(told.text).toContain("rehearsed: ends in the same catalog");
});

test("a rewrite that gives an object another name says so", async () => {
  const told = await check("alter table orders add check (total < 100)", {
    schema_sql: schema_sql.replace("orders_check check", "ok check"),
  });
  expect(fixed(told)[0]?.fix_run).toEqual({
    catalog: "same",
    differences: ["constraint orders.orders_check instead of orders.orders_total_check"],
  });
});

test("a rewrite that Postgres refuses is not told, and the others are", async () => {
  const told = await check("alter table orders add check (total < 100);\ncreate index on orders (customer_id);");
  const [check1] = told.findings.filter(({ rule }) => rule === "migration/add-check-without-not-valid");
  expect(check1).toBeDefined();
  expect(check1?.fix).toBeUndefined();
  expect(told.limits).toContainEqual(
    expect.stringMatching(/^a rewrite of line 1 .* is left out, because it was rehearsed and Postgres refuses it/),
  );
  expect(fixed(told).map(({ fix_run }) => fix_run?.catalog)).toEqual(["same"]);
});

test("a rewrite that is to leave something else says what", async () => {
  const told = await check("alter table events detach partition events_1");
  expect(fixed(told)[0]?.fix_run).toEqual({ catalog: "other", differences: ["constraint events_1.events_1_at_check is left over"] });
});

test("a rename in the place of dropping and adding a column is run without what adds it", async () => {
  const told = await check("alter table orders drop column note;\nalter table orders add column remark text;");
  const rename = fixed(told).find(({ rule }) => rule === "migration/rename-as-drop-add");
  expect(rename?.fix).toBe("alter table orders rename column note to remark;");
  expect(rename?.fix_run?.differences).toContainEqual(expect.stringContaining("orders_note_idx"));
});

test("without a schema nothing is rehearsed, and rewrites stay as they are written", async () => {
  const told = await check("create index on orders (customer_id)", {});
  expect(fixed(told)).toEqual([expect.not.objectContaining({ fix_run: expect.anything() })]);
});
