import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { tools } from "../../src/tools/index.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connect } from "./client.ts";

/** Texts that carry the marker wherever a caller can put a word. */
const texts = (marker: string): Readonly<Record<string, string>> => ({
  literal: `select id from orders where note = '${marker}'`,
  "dollar-quoted literal": `select id from orders where note = $${marker}$${marker}$${marker}$`,
  comment: `select id from orders -- ${marker}\n where id = 1 /* ${marker} */`,
  alias: `select ${marker}.id as ${marker}_id from orders as ${marker}`,
  "quoted alias": `select "${marker} é".id from orders "${marker} é"`,
  CTE: `with ${marker} as (select id from orders) select * from ${marker}`,
  "unknown relation": `select id from ${marker}`,
  "unknown relation in a schema": `select id from ${marker}.orders`,
  "unknown column": `select ${marker} from orders`,
  "unknown function": `select ${marker}(id) from orders`,
  "unknown type": `select id::${marker} from orders`,
  "unknown operator class": `select id from orders order by note collate "${marker}"`,
  "real column beside a literal": `update orders set note = '${marker}' where id = 1`,
  insert: `insert into orders (id, note) values (1, '${marker}')`,
  "syntax error": `select ${marker} ${marker} ${marker} from`,
  "two statements": `select '${marker}'; select '${marker}'`,
  "bad cast": `select '${marker}'::int from orders`,
  "constant in an immutable call": `select upper('${marker}') from orders where note = upper('${marker}')`,
});

/** Everything else that a tool takes as text. */
const others = (marker: string): readonly Readonly<Record<string, unknown>>[] => [
  { schema_sql: `create table ${marker} (id int); comment on table ${marker} is '${marker}'`, sql: `select id from ${marker}` },
  { schema_sql: `create table orders (id int default length('${marker}'))`, row_counts: { [marker]: 5 }, sql: "select id from orders" },
  { sql: "select id from orders", plan: `{ "Plan": { "${marker}": 1 } }` },
  { sql: "select id from orders", [marker]: marker },
];

test.each([15, 18] as const)(
  "nothing that a caller wrote reaches PostgreSQL %s: not a literal, comment, alias or unknown name",
  async (version) => {
    const marker = `marker_${randomBytes(8).toString("hex")}`;
    const { url } = await freshDatabase(
      version,
      "create table orders (id bigint primary key, note text); insert into orders select i, i::text from generate_series(1, 1000) i; analyze orders",
    );
    const client = await connect({ environment: { DATABASE_URL: url } });
    const questions = [...Object.values(texts(marker)).map((sql) => ({ sql })), ...others(marker)];
    let answered = 0;
    for (const tool of tools) {
      for (const question of questions) {
        const answer = await client.callTool({ name: tool.name, arguments: question });
        if (!answer.isError) answered += 1;
      }
    }
    // The log is written by another process: what reached the server before this statement stands before it.
    const { url: end } = await freshDatabase(version, "select 'the end of the marker test'");
    expect(end).toContain("/");
    await sleep(500);
    const log = await cluster(version).log();
    const database = new URL(url).pathname.slice(1);
    expect(
      log.split("\n").filter((line) => line.includes(` ${database} `) && line.includes("execute")).length,
      "our own statements in the log",
    ).toBeGreaterThan(100);
    expect(answered, "questions that were answered rather than refused").toBeGreaterThan(8);
    expect(log).not.toContain(marker);
  },
  60_000,
);

test("the search for the marker would find it", async () => {
  const marker = `marker_${randomBytes(8).toString("hex")}`;
  await freshDatabase(18, `select '${marker}'`);
  await sleep(300);
  expect(await cluster(18).log()).toContain(marker);
});
