import rule from "../../../src/rules/migration/add-column-constrained-domain.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table users add column address email", "alter table users add column a int"],
  rehearsed: {
    setup: `
      create domain email as text check (value like '%@%');
      create domain plain as text;
      create table users (id bigint primary key)`,
    bad: [
      {
        sql: "alter table users add column address email",
        severity: "error",
        object: "users.address",
        message:
          "email is a domain with a constraint, so adding address checks it for every row: users and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      },
      'alter table public.users add "Address" public.email',
      "begin; alter table users add column address email; commit",
    ],
    good: [
      "alter table users add column address plain",
      "alter table users add column id2 bigserial",
      "alter table users add column token uuid default gen_random_uuid()",
      "create table notes (id int); alter table notes add column address email",
    ],
  },
});
