import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/replica-identity-missing.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

const tables = `
create table orders (id int primary key, code int not null, note text);
create unique index orders_code on orders (code);
create table coded (id int, code int not null); create unique index coded_code on coded (code); alter table coded replica identity using index coded_code;
create table logs (id int);
create table private (id int primary key);`;

testMigrationRule(rule, {
  bad: [],
  good: ["alter table orders drop constraint orders_pkey", "create table logs (id int)"],
  rehearsed: {
    setup: `${tables} create publication pub for table orders, coded, logs; create publication inserts for table private with (publish = 'insert');`,
    bad: [
      {
        sql: "alter table orders drop constraint orders_pkey",
        severity: "error",
        object: "orders",
        message:
          "pub publishes updates and deletes of orders, which loses a replica identity here: Postgres refuses every UPDATE and DELETE on it from then on.",
        fix: "alter table orders replica identity full;",
      },
      "alter table orders drop column id",
      "alter table orders replica identity nothing",
      { sql: "drop index coded_code", object: "coded" },
    ],
    good: [
      "alter table orders replica identity using index orders_code; alter table orders drop constraint orders_pkey",
      "alter table orders drop constraint orders_pkey; alter table orders add primary key (code)",
      "alter table orders drop column note",
      "drop index orders_code",
      "alter table private drop constraint private_pkey",
      "alter table logs replica identity nothing",
      "create table new (id int)",
      "drop table orders",
      "alter table orders replica identity full",
    ],
  },
});

testMigrationRule(rule, {
  bad: [],
  good: [],
  rehearsed: {
    setup: `${tables} create publication everything for all tables;`,
    bad: [
      {
        sql: "create table new (id int)",
        object: "new",
        message:
          "everything publishes updates and deletes of new, which lacks a replica identity here: Postgres refuses every UPDATE and DELETE on it from then on.",
      },
    ],
    good: [
      "create table new (id int primary key)",
      "create table new (id int); alter table new add primary key (id)",
      "create table new (id int); alter table new replica identity full",
      "create unlogged table new (id int)",
      "create temporary table new (id int)",
      "create table new (id int); drop table new",
    ],
  },
});

test("Postgres refuses to update a published table that has no replica identity", async () => {
  const database = await sharedEmbedded();
  await database.exec(
    `${tables} create publication pub for table orders; insert into orders values (1, 1); alter table orders drop constraint orders_pkey`,
  );
  await expect(database.exec("update orders set note = 'x'")).rejects.toThrow("does not have a replica identity and publishes updates");
  await expect(database.exec("delete from orders")).rejects.toThrow("does not have a replica identity and publishes deletes");
});
