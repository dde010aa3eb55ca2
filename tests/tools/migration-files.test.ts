import { expect, test } from "vitest";
import { connectOnce, textOf } from "./client.ts";

const schema_sql = "create table orders (id bigint primary key, note text);";

interface Told {
  readonly verdict: string;
  readonly findings: readonly { readonly rule: string; readonly span: { readonly line: number } }[];
  readonly rollback: { readonly sql: string; readonly identical?: boolean };
  readonly limits: readonly string[];
  readonly statements: readonly { readonly line: number }[];
}

async function check(sql: string, given: Readonly<Record<string, unknown>> = {}) {
  const client = await connectOnce(undefined);
  const answer = await client.callTool({ name: "migration_checklist", arguments: { sql, schema_sql, ...given } });
  return { answer, told: answer.structuredContent as unknown as Told };
}

test("a file with both directions is run up, taken back by its own down, and told who runs it how", async () => {
  const { told } = await check(
    "-- migrate:up\nalter table orders add column channel text;\ncreate index concurrently on orders (note);\n\n-- migrate:down\nalter table orders drop column channel;\n",
    { file: "db/migrations/20261101_channel.sql" },
  );
  expect(told.statements.map(({ line }) => line)).toEqual([2, 3]);
  expect(told.findings).toContainEqual(
    expect.objectContaining({ rule: "migration/concurrent-op-in-transaction", span: expect.objectContaining({ line: 3 }) }),
  );
  expect(told.limits[0]).toMatch(/^dbmate \(.*\): one transaction around/);
  expect(told.rollback.sql).toBe("alter table orders drop column channel;");
});

test("the runner's way out of the transaction is seen", async () => {
  const { told } = await check(
    "-- migrate:up transaction:false\ncreate index concurrently orders_note_idx on orders (note);\n-- migrate:down\n",
  );
  expect(told.findings.map(({ rule }) => rule)).not.toContain("migration/concurrent-op-in-transaction");
});

test("statements of which the runner sends each by itself share no transaction", async () => {
  const sql = "alter table orders add column channel text;\ncreate index concurrently on orders (note);";
  const alone = await check(sql, { file: "prisma/migrations/20261101120000_channel/migration.sql" });
  expect(alone.told.limits[0]).toMatch(/^Prisma \(/);
  expect(alone.told.verdict).not.toBe("block");
  const together = await check(sql, { file: "supabase/migrations/20261101120000_channel.sql", in_transaction: true });
  expect(together.told.findings).toContainEqual(expect.objectContaining({ rule: "migration/concurrent-op-in-transaction" }));
});

test("changesets of one file are run one after the other, each in its transaction, and in their places", async () => {
  const { told } = await check(
    "--liquibase formatted sql\n--changeset ann:1\nalter table orders add column a text;\n--rollback alter table orders drop column a;\n--changeset ann:2\nalter table orders add column b text;\n--rollback alter table orders drop column b;\n",
  );
  expect(told.statements.map(({ line }) => line)).toEqual([3, 6]);
  expect(told.rollback).toMatchObject({ identical: true, sql: expect.stringMatching(/drop column b[\s\S]*drop column a/) });
});

test("a Prisma schema is answered with the command that writes the SQL, and a statement of MySQL with what Postgres has instead", async () => {
  const prisma = await check('datasource db {\n  provider = "postgresql"\n}\n\nmodel Order {\n  id Int @id\n}\n');
  expect(prisma.answer.isError).toBe(true);
  expect(textOf(prisma.answer)).toMatch(/prisma migrate diff .*--script/);
  const mysql = await check("create table `orders` (id int auto_increment primary key) engine=InnoDB;");
  expect(mysql.answer.isError).toBe(true);
  expect(textOf(mysql.answer)).toMatch(/MySQL/);
});
