import { expect, test } from "vitest";
import { startRehearsals } from "./rehearsal.ts";

const rehearse = startRehearsals();
const schema = `
create table customers (id int primary key, email text);
create table orders (id int primary key, customer int references customers, note text default 'x', total numeric(10, 2) not null, status text);
create index orders_note_idx on orders (note);
create view big_orders as select id, total from orders where total > 100;
create function answer() returns int language sql as 'select 41';
create type mood as enum ('sad');
`;

const cases: readonly (readonly [sql: string, down: string])[] = [
  ["create table notes (id int primary key, body text); create index on notes (body)", "drop table notes;"],
  ["alter table orders add column channel text", "alter table orders drop column channel;"],
  ["create index i on orders (total)", "drop index i;"],
  ["create index concurrently i on orders (total)", "drop index concurrently i;"],
  ["create index on orders (status)", "drop index orders_status_idx;"],
  ["drop index orders_note_idx", "CREATE INDEX orders_note_idx ON orders USING btree (note);"],
  ["alter table orders add constraint c check (total > 0) not valid", "alter table orders drop constraint c;"],
  [
    "alter table orders drop constraint orders_customer_fkey",
    "alter table orders add constraint orders_customer_fkey FOREIGN KEY (customer) REFERENCES customers(id);",
  ],
  ["alter table orders rename to sales", "alter table sales rename to orders;"],
  ["alter table orders rename column note to remark", "alter table orders rename column remark to note;"],
  ["alter table orders alter column status set not null", "alter table orders alter column status drop not null;"],
  ["alter table orders alter column total drop not null", "alter table orders alter column total set not null;"],
  ["alter table orders alter column status set default 'new'", "alter table orders alter column status drop default;"],
  ["alter table orders alter column note set default 'y'", "alter table orders alter column note set default 'x'::text;"],
  ["alter table customers alter column id type bigint", "alter table customers alter column id type integer using id::integer;"],
  ["create type colour as enum ('red')", "drop type colour;"],
  ["alter type mood rename value 'sad' to 'blue'", "alter type mood rename value 'blue' to 'sad';"],
  ["alter table orders set (fillfactor = 80)", "alter table orders reset (fillfactor);"],
  [
    'alter table orders alter column note type text collate "C"',
    "alter table orders alter column note drop default;\nalter table orders alter column note type text collate \"default\" using note::text;\nalter table orders alter column note set default 'x'::text;",
  ],
  ["create view v as select 1 as one", "drop view v;"],
  ["create function f(int) returns int language sql as 'select $1'", "drop function f(integer);"],
  [
    "alter table orders enable row level security; create policy p on orders using (true)",
    "drop policy p on orders;\nalter table orders disable row level security;",
  ],
  ["create schema app; create table app.t (id int)", "drop table app.t;\ndrop schema app;"],
];

test("what common statements do is taken back, and the catalog is what it was", async () => {
  const answers = await rehearse.inTurn(
    schema,
    cases.map(([sql]) => sql),
  );
  expect(answers.map(({ rollback: { sql, identical } }, at) => [cases[at]?.[0], sql, identical])).toEqual(
    cases.map(([sql, down]) => [sql, down, true]),
  );
});

test("a migration that Postgres refuses is not taken back", async () => {
  const { rollback } = await rehearse({ schema, sql: "alter table orders alter column total type numeric" });
  expect(rollback).toMatchObject({ ran: false, refused: "the migration itself is refused" });
});

test("a function that was replaced gets its old body back", async () => {
  const { rollback } = await rehearse({ schema, sql: "create or replace function answer() returns int language sql as 'select 42'" });
  expect(rollback).toMatchObject({ sql: expect.stringContaining("select 41"), identical: true });
});

test("what was dropped comes back empty, and that is said", async () => {
  const { rollback } = await rehearse({ schema, sql: "drop view big_orders; drop table orders; alter table customers drop column email" });
  expect(rollback).toMatchObject({
    identical: true,
    lossy: ["the rows of orders, which the migration drops", "the values of customers.email, which the migration drops"],
  });
});

test("a column that comes back stands last, which is a difference", async () => {
  const { rollback } = await rehearse({ schema, sql: "alter table orders drop column note" });
  expect(rollback).toMatchObject({
    identical: false,
    differences: [
      "column orders.note is column 5 of its table, was 3",
      "column orders.status is column 4 of its table, was 5",
      "column orders.total is column 3 of its table, was 4",
    ],
  });
});

test("what cannot be taken back is left over", async () => {
  const { rollback } = await rehearse({ schema, sql: "alter type mood add value 'glad'; update orders set note = 'y'" });
  expect(rollback).toMatchObject({
    identical: false,
    differences: ["type mood is enum ('sad', 'glad'), was enum ('sad')"],
    lossy: ["'glad' stays in mood: Postgres drops no value of an enum", "rows that statement 2 (UPDATE) changes"],
  });
});

test("the caller's own rollback is run instead, and a statement of it that is refused is told", async () => {
  const sql = "alter table orders add column channel text";
  expect((await rehearse({ schema, sql, down: "alter table orders drop column channel" })).rollback).toMatchObject({ identical: true });
  expect((await rehearse({ schema, sql, down: "alter table orders drop column chanel" })).rollback).toMatchObject({
    ran: true,
    identical: false,
    refused: 'alter table orders drop column chanel: column "chanel" of relation "orders" does not exist',
  });
});
