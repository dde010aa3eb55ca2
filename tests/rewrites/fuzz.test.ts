import { expect, test } from "vitest";
import type { Table } from "../../src/catalog/tables.ts";
import type { Draft } from "../../src/rewrites/rewrite.ts";
import type { Query } from "../../src/sql/query.ts";
import { isTotallyOrdered } from "../../src/sql/unique.ts";
import { type Dice, diceOf } from "./generated-schema.ts";
import { madeStatement } from "./generated-statements.ts";
import { openWorlds, type World } from "./world.ts";

const STATEMENTS = process.env.LONG ? 10_000 : 200;
/** Of one schema. */
const TOGETHER = 50;

/** What people get wrong: each takes from a draft what makes it right. */
const spoiling: readonly (readonly [right: RegExp, wrong: string])[] = [
  [/ and \((?:[^()]|\([^()]*\))*\) is not true/, ""],
  [/union all/, "union"],
  [/coalesce\((\w+\.value), 0\)/, "$1"],
  [/left join \(select/, "join (select"],
  [/ and \w+\.\w+ is not null$/, ""],
  [/ < '2026/, " <= '2026"],
  [/distinct /, ""],
  [/in \((\d+), (\d+)/, "in ($1"],
  [/not exists/, "exists"],
  [/ > \(/, " >= ("],
  [/ > \$1/, " >= $1"],
  [/ limit 1\) /, " limit 2) "],
];

function spoiled(draft: Draft): readonly Draft[] {
  const by = (text: string) => spoiling.find(([right]) => right.test(text));
  const found = by(draft.compared?.sql ?? draft.sql);
  const unguarded: readonly Draft[] = draft.assumes ? [{ sql: draft.sql }] : [];
  if (!found) return unguarded;
  const wrong = (text: string) => text.replace(...found);
  const compared = draft.compared && { compared: { ...draft.compared, sql: wrong(draft.compared.sql) } };
  return [...unguarded, { ...draft, sql: wrong(draft.sql), ...compared }];
}

interface Found {
  readonly drafts: Map<string, number>;
  readonly wrong: string[];
  planted: number;
  caught: number;
}

test(
  "of thousands of statements no pattern writes one that returns other rows, and what is written wrong is caught",
  async () => {
    const openWorld = await openWorlds();
    const found: Found = { drafts: new Map(), wrong: [], planted: 0, caught: 0 };
    for (let number = 0; number < STATEMENTS / TOGETHER; number++) {
      const dice = diceOf(number + 1);
      const world = await openWorld(dice);
      for (let at = 0; at < TOGETHER; at++) await judge(madeStatement(dice, world.made), { world, dice, found });
      await world.close();
    }
    const { drafts, wrong, planted, caught } = found;
    const all = [...drafts.values()].reduce((sum, count) => sum + count, 0);
    if (process.env.LONG) console.error(`${all} drafts of ${STATEMENTS} statements, ${caught} of ${planted} wrong ones caught`, drafts);
    expect(wrong).toEqual([]);
    expect(drafts.size).toBeGreaterThanOrEqual(process.env.LONG ? 14 : 10);
    expect(all).toBeGreaterThan(STATEMENTS / 2);
    expect(planted).toBeGreaterThan(STATEMENTS / 40);
    // Few rows tell some of them apart, and a check has few data sets: a pattern has to be right by itself.
    expect(caught).toBeGreaterThan(planted * 0.9);
  },
  process.env.LONG ? 10_000_000 : 400_000,
);

interface Judging {
  readonly world: World;
  readonly dice: Dice;
  readonly found: Found;
}

async function judge(sql: string, { world, dice, found }: Judging): Promise<void> {
  const query = await world.read(sql);
  const answering = { world, dice, answers: new Map<string, readonly (string | undefined)[]>() };
  for (const draft of await world.drafts(query)) {
    const { pattern } = draft;
    found.drafts.set(pattern, (found.drafts.get(pattern) ?? 0) + 1);
    const isWrong = await differs(query, draft, answering);
    if (isWrong)
      found.wrong.push([pattern, (await world.isShown(query, draft)) ? "shown" : "not shown", sql, draft.sql, world.ddl].join("\n"));
    for (const wrong of dice.happens(0.2) ? spoiled(draft) : []) await plant(query, wrong, { ...answering, found });
  }
}

async function plant(query: Query<Table>, wrong: Draft, { found, ...answering }: Answering & Pick<Judging, "found">) {
  if (!(await differs(query, wrong, answering))) return;
  found.planted += 1;
  if (!(await answering.world.isShown(query, wrong))) found.caught += 1;
}

interface Answering {
  readonly world: World;
  readonly dice: Dice;
  /** Of originals. */
  readonly answers: Map<string, readonly (string | undefined)[]>;
}

/** Whether a draft returns other rows on some data set on which the statement gives an answer and what the draft assumes holds. */
async function differs(query: Query<Table>, { sql, compared, assumes = [] }: Draft, { world, dice, answers }: Answering): Promise<boolean> {
  const [top] = query.levels;
  const isOrdered = top !== undefined && top.order.length > 0 && isTotallyOrdered(top, query);
  const chosen = (compared?.parameters ?? []).map((values) => values[dice.roll(values.length)] ?? "1");
  const bound = (text: string) => text.replaceAll(/\$(\d+)/g, (_, number) => chosen[Number(number) - 1] ?? "1");
  const text = bound(compared?.original ?? query.statement.text);
  const original = answers.get(text) ?? (await world.answers(text, isOrdered));
  answers.set(text, original);
  const other = await world.answers(bound(compared?.sql ?? sql), isOrdered);
  const broken = new Set<number>();
  for (const { table, column } of assumes) {
    const nulls = await world.answers(`select from ${table.name} where ${column} is null`, false);
    for (const [set, answer] of nulls.entries()) if (answer !== "0: ") broken.add(set);
  }
  // What Postgres does not plan is not proposed.
  if (!other.some((answer) => answer !== undefined)) return false;
  return original.some((answer, set) => answer !== undefined && !broken.has(set) && answer !== other[set]);
}
