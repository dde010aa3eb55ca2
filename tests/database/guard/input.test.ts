import { expect, test } from "vitest";
import { admit } from "../../../src/database/guard/statement.ts";
import { ToolError } from "../../../src/error.ts";

const times = (count: number, text: string) => text.repeat(count);

const answer = (sql: string): Promise<string> =>
  admit(sql, "analyze").then(
    ({ text }) => `admitted: ${text.length} characters`,
    (error: unknown) => {
      if (error instanceof ToolError) return `${error.code}: ${error.message.split("\n")[0]}`;
      throw error;
    },
  );

const texts: Readonly<Record<string, string>> = {
  "no text": "",
  "a semicolon": ";",
  "10 MB": `select 1 /*${times(10_000_000, "x")}*/`,
  "100,001 bytes of two-byte letters": `select '${times(50_000, "é")}'`,
  "a NUL": "select 1\0; drop table orders",
  "half a character": "select '\ud800'",
  "a byte order mark": "\ufeffselect 1",
  "a no-break space in front": "\u00a0select 1",
  "a parameter that the protocol cannot count": "select $70000",
  "20,001 tokens": `select 1 in (${times(9_998, "1,")}1)`,
  "10,000 parentheses": `select ${times(10_000, "(")}1${times(10_000, ")")}`,
  "201 parentheses": `select ${times(201, "(")}1${times(201, ")")}`,
  "200 parentheses": `select ${times(200, "(")}1${times(200, ")")}`,
  "201 CASE": `select ${times(201, "case when true then ")}1${times(201, " end")}`,
  "50,000 NOT": `select ${times(50_000, "not ")}true`,
  "5,000 UNION ALL": `select 1${times(5_000, " union all select 1")}`,
  "1,200 UNION ALL": `select 1${times(1_200, " union all select 1")}`,
  "2,000 subqueries": `${times(2_000, "select * from (")}select 1${times(2_000, ") x")}`,
  "20,000 additions": `select 1${times(20_000, "+1")}`,
  "1,500 additions": `select 1${times(1_500, "+1")}`,
  "an array of 5,000 dimensions": `select array${times(5_000, "[")}1${times(5_000, "]")}`,
  "deep JSON in a constant": `select '${times(5_000, '{"a":')}1${times(5_000, "}")}'::jsonb`,
  "2,000 columns": `select 1${times(1_999, ",1")}`,
  "101 relations": `select 1 from orders${times(100, ", orders")}`,
  "100 relations": `select 1 from orders${times(99, ", orders")}`,
  "an open comment": "select 1 /* /* a */",
  "an open dollar quote": "select $a$ b",
  "an open quote": "select 'a",
};

test("a text that is too much of something is refused in a sentence, and the next one is read", { timeout: 60_000 }, async () => {
  const answers: string[] = [];
  for (const [what, sql] of Object.entries(texts)) {
    answers.push(`${what}: ${await answer(sql)}`);
    expect(await answer("select 1")).toBe("admitted: 8 characters");
  }
  expect(answers.join("\n")).toMatchInlineSnapshot(`
    "no text: refused: Not sent to the database (guard, statement): there is no statement in it. Pass one statement.
    a semicolon: refused: Not sent to the database (guard, statement): there is no statement in it. Pass one statement.
    10 MB: too_large: sql has 10000013 bytes; at most 100000 are read. Send only the statements in question.
    100,001 bytes of two-byte letters: too_large: sql has 100009 bytes; at most 100000 are read. Send only the statements in question.
    a NUL: invalid_argument: sql has a NUL character in it, which Postgres does not take. Remove it.
    half a character: invalid_argument: sql has half of a character in it (a lone surrogate). Send it as valid Unicode.
    a byte order mark: invalid_argument: sql starts with a byte order mark, which Postgres reads as a part of the first word. Remove it.
    a no-break space in front: sql_syntax: syntax error at or near " select" (sql, line 1, column 1)
    a parameter that the protocol cannot count: invalid_argument: sql has $70000 in it, and Postgres takes at most $65535.
    20,001 tokens: refused: Not sent to the database (guard, input): it has 20002 tokens, and at most 20000 are sent. Pass long lists as one array parameter, = ANY($1).
    10,000 parentheses: refused: Not sent to the database (guard, input): it has 20002 tokens, and at most 20000 are sent. Pass long lists as one array parameter, = ANY($1).
    201 parentheses: refused: Not sent to the database (guard, input): it is nested 201 levels deep, and at most 200 are sent. Break it into parts.
    200 parentheses: admitted: 408 characters
    201 CASE: refused: Not sent to the database (guard, input): it is nested 201 levels deep, and at most 200 are sent. Break it into parts.
    50,000 NOT: too_large: sql has 200011 bytes; at most 100000 are read. Send only the statements in question.
    5,000 UNION ALL: refused: Not sent to the database (guard, input): it has 20002 tokens, and at most 20000 are sent. Pass long lists as one array parameter, = ANY($1).
    1,200 UNION ALL: too_large: The SQL is nested more than 1000 levels deep. Break long chains of operators or UNIONs into parts.
    2,000 subqueries: refused: Not sent to the database (guard, input): it is nested 2000 levels deep, and at most 200 are sent. Break it into parts.
    20,000 additions: refused: Not sent to the database (guard, input): it has 40002 tokens, and at most 20000 are sent. Pass long lists as one array parameter, = ANY($1).
    1,500 additions: too_large: The SQL is nested more than 1000 levels deep. Break long chains of operators or UNIONs into parts.
    an array of 5,000 dimensions: refused: Not sent to the database (guard, input): it is nested 5000 levels deep, and at most 200 are sent. Break it into parts.
    deep JSON in a constant: admitted: 30017 characters
    2,000 columns: admitted: 4006 characters
    101 relations: refused: Not sent to the database (guard, input): it names 101 relations, and at most 100 are planned. Ask about a part of it.
    100 relations: admitted: 812 characters
    an open comment: sql_syntax: unterminated /* comment at or near "/* /* a */" (sql, line 1, column 10)
    an open dollar quote: sql_syntax: unterminated dollar-quoted string at or near "$a$ b" (sql, line 1, column 8)
    an open quote: sql_syntax: unterminated quoted string at or near "'a" (sql, line 1, column 8)"
  `);
});
