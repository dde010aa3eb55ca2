import rule from "../../../src/rules/migration/duplicate-column-assignment.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "update k set a = 1, b = 2, a = 3, a = 4",
      object: "a",
      severity: "error",
      message: "a is assigned twice, so Postgres stops the migration here with an error.",
    },
    { sql: 'update k set "A" = 1 /* once */, b = 2, "A" = 3', at: '"A"', object: "A" },
    "update k set (a, b) = (1, 2), a = 3",
    "insert into k (a, b, a) values (1, 2, 3)",
    "insert into k (a) values (1) on conflict (a) do update set b = 1, b = 2",
  ],
  good: [
    "update k set a = 1, b = 2",
    "update k set a[1] = 1, a[2] = 2",
    "update k set a.x = 1, a.y = 2",
    'update k set a = 1, "A" = 2',
    "insert into k (a, b) select a, a from k on conflict (a) do update set a = 1",
  ],
});
