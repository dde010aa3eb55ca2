import rule from "../../../src/rules/migration/index-already-exists.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["create index on orders (customer_id)", "create index a on orders (total); create index b on orders (total)"],
  rehearsed: {
    setup: `
create table orders (id bigint primary key, customer_id bigint, total int, email text unique, deleted_at timestamptz);
create index orders_customer_total_idx on orders (customer_id, total);
create index orders_total_idx on orders (total);
create index orders_live_idx on orders (customer_id, id) where deleted_at is null;
create table events (day date, id bigint) partition by range (day);
create index events_id_idx on events (id);`,
    bad: [
      {
        sql: "create index concurrently orders_total_again on orders (total)",
        at: "create index concurrently orders_total_again on orders (total)",
        severity: "warning",
        object: "orders.orders_total_again",
        message:
          "orders_total_again on orders holds exactly what orders_total_idx holds already, so every write pays for both and no query gains.",
        fix: null,
      },
      {
        sql: "create index on orders (email)",
        message:
          "orders_email_idx on orders holds exactly what orders_email_key holds already, so every write pays for both and no query gains.",
      },
      "create index on orders (id)",
      "create unique index on orders (id)",
      {
        sql: "create index o on orders (customer_id)",
        message: "o on orders is the start of orders_customer_total_idx, which serves the same conditions already.",
        severity: "warning",
      },
      {
        sql: "create index o on orders (total, customer_id)",
        severity: "info",
        message: "o on orders serves every condition that orders_total_idx serves, which is one index too many from then on.",
        fix: "drop index concurrently orders_total_idx;",
      },
      { sql: "alter table orders add constraint again unique (email)", at: "alter table orders add constraint again unique (email)" },
      "alter table orders add unique (id)",
      // One that forbids more; what the plain one is for, it does too.
      { sql: "create unique index on orders (total)", severity: "info", fix: "drop index concurrently orders_total_idx;" },
      { sql: "create table notes (id bigint primary key); create index n on notes (id)", at: "create index n on notes (id)" },
      { sql: "create index a on orders (deleted_at); create index b on orders (deleted_at)", at: "create index b on orders (deleted_at)" },
      { sql: "create index e on events (id)", object: "events.e" },
    ],
    good: [
      "create index on orders (deleted_at)",
      "create index if not exists orders_total_idx on orders (total)",
      // What is dropped afterwards was replaced.
      "create index o on orders (total, customer_id); drop index orders_total_idx",
      "create index concurrently new_idx on orders (total); drop index concurrently orders_total_idx; alter index new_idx rename to orders_total_idx",
      "drop index orders_total_idx; create index orders_total_idx on orders (total)",
      // Not the same rows, order, operators or way of access.
      "create index on orders (total) where deleted_at is null",
      "create index on orders (total desc nulls last)",
      "create index on orders (email text_pattern_ops)",
      "create index on orders using hash (total)",
      "create index on orders (lower(email))",
      "create index on orders using brin (total)",
      // Postgres makes one index of the two.
      "create table notes (id bigint primary key unique)",
      "create unique index concurrently u on orders (customer_id); alter table orders add constraint u unique using index u",
      "create index on orders (customer_id) include (email)",
      "create table notes (id bigint primary key, email text unique)",
      "create table notes (a int, b int, unique (a, b), unique (b, a))",
      "begin; create index o on orders (total); rollback",
    ],
  },
});
