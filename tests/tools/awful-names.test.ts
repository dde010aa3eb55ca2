import { expect, test } from "vitest";
import { parseStatements } from "../../src/sql/parse.ts";
import { asSuperuser } from "../database/sessions.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connect } from "./client.ts";

/** Beside each stands a table whose name the wrong quoting of the other would hit. */
const names = [
  "Order",
  "select",
  'a"b',
  "it's",
  "back\\slash",
  "new\nline",
  "zero\u200bwidth",
  "\u202eevil",
  "x; drop table decoy; --",
  "é".repeat(31),
  "1a",
  "a.b",
  "$1",
  " ",
  "👨\u200d👩",
  "/* c */",
  'U&"\\0061"',
  "$$ body $$",
  "\\u{200b}",
];

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const world = [
  "create table decoy (id int primary key)",
  'create schema "S""chema\u2066"',
  ...names.flatMap((name, number) => {
    const [table, column] = [`"S""chema\u2066".${quoted(name)}`, quoted(name)];
    return [
      `create table ${table} (id int primary key, ${column} int references decoy, doc jsonb, words text[])`,
      `create index ${quoted(`${name.slice(0, 20)}_${number}a`)} on ${table} (doc)`,
      `create index ${quoted(`${name.slice(0, 20)}_${number}b`)} on ${table} (words)`,
      `create index ${quoted(`${name.slice(0, 20)}_${number}c`)} on ${table} (words)`,
      `alter table ${table} add constraint ${quoted(`${name.slice(0, 20)}_check`)} check (id > 0) not valid`,
      `insert into decoy values (${number})`,
      `insert into ${table} select i, ${number}, '{}', array['a'] from generate_series(1, 2000) i`,
    ];
  }),
  "analyze",
].join(";\n");

interface Advice {
  readonly findings?: readonly { readonly rule: string; readonly object?: string; readonly fix?: string; readonly undo?: string }[];
  readonly indexes?: readonly { readonly sql: string; readonly undo: string }[];
  readonly rollback?: { readonly identical?: boolean; readonly sql?: string };
}

const hidden = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

test.each(process.env.LONG ? ([15, 18] as const) : ([18] as const))(
  "SQL to paste names the right object on PostgreSQL %i, whatever it is called",
  async (version) => {
    const { url } = await freshDatabase(version, world);
    const client = await connect({ environment: { DATABASE_URL: url } });
    const ask = async (name: string, input: Record<string, unknown>) => {
      const answer = await client.callTool({ name, arguments: { ...input, response_format: "detailed" } });
      const everything = JSON.stringify(answer);
      expect(answer.isError, everything).toBeUndefined();
      expect(everything).not.toMatch(hidden);
      return answer.structuredContent as Advice;
    };
    const state = () =>
      asSuperuser(url, async (database) => {
        const { rows } = await database.query(
          `select c.relname, pg_get_indexdef(c.oid) as definition from pg_class c where relnamespace > 16000 or relname = 'decoy' order by 1`,
        );
        return rows;
      });
    const run = (sql: string) =>
      asSuperuser(url, async (database) => {
        for (const { text } of await parseStatements(sql)) await database.query(text);
      });
    const thereAndBack = async (sql: string, undo: string | undefined) => {
      const before = await state();
      await run(sql);
      const after = await state();
      if (undo === undefined) return;
      expect(after, sql).not.toEqual(before);
      await run(undo);
      expect(await state(), `${sql}\n${undo}`).toEqual(before);
    };

    const { findings = [] } = await ask("review_schema", { limit: 1000 });
    const fixes = findings.filter(({ fix }) => fix !== undefined);
    expect(fixes.length).toBeGreaterThan(3 * names.length);
    for (const { fix = "", undo } of fixes.filter((_, place) => place % 3 === version % 3)) await thereAndBack(fix, undo);
    // Two fixes may give an index the same name, where the table's own takes all the room: the second is asked for anew.
    let left = fixes;
    for (let round = 0; round < 3 && left.length > 0; round++) {
      for (const { fix = "" } of left)
        await run(fix).catch((error: Error) => expect(error.message).toMatch(/already exists|does not exist/));
      left = ((await ask("review_schema", { limit: 1000 })).findings ?? []).filter(({ fix }) => fix !== undefined);
    }
    expect(left).toEqual([]);

    const queries = names.map((name) => ({ sql: `select * from "S""chema\u2066".${quoted(name)} where id > 5 and words = array['b']` }));
    const { indexes = [] } = await ask("suggest_indexes", { queries, max_indexes: names.length });
    for (const { sql, undo } of indexes) await thereAndBack(sql, undo);

    const script = names
      .slice(version === 15 ? 0 : 9)
      .slice(0, 10)
      .map((name) => `create index on "S""chema\u2066".${quoted(name)} (${quoted(name)}, id)`)
      .join(";\n");
    const migration = await ask("migration_checklist", { sql: script });
    const rewrites = migration.findings?.filter(({ fix }) => fix !== undefined) ?? [];
    expect(rewrites.length).toBeGreaterThan(8);
    for (const { fix = "", undo } of rewrites) await thereAndBack(fix, undo);
    expect(migration.rollback).toMatchObject({ identical: true });
    await run(script);
    await run(migration.rollback?.sql ?? "");
  },
  120_000,
);
