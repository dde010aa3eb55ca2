import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/sequence-type-mismatch.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table orders alter column id type bigint"],
  rehearsed: {
    setup: `
create table orders (id serial primary key, small smallserial, numbered int generated always as identity, total int);
create table wide (id bigserial primary key);
create sequence own; create table mine (id int default nextval('own')); alter sequence own owned by mine.id;`,
    bad: [
      {
        sql: "alter table orders alter column id type bigint",
        at: "alter column id type bigint",
        severity: "warning",
        object: "orders_id_seq",
        message:
          "id of orders becomes bigint, but orders_id_seq that fills it stays integer: after 2,147,483,647 every insert fails all the same.",
        fix: "alter sequence orders_id_seq as bigint;",
      },
      { sql: "alter table orders alter small type int, alter total type bigint", fix: "alter sequence orders_small_seq as integer;" },
      { sql: "alter table orders alter column small type bigint", fix: "alter sequence orders_small_seq as bigint;" },
      "alter table orders alter column id type bigint; alter table orders rename column total to sum",
    ],
    good: [
      "alter table orders alter column id type bigint; alter sequence orders_id_seq as bigint",
      "alter sequence orders_id_seq as bigint; alter table orders alter column id type bigint",
      // An identity column takes its sequence along.
      "alter table orders alter column numbered type bigint",
      "alter table orders alter column total type bigint",
      "alter table mine alter column id type bigint",
      "alter table wide alter column id type int",
      "alter table orders alter column id type bigint; alter table orders drop column id",
    ],
  },
});

test("the sequence of a serial column ends where it ended before its column was widened, that of an identity column does not", async () => {
  const database = await sharedEmbedded();
  await database.exec("create table orders (id serial, number int generated always as identity)");
  await database.exec("alter table orders alter column id type bigint, alter column number type bigint");
  await database.exec("select setval('orders_number_seq', 2147483647), setval('orders_id_seq', 2147483646)");
  await database.exec("insert into orders default values");
  await expect(database.exec("insert into orders default values")).rejects.toThrow('reached maximum value of sequence "orders_id_seq"');
  await database.exec("alter sequence orders_id_seq as bigint; insert into orders default values");
});
