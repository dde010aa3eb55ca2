import rule from "../../../src/rules/migration/statement-while-holding-access-exclusive.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; alter table users add column age int; select count(*) from users; commit",
      at: "select count(*) from users",
      severity: "warning",
      object: "users",
      message:
        "This runs while the transaction holds the ACCESS EXCLUSIVE lock on users that statement 2 took: nobody can read or write users until it is done and the transaction ends.",
    },
    { sql: 'alter table app."Users" add a int; update orders set b = 1 where id = 5', inTransaction: true, object: 'app."Users"' },
    "begin; drop table old; insert into notes values (1); commit",
    "begin; alter table users rename to people; create index on orders (customer_id); commit",
    "begin; truncate log; delete from orders where id = 5; commit",
    "begin; alter table users add a int; copy users from stdin; commit",
    "begin; alter table users alter a set not null; alter table users alter b set not null; commit",
  ],
  good: [
    "alter table users add column age int; select count(*) from users",
    "begin; alter table users add column age int; commit; update users set age = 30",
    "begin; select count(*) from users; alter table users add column age int; commit",
    "begin; create table users (id int); alter table users add age int; insert into users values (1, 2); commit",
    "begin; alter table users add age int; insert into schema_migrations values ('2026'); commit",
    "begin; alter table users add age int; select 1; alter table users alter age set default 3; commit",
    "begin; alter table users alter age set statistics 500; select count(*) from users; commit",
  ],
  rehearsed: {
    setup: `
      create table users (id bigint primary key, email text);
      create table parts (id bigint) partition by range (id);
      create index emails on users (email)`,
    rows: { users: 3_000_000 },
    bad: [
      {
        sql: "begin; drop index emails; select count(*) from users; commit",
        message:
          "This runs while the transaction holds the ACCESS EXCLUSIVE lock on users (about 3,000,000 rows) that statement 2 took: nobody can read or write users until it is done and the transaction ends.",
      },
      "begin; alter table users add age int; alter table users add check (age > 0); commit",
      "begin; create table p partition of parts for values from (1) to (2); create index on users (email); commit",
    ],
    good: [
      "begin; alter table users add age int; alter table users alter age set default 3; commit",
      "begin; alter table users set (fillfactor = 90); create index on users (email); commit",
      "begin; create table notes (id int); alter table notes add a int; create index on notes (a); commit",
    ],
  },
});
