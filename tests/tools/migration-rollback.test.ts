import { expect, test } from "vitest";
import { connectOnce, textOf } from "./client.ts";

const schema_sql = "create table orders (id int primary key, note text not null, total numeric(10, 2));";
const row_counts = { orders: 5_000_000 };

interface Rollback {
  readonly sql: string;
  readonly identical: boolean;
  readonly findings: readonly { readonly rule: string; readonly fix?: string }[];
  readonly backups: readonly { readonly keeps: string; readonly before: string; readonly restore?: string }[];
}

async function asked(sql: string, more: Readonly<Record<string, unknown>> = {}) {
  const client = await connectOnce(undefined);
  const answer = await client.callTool({ name: "migration_checklist", arguments: { sql, schema_sql, row_counts, ...more } });
  expect(answer.isError, textOf(answer)).toBeFalsy();
  const { rollback, verdict, summary } = answer.structuredContent as unknown as { rollback: Rollback; verdict: string; summary: string };
  return { rollback, verdict, summary, text: textOf(answer) };
}

test("the rollback is judged by the rules of migrations, on the sizes of before; that it drops what was made is what it is for", async () => {
  const up =
    "alter table orders add column channel text; drop index concurrently if exists orders_note_idx; create table notes (id int primary key);";
  const { rollback, verdict, summary, text } = await asked(up);
  expect(rollback).toMatchObject({ identical: true, findings: [], backups: [] });
  expect({ verdict, summary }).toEqual({ verdict: "ok", summary: expect.not.stringContaining("rollback") });
  expect(text).not.toContain("To keep");

  const rollback_sql = "drop table notes; alter table orders drop column channel; create index orders_note_idx on orders (note);";
  const given = await asked(up, { rollback_sql });
  expect(given.rollback.findings).toMatchObject([{ rule: "migration/create-index-not-concurrent", object: "orders" }]);
  expect(given.rollback.findings.filter(({ fix }) => fix !== undefined)).toEqual([]);
  expect(given).toMatchObject({ verdict: "ok", summary: "nothing found; 1 warning in the rollback" });
  expect(given.text).toMatch(
    /- warning migration\/create-index-not-concurrent, line 1: CREATE INDEX takes a SHARE lock on orders \(about 5,000,000 rows/,
  );

  const excused = rollback_sql.replace("create index", "\n-- ignore migration/create-index-not-concurrent: at night\ncreate index");
  expect((await asked(up, { rollback_sql: excused })).rollback.findings).toEqual([]);
});

test("what a migration takes from rows is told with what keeps it, and the rollback says where it is put back", async () => {
  const { rollback, text } = await asked("alter table orders drop column note; update orders set total = 0;");
  expect(rollback.backups).toEqual([
    {
      keeps: "orders.note, orders.total",
      before: "create table orders_before as select id, note, total from orders;",
      restore: "update orders t set note = b.note, total = b.total from orders_before b where (t.id) = (b.id);",
    },
  ]);
  expect(rollback.sql.split("\n")).toEqual([
    "alter table orders add column note text;",
    `-- with the backup: ${rollback.backups[0]?.restore}`,
    "alter table orders alter column note set not null;",
  ]);
  expect(text).toContain("To keep orders.note, orders.total, before the migration: create table orders_before as");
  expect(text).toContain("Before: full backup of the database: not seen from here; take one, and know that it can be restored: pg_dump");
});

test("of several migrations in one file the last is taken back first", async () => {
  const changesets = `--liquibase formatted sql
--changeset a:1
alter table orders add column channel text;
--rollback alter table orders drop column channel;
--changeset a:2
create index orders_channel_idx on orders (channel);
--rollback drop index orders_channel_idx;`;
  const { rollback } = await asked(changesets, { file: "db/changelog/1.sql" });
  expect(rollback).toMatchObject({ identical: true });
  expect(rollback.sql.indexOf("drop index")).toBeLessThan(rollback.sql.indexOf("drop column"));
});
