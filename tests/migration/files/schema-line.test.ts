import { expect, test } from "vitest";
import type { Runner } from "../../../src/migration/files/runner.ts";
import { schemaLine } from "../../../src/migration/files/schema-line.ts";

const lines: readonly (readonly [sql: string, prisma: string | undefined, drizzle: string | undefined])[] = [
  [
    "create index concurrently by_customer on orders (customer_id, created_at desc);",
    '@@index([customer_id, created_at(sort: Desc)], map: "by_customer")',
    'index("by_customer").on(table.customer_id, table.created_at.desc())',
  ],
  ["create unique index concurrently on users (email);", "@@unique([email])", "uniqueIndex().on(table.email)"],
  [
    "create index docs on notes using gin (body gin_trgm_ops);",
    '@@index([body(ops: raw("gin_trgm_ops"))], map: "docs", type: Gin)',
    'index("docs").using("gin", table.body.op("gin_trgm_ops"))',
  ],
  ["create index at on logs using brin (at);", '@@index([at], map: "at", type: Brin)', 'index("at").using("brin", table.at)'],
  ['create index a on "T" ("odd name" nulls first);', undefined, 'index("a").on(table["odd name"].nullsFirst())'],
  ["create index low on users (lower(email));", undefined, undefined],
  ["create index part on users (email) where deleted_at is null;", undefined, undefined],
  ["create index inc on users (email) include (name);", undefined, undefined],
  ["create index v on docs using hnsw (e vector_l2_ops);", undefined, 'index("v").using("hnsw", table.e.op("vector_l2_ops"))'],
  ["create index a on t (b); alter table t rename b to c;", undefined, undefined],
  [
    "create index a on t (b); create index c on t (d);",
    '@@index([b], map: "a")\n@@index([d], map: "c")',
    'index("a").on(table.b)\nindex("c").on(table.d)',
  ],
];

test.each(lines)("%s", async (sql, prisma, drizzle) => {
  expect([await schemaLine("Prisma", sql), await schemaLine("Drizzle", sql)]).toEqual([prisma, drizzle]);
  for (const runner of ["Rails", "psql", "Flyway"] as const satisfies readonly Runner[])
    expect(await schemaLine(runner, sql)).toBeUndefined();
});
