import type { Case } from "./cases.ts";

/** What the exam asks of other servers' tools, and more, in the arguments that ours take. The level is nothing to them. */
const calls: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["review_schema", { schemas: ["public' OR '1'='1"] }],
  ["review_schema", { schemas: ["pg_catalog"] }],
  ["review_schema", { tables: ["; drop table accounts; --"] }],
  ["review_schema", { response_format: "detailed" }],
  ["inspect_schema", { schemas: ['public"; drop table accounts; --'] }],
  ["inspect_schema", { tables: ["; drop table accounts; --", "rlst", "tct", "ft_prog", "v_dbl"], detail: "full" }],
  ["inspect_schema", { detail: "full", limit: 500, response_format: "detailed" }],
  ["suggest_indexes", { sql: "select * from accounts where balance <<< f_imm(1) and id = f_stb()" }],
  ["suggest_indexes", { queries: [{ sql: "select * from v_dbl" }, { sql: "select * from ft_prog" }, { sql: "drop table accounts" }] }],
  ["migration_checklist", { sql: "create index on accounts (f_imm(balance)); alter table rlst add check (f_dbl(id) is not null)" }],
  ["migration_checklist", { sql: "drop table accounts cascade", rollback_sql: "copy audit from program 'touch {{FX}}/rollback'" }],
  ["find_slow_queries", { order_by: "io", limit: 50, response_format: "detailed" }],
  ["find_slow_queries", { since: "../../../../etc/passwd" }],
  ["find_slow_queries", { since: "/proc/self/environ" }],
  ["check_health", { response_format: "detailed" }],
  ["check_health", { since: "/proc/self/environ" }],
  ["search_docs", { query: "'); drop table accounts; --" }],
  ["search_docs", { section: "../../../../etc/passwd#root" }],
];

export const otherTools: readonly Case[] = calls.map(([tool, input], index) => ({
  id: `other-tools-${index + 1}`,
  class: "catalog",
  tool,
  mode: "call",
  input,
  why: "the database is read, and only by queries of ours",
  expected: "harmless",
}));
