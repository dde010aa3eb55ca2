import { readFileSync } from "node:fs";
import { astVisitor, parse } from "pgsql-ast-parser";
import { expect, test } from "vitest";
import { parseStatements, type Statement } from "../../src/sql/parse.ts";
import { namesIn, relationsOf } from "../../src/sql/relations.ts";
import { walk } from "../../src/sql/walk.ts";
import { madeUpSelects } from "./selects.ts";

/** Another parser's view of the same text; undefined where it cannot read it. */
function theirs(sql: string) {
  const tables = new Set<string>();
  const columns = new Set<string>();
  const withNames = new Set<string>();
  const visitor = astVisitor((map) => ({
    tableRef: ({ schema, name }) => void tables.add(`${schema ?? ""}.${name}`),
    ref: ({ table, name }) => void columns.add(`${table?.name ?? ""}.${name}`),
    // Its own walk leaves windows out.
    call: (node) => {
      map.super().call(node);
      for (const expression of node.over?.partitionBy ?? []) visitor.expr(expression);
      for (const { by } of node.over?.orderBy ?? []) visitor.expr(by);
    },
    with: (node) => {
      for (const { alias } of node.bind) withNames.add(`.${alias.name}`);
      map.super().with(node);
    },
  }));
  try {
    for (const statement of parse(sql)) visitor.statement(statement);
  } catch {
    return undefined;
  }
  return { tables: sorted([...tables].filter((name) => !withNames.has(name))), columns: sorted(columns) };
}

function ours(statement: Statement) {
  const columns = new Set<string>();
  for (const { kind, node } of walk(statement.tree)) {
    // The other parser calls the star of count(*) a column.
    if (kind === "FuncCall" && node.agg_star) columns.add(".*");
    if (kind !== "ColumnRef") continue;
    const star = node.fields?.some((field) => "A_Star" in field) ? ["*"] : [];
    const names = [...namesIn(node.fields), ...star];
    columns.add(`${names.at(-2) ?? ""}.${names.at(-1)}`);
  }
  return { tables: sorted(new Set(relationsOf(statement).map(({ schema, name }) => `${schema ?? ""}.${name}`))), columns: sorted(columns) };
}

const sorted = (names: Iterable<string>) => [...names].sort();

test("where another parser reads a SELECT too, it finds the same tables and columns", async () => {
  const written = readFileSync(new URL("selects.sql", import.meta.url), "utf8");
  const byHand = (await parseStatements(written)).map(({ text }) => text);
  const selects = [...byHand, ...madeUpSelects(300 - byHand.length, 20261122)];
  expect(selects).toHaveLength(300);

  let both = 0;
  for (const sql of selects) {
    const [statement] = await parseStatements(sql);
    const other = theirs(sql);
    if (!statement || !other) continue;
    both++;
    expect(ours(statement), sql).toEqual(other);
  }
  process.stdout.write(`second opinion: ${both} of ${selects.length} SELECTs were read by both parsers\n`);
  expect(both).toBeGreaterThanOrEqual(240);
});
