import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/prefer-identity.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table orders (id bigserial primary key)",
      at: "id",
      severity: "info",
      object: "orders.id",
      message:
        "id of orders is bigserial: whoever inserts needs a right to its sequence too, and may write any number past it, which an identity column refuses.",
      fix: null,
    },
    "alter table orders add column number SERIAL",
    'create table orders (id "serial")',
    "create table orders (id smallserial)",
    "create table orders (id serial2)",
  ],
  good: [
    "create table orders (id bigint generated always as identity primary key)",
    "create table orders (id bigint default nextval('numbers'))",
    "create temp table kept (id serial)",
    "create table orders (serial text)",
    "alter table orders alter column id add generated always as identity",
  ],
});

test("an insert needs a grant on the sequence of a serial, and none for an identity", async () => {
  const database = await sharedEmbedded();
  await database.exec(`create table counted (id bigserial, note text); create table identified (id bigint generated always as identity, note text);
    create role writer; grant insert on counted, identified to writer; set role writer`);
  await expect(database.exec("insert into counted (note) values ('a')")).rejects.toThrow("permission denied for sequence");
  await database.exec("insert into identified (note) values ('a')");
  await expect(database.exec("insert into identified values (7, 'a')")).rejects.toThrow("cannot insert a non-DEFAULT value");
  await database.exec("reset role; insert into counted values (7, 'a')");
});
