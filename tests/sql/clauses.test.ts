import { expect, test } from "vitest";
import { clausesOf } from "../../src/sql/clauses.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { readQuery } from "../../src/sql/query.ts";

async function clausesIn(sql: string) {
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error("no statement");
  return readQuery(statement, () => undefined).levels.map((level) => {
    const clauses = clausesOf(level, statement);
    return (
      clauses && Object.fromEntries(Object.entries(clauses).flatMap(([name, at]) => (at ? [[name, sql.slice(at.start, at.end)]] : [])))
    );
  });
}

test("each clause ends where the next one starts, and what is in parentheses is none of it", async () => {
  const [top, inner] = await clausesIn(
    "select distinct p.id, (select max(a) from b where c) from posts p where p.x is not distinct from 3 and (a or b) group by 1 order by p.id limit 3 for update",
  );
  expect(top).toMatchObject({
    targets: "distinct p.id, (select max(a) from b where c)",
    from: "posts p",
    where: "p.x is not distinct from 3 and (a or b)",
    order: "p.id",
    tail: "limit 3 for update",
    end: "order by p.id limit 3 for update",
  });
  expect(inner).toEqual({ whole: "select max(a) from b where c", targets: "max(a)", from: "b", where: "c" });
});

test("a branch ends at UNION, and a keyword may be a name", async () => {
  expect(await clausesIn(`select p."from" as where, p.limit from p union select 'ÄÖ' -- order by\n from q where r`)).toEqual([
    undefined,
    { whole: `select p."from" as where, p.limit from p`, targets: `p."from" as where, p.limit`, from: "p" },
    { whole: "select 'ÄÖ' -- order by\n from q where r", targets: "'ÄÖ'", from: "q", where: "r" },
  ]);
});
