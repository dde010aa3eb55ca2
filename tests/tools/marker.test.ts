import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import { tools } from "../../src/tools/index.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connect } from "./client.ts";

/** Texts that carry the marker wherever a caller can put a word. */
const texts = (marker: string): readonly string[] => [
  // Literals, quoted in each way, and constants that the planner computes with.
  `select id from orders where note = '${marker}'`,
  `select id from orders where note = $${marker}$${marker}$${marker}$`,
  `select upper('${marker}') from orders where note = upper('${marker}')`,
  `update orders set note = '${marker}' where id = 1`,
  `insert into orders (id, note) values (1, '${marker}')`,
  // Comments and aliases.
  `select id from orders -- ${marker}\n where id = 1 /* ${marker} */`,
  `select ${marker}.id as ${marker}_id from orders as ${marker}`,
  `select "${marker} é".id from orders "${marker} é"`,
  `with ${marker} as (select id from orders) select * from ${marker}`,
  // Names that do not exist, of each kind.
  `select id from ${marker}`,
  `select id from ${marker}.orders`,
  `select ${marker} from orders`,
  `select ${marker}(id) from orders`,
  `select id::${marker} from orders`,
  `select id from orders order by note collate "${marker}"`,
  // What is no statement, two statements, or fails on its values.
  `select ${marker} ${marker} ${marker} from`,
  `select '${marker}'; select '${marker}'`,
  `select '${marker}'::int from orders`,
  // DDL.
  `alter table orders add column ${marker} text default '${marker}'`,
  `create index ${marker} on orders (note) where note <> '${marker}'`,
  `create table ${marker} (id int primary key, note text default '${marker}'); comment on table ${marker} is '${marker}'`,
  `drop table ${marker}`,
  `do $$ begin perform '${marker}'; end $$`,
  marker,
  `"${marker}"`,
];

type Schema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
};

/** A value of this JSON schema that carries the text, if one can. */
function carrying(text: string, { type, enum: choices, items, properties }: Schema): unknown {
  if (choices) return undefined;
  if (type === "string") return text;
  if (type === "array" && items) {
    const item = carrying(text, items);
    return item === undefined ? undefined : [item];
  }
  if (type !== "object") return undefined;
  if (!properties) return { [text]: 5 };
  const parts = Object.entries(properties).flatMap(([name, part]) => {
    const value = carrying(text, part);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(parts);
}

/**
 * Each text in one of the arguments, in turn, beside plain values of those that the tool cannot do without; some of them
 * in all arguments at once, or as the name of an argument. Every argument has its turn at least twice.
 */
function questionsFor({ input }: Tool, marked: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: "input" }) as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  const names = Object.keys(properties).filter((name) => carrying("", properties[name] ?? {}) !== undefined);
  const holding = (name: string, text: string) => ({ [name]: carrying(text, properties[name] ?? {}) });
  const needed = Object.assign({}, ...required.map((name) => holding(name, "select id from orders")));
  const [first = "", ...others] = names;
  return [
    ...marked.map((text) => ({ ...needed, ...holding(first, text) })),
    ...others.flatMap((name, turn) => [0, 9].map((step) => ({ ...needed, ...holding(name, marked[(turn + step) % marked.length] ?? "") }))),
    ...marked.filter((_, turn) => turn % 6 === 0).map((text) => Object.assign({}, ...names.map((name) => holding(name, text)))),
    { ...needed, [marked[0] ?? ""]: marked[0] },
  ];
}

/** Prompts, completions and resources with the marker in each argument and address. Most are refused: that is an answer too. */
async function askElsewhere(client: Awaited<ReturnType<typeof connect>>, marker: string): Promise<number> {
  const asked: Promise<unknown>[] = [];
  const { prompts } = await client.listPrompts();
  for (const { name, arguments: all = [] } of prompts) {
    asked.push(client.getPrompt({ name, arguments: Object.fromEntries(all.map((argument) => [argument.name, marker])) }));
    for (const argument of all) {
      asked.push(client.complete({ ref: { type: "ref/prompt", name }, argument: { name: argument.name, value: marker } }));
    }
  }
  asked.push(client.getPrompt({ name: marker }));
  for (const uri of [
    `knowledge://${marker}/${marker}`,
    `knowledge://sql-postgresql/${marker}`,
    `skill://backend-db/${marker}`,
    `postgres://${marker}`,
  ]) {
    asked.push(client.readResource({ uri }));
  }
  for (const name of ["page", "section"]) {
    asked.push(client.complete({ ref: { type: "ref/resource", uri: "knowledge://{page}/{section}" }, argument: { name, value: marker } }));
  }
  asked.push(client.callTool({ name: marker, arguments: { sql: marker } }));
  return (await Promise.allSettled(asked)).length;
}

/** Each question goes to one of the two servers in turn, with LONG to both: what is done with a text does not depend on the version. */
const isAsked = (version: 15 | 18, turn: number) => process.env.LONG !== undefined || turn % 2 === (version === 15 ? 0 : 1);

test.each([15, 18] as const)(
  "nothing that a caller wrote reaches PostgreSQL %s: not a literal, comment, alias or unknown name",
  async (version) => {
    const marker = `marker_${randomBytes(8).toString("hex")}`;
    const { url } = await freshDatabase(
      version,
      "create table orders (id bigint primary key, note text); insert into orders select i, i::text from generate_series(1, 1000) i; analyze orders",
    );
    const client = await connect({ environment: { DATABASE_URL: url } });
    const answered = new Map<string, number>();
    for (const tool of tools) {
      for (const question of questionsFor(tool, texts(marker)).filter((_, turn) => isAsked(version, turn))) {
        const answer = await client.callTool({ name: tool.name, arguments: question });
        if (!answer.isError) answered.set(tool.name, (answered.get(tool.name) ?? 0) + 1);
      }
    }
    const elsewhere = await askElsewhere(client, marker);
    expect(elsewhere).toBeGreaterThan(15);
    await sleep(500);
    const log = await cluster(version).log();
    const database = new URL(url).pathname.slice(1);
    const ours = log.split("\n").filter((line) => line.includes(` ${database} `) && line.includes("execute"));
    expect(ours.length, "our own statements in the log").toBeGreaterThan(100);
    // What these take of a caller is the name of a file, and here none is there.
    for (const { name } of tools.filter((tool) => !["check_health", "find_slow_queries"].includes(tool.name)))
      expect(answered.get(name) ?? 0, `questions that ${name} answered rather than refused`).toBeGreaterThan(0);
    expect(
      [...answered.values()].reduce((sum, number) => sum + number, 0),
      "questions answered",
    ).toBeGreaterThan(30);
    expect(log).not.toContain(marker);
  },
  300_000,
);

test("the search for the marker would find it", async () => {
  const marker = `marker_${randomBytes(8).toString("hex")}`;
  await freshDatabase(18, `select '${marker}'`);
  await sleep(300);
  expect(await cluster(18).log()).toContain(marker);
});
