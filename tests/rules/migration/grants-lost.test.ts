import rule from "../../../src/rules/migration/grants-lost.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["drop view report; create view report as select 1"],
  rehearsed: {
    setup: `
create role web; create role analyst; create role admin;
create schema app;
create table orders (id int primary key, total int);
create view report as select id from orders; grant select on report to web, analyst;
create view open as select id from orders; grant select on open to public;
create view plain as select id from orders;
create table prices (id int, secret text); grant select (id) on prices to web; grant select, insert on prices to analyst;
create table guarded (id int); alter table guarded enable row level security; create policy p on guarded using (true);
create view app.given as select id from orders; grant select on app.given to admin;
alter default privileges in schema app grant select on tables to admin;`,
    bad: [
      {
        sql: "drop view report; create view report as select id, total from orders",
        at: "drop view report",
        severity: "warning",
        object: "report",
        message: "report is dropped and made again, and loses by that SELECT of analyst; SELECT of web.",
        fix: "grant select on report to analyst;\ngrant select on report to web;",
      },
      { sql: "drop view open; create view open as select total from orders", fix: "grant select on open to public;" },
      {
        sql: "begin; drop view report; create view report as select total from orders; grant select on report to web; commit",
        message: "report is dropped and made again, and loses by that SELECT of analyst.",
      },
      {
        sql: "drop table prices; create table prices (id int)",
        fix: "grant select (id) on prices to web;\ngrant insert, select on prices to analyst;",
      },
      { sql: "create table new (id int); drop table prices; alter table new rename to prices", at: "drop table prices" },
      { sql: "drop table orders cascade; create view report as select 1 as id", object: "report" },
      {
        sql: "drop table guarded; create table guarded (id bigint)",
        severity: "error",
        message: "guarded is dropped and made again, and loses by that its row-level security with all policies.",
        fix: null,
      },
    ],
    good: [
      "drop view report",
      "drop view report; create view report as select total from orders; grant select on report to web, analyst",
      "drop view plain; create view plain as select total from orders",
      "create or replace view report as select id, total from orders",
      "drop view app.given; create view app.given as select total from orders",
      "drop view report; create view app.report as select total from orders",
      "drop table guarded; create table guarded (id bigint); alter table guarded enable row level security",
      "drop view if exists nowhere; create view nowhere as select 1",
      "create view v as select 1; grant select on v to web; drop view v; create view v as select 2",
      "begin; drop view report; rollback",
    ],
  },
});
