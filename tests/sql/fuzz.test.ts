import { expect, test } from "vitest";
import { queries, schema } from "../../src/demo/shop.ts";
import { ToolError } from "../../src/error.ts";
import { queryRules } from "../../src/rules/query-rules.ts";
import { run } from "../../src/rules/rule.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { readQuery } from "../../src/sql/query.ts";
import { functionsOf, placeholdersOf, relationsOf } from "../../src/sql/relations.ts";
import { madeUpSelects, numbersFrom } from "./selects.ts";

/** `npm run test:long` tries fifty times as many. */
const TEXTS = process.env.LONG ? 20_000 : 400;
const SEED = 20_261_122;

const below = numbersFrom(SEED);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;

const pieces = [
  "'",
  '"',
  "$1",
  "$$",
  "--",
  "/*",
  "*/",
  "(",
  ")",
  ",",
  ";",
  "é",
  "😀",
  "null",
  " not in ",
  " = ",
  " or ",
  " union ",
  "::",
  "%",
  "\\",
  "\n",
  "e'\\''",
  "select",
  "with x as (select 1)",
];

/** A real statement with parts cut, doubled, swapped in from another, or strewn with what breaks lexers. */
function mutated(): string {
  let text = pick(corpus);
  for (let times = 1 + below(3); times > 0; times -= 1) {
    const at = below(text.length + 1);
    const end = at + below(20);
    const other = pick(corpus);
    const from = below(other.length);
    const ways = [
      () => text.slice(0, at) + text.slice(end),
      () => text.slice(0, at) + pick(pieces) + text.slice(at),
      () => text.slice(0, at) + other.slice(from, from + 30) + text.slice(end),
      () => text + pick([" ", ";", "\n"]) + other,
    ];
    text = pick(ways)();
  }
  return text;
}

const corpus = [...madeUpSelects(100, SEED).filter((sql) => sql.length < 1000), ...queries, ...schema.split(";\n")];

test(`${TEXTS} broken statements are read or refused in a sentence, and every place lies in the text`, async () => {
  let read = 0;
  for (let number = 0; number < TEXTS; number += 1) {
    const text = mutated();
    try {
      for (const statement of await parseStatements(text)) {
        read += 1;
        expect(text.slice(statement.start, statement.end)).toBe(statement.text);
        const spans = [...relationsOf(statement), ...functionsOf(statement)].map((named) => named.span);
        spans.push(
          ...run(
            queryRules,
            readQuery(statement, () => undefined),
            undefined,
          ).flatMap(({ span }) => span ?? []),
        );
        placeholdersOf(statement);
        for (const { start, end } of spans)
          expect(statement.start <= start && start <= end && end <= statement.end, `${text} ${start}-${end}`).toBe(true);
      }
    } catch (error) {
      if (!(error instanceof ToolError)) throw new Error(`seed ${SEED}, text ${number}: ${JSON.stringify(text)}`, { cause: error });
    }
  }
  expect(read).toBeGreaterThan(TEXTS / 10);
}, 600_000);
