import { expect, test } from "vitest";
import { parsePlan } from "../../../src/plan/plan.ts";
import rule from "../../../src/rules/plan/trigger-time.ts";
import { run } from "../../../src/rules/rule.ts";
import { testPlanRule } from "./judged.ts";

/** 10 buyers and their 100,000 sales. */
const sales = [
  "create table buyers (id int primary key)",
  "insert into buyers select generate_series(1, 10)",
  "create table sales as select n as id, 7 + n % 4 as buyer_id from generate_series(1, 100000) n",
  "alter table sales add foreign key (buyer_id) references buyers on delete cascade on update cascade",
];
const indexed = "create index on sales (buyer_id)";
const slow = [
  "create table notes as select 1 as id",
  "create function audit() returns trigger language plpgsql as 'begin perform pg_sleep(0.03); return null; end'",
  "create trigger audit after update on notes for each row execute function audit()",
];

testPlanRule(rule, {
  bad: {
    "a foreign key whose referring rows no index finds": {
      sql: "delete from buyers where id <= 6",
      setup: sales,
      analyze: true,
      says: /^Foreign key sales_buyer_id_fkey takes [\d.]+ ms of [\d.]+ ms in 6 calls to find the rows that refer to each changed row of buyers; an index on the referring columns makes that a look-up\.$/,
    },
    "an update of the referenced key in version 15": {
      sql: "update buyers set id = -id where id <= 6",
      setup: sales,
      analyze: true,
      version: 15,
      says: /^Foreign key sales_buyer_id_fkey takes [\d.]+ ms of [\d.]+ ms in 6 calls/,
    },
    "a trigger that takes longer than the statement": {
      sql: "update notes set id = 2",
      setup: slow,
      analyze: true,
      says: /^Trigger audit on notes takes [\d.]+ ms of [\d.]+ ms in 1 call\.$/,
    },
  },
  good: {
    "a foreign key that an index answers": { sql: "delete from buyers where id <= 6", setup: [...sales, indexed], analyze: true },
    "many rows whose foreign key is checked": {
      sql: "insert into sales select n, 7 from generate_series(1, 5000) n",
      setup: sales,
      analyze: true,
    },
    "a trigger that did not fire": { sql: "update notes set id = 2 where id = 3", setup: slow, analyze: true },
    "a query": { sql: "select * from customers", analyze: true },
    "a plan that was not run": { sql: "delete from buyers where id <= 6", setup: sales },
  },
});

const remove = {
  "Node Type": "ModifyTable",
  Operation: "Delete",
  "Startup Cost": 0,
  "Total Cost": 1,
  "Plan Rows": 0,
  "Plan Width": 0,
  "Actual Loops": 1,
  "Actual Rows": 0,
};
const judge = (plan: object, ...triggers: object[]) =>
  run([rule], parsePlan({ Plan: { ...remove, ...plan }, Triggers: triggers }), undefined);
const action = {
  "Trigger Name": "RI_ConstraintTrigger_a_16411",
  "Constraint Name": "lines_order_id_fkey",
  Relation: "orders",
  Time: 900,
  Calls: 90,
};

test("plan/trigger-time weighs triggers in a log of auto_explain, which has no execution time", () => {
  expect(judge({ "Actual Total Time": 20 }, action)).toMatchObject([
    { severity: "warning", object: "lines_order_id_fkey", evidence: { time: 900, executionTime: 920, calls: 90 } },
  ]);
  expect(judge({ "Actual Total Time": 4000 }, action)).toEqual([]);
});

test("plan/trigger-time knows a foreign key of a DELETE without the name of its trigger", () => {
  expect(judge({ "Actual Total Time": 20 }, { ...action, "Trigger Name": undefined })).toHaveLength(1);
  expect(judge({ Operation: "Insert", "Actual Total Time": 20 }, { ...action, "Trigger Name": undefined })).toEqual([]);
});

test("plan/trigger-time is silent on a foreign key that takes long because many rows changed", () => {
  expect(judge({ "Actual Total Time": 500 }, { ...action, Calls: 50_000 })).toEqual([]);
});

test("plan/trigger-time is silent on the check that a referring row has its match, which a unique index answers", () => {
  expect(judge({ Operation: "Insert", "Actual Total Time": 20 }, { ...action, "Trigger Name": "RI_ConstraintTrigger_c_16413" })).toEqual(
    [],
  );
});
