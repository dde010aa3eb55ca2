import rule from "../../../src/rules/migration/rename-table.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users rename to accounts",
      severity: "warning",
      object: "users",
      message:
        "Once users is called accounts, every query and function body that still says users fails: the running application breaks until it is deployed anew.",
    },
    'alter table app."Users" rename to users',
    "alter view people rename to persons",
    "alter materialized view totals rename to sums",
    "begin; alter table users rename to accounts; commit; create view users as select * from accounts",
    "begin; alter table app.users rename to accounts; create view users as select * from app.accounts; commit",
    "create table notes (a int); alter table if exists users rename to people",
  ],
  good: [
    "create view accounts as select * from users",
    "begin; alter table app.users rename to accounts; create view app.users as select * from app.accounts; commit",
    "create table users_new (id int); alter table users_new rename to accounts",
    "alter index numbers rename to by_number",
    "alter sequence counter rename to numbers",
    "alter table users rename column a to b",
  ],
});
