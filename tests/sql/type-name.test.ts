import { expect, test } from "vitest";
import { alterationsOf } from "../../src/sql/alterations.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { keepsRows, shapeOfType, typeShape, typeText } from "../../src/sql/type-name.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";

const postgres = await sharedEmbedded();
await postgres.exec("create extension citext");

const changes = [
  ["integer", "bigint"],
  ["varchar(20)", "varchar(50)"],
  ["varchar(50)", "varchar(20)"],
  ["varchar(20)", "text"],
  ["varchar", "varchar(20)"],
  ["text", "varchar"],
  ["text", "citext"],
  ["citext", "text"],
  ["char(5)", "text"],
  ["char(5)", "char(10)"],
  ["numeric(10,2)", "numeric(12,2)"],
  ["numeric(10,2)", "numeric(12,4)"],
  ["numeric(10,2)", "numeric"],
  ["numeric", "numeric(10,2)"],
  ["timestamp(3)", "timestamp(6)"],
  ["timestamp(3)", "timestamp"],
  ["timestamp(6)", "timestamp(3)"],
  ["timestamptz(3)", "timestamptz"],
  ["time(3)", "time(6)"],
  ["cidr", "inet"],
  ["inet", "cidr"],
  ["varbit(8)", "varbit(16)"],
  ["bit(8)", "bit(8)"],
  ["date", "timestamp"],
  ["varchar(20)[]", "varchar(20)[]"],
  ["json", "jsonb"],
] as const;

test.each(changes)("ALTER TYPE from %s to %s leaves the rows alone where we say so, and only there", async (from, to) => {
  await postgres.exec(`drop table if exists t; create table t (c ${from})`);
  const file = async () => (await postgres.query("select relfilenode as file from pg_class where oid = 't'::regclass")).rows;
  const before = await file();
  const type = "select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 't'::regclass and attname = 'c'";
  const old = (await postgres.query<{ type: string }>(type)).rows[0]?.type ?? "";
  const sql = `alter table t alter c type ${to}${from === "json" ? " using c::jsonb" : ""}`;
  await postgres.exec(sql);

  const shape = await shapeWritten(sql);
  expect(keepsRows(shapeOfType(old), shape)).toEqual(JSON.stringify(await file()) === JSON.stringify(before));
  expect(typeText(shape)).toBe((await postgres.query<{ type: string }>(type)).rows[0]?.type);
  expect(typeText(shapeOfType(old))).toBe(old);
});

async function shapeWritten(sql: string) {
  const [statement] = await parseStatements(sql);
  const [alteration] = statement ? alterationsOf(statement) : [];
  const { def } = alteration?.command ?? {};
  if (!def || !("ColumnDef" in def) || !def.ColumnDef.typeName) throw new Error(`No type in: ${sql}`);
  return typeShape(def.ColumnDef.typeName);
}
