import { expect, test } from "vitest";
import { refuseOtherReading } from "../../../src/database/guard/reading.ts";
import { admit } from "../../../src/database/guard/statement.ts";
import { ToolError } from "../../../src/error.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import { changed, connectionTo, using } from "../asking.ts";
import { asSuperuser } from "../sessions.ts";

/** What 18's grammar takes and older ones do not: no text of theirs, so nothing runs. */
const newer = ["1_000", "0x1F", "0o17", "0b11", "1 is json", "now() at local", "json_object('a': 1)", "json_objectagg('a': 1)"];

test("what 15 cannot read it refuses, and reads as nothing else", async () => {
  const { url } = await freshDatabase(15);
  await asSuperuser(url, async (client) => {
    for (const expression of newer) {
      const { text } = await admit(`select ${expression}`, "analyze");
      const error: unknown = await client.query(text).catch((thrown: unknown) => thrown);
      expect(error, expression).toMatchObject({ code: "42601" });
    }
  });
});

/** What the guard says of each of these on this database, all in one transaction. */
const readings = (url: string, versionNumber: number, texts: readonly string[]): Promise<readonly string[]> =>
  using(connectionTo(url), (database) =>
    database.transaction(async (reads) => {
      const answers: string[] = [];
      for (const sql of texts) {
        const refused: unknown = await refuseOtherReading(reads, await admit(sql, "explain"), versionNumber).catch(
          (error: unknown) => error,
        );
        answers.push(refused instanceof ToolError ? refused.message.replace(/^.*\): /, "") : `${refused ?? "as written"}`);
      }
      return answers;
    }, {}),
  );

test("Postgres 14 would take a new way to write numbers for a number and a name", async () => {
  const { url } = await freshDatabase(15);
  const numbers = ["1_000", "0x1F", "0o17", "0b11", "1.5_0"].map((number) => `select ${number}`);
  const plain = "select 1.5e10, 1e-3, 'a_0x1', o_1 from orders";
  expect((await readings(url, 140_000, [...numbers, plain])).join("\n")).toMatchInlineSnapshot(`
    "this server reads 1_000 as a number and a name. Write the number in decimal digits alone.
    this server reads 0x1F as a number and a name. Write the number in decimal digits alone.
    this server reads 0o17 as a number and a name. Write the number in decimal digits alone.
    this server reads 0b11 as a number and a name. Write the number in decimal digits alone.
    this server reads 1.5_0 as a number and a name. Write the number in decimal digits alone.
    as written"
  `);
  expect(new Set(await readings(url, 150_000, [...numbers, plain]))).toEqual(new Set(["as written"]));
});

/** What 18's grammar has a word for, and 15 calls a function or takes a type by this name. */
const words = [
  "json_array(1)",
  "json_arrayagg(1)",
  "json_scalar(1)",
  "json_value('1', '$')",
  "json_query('1', '$')",
  "json_exists('1', '$')",
].concat(["json_serialize('1')", "json('1')", "json_object('{a,1}')", "merge_action()", "'1'::json"]);

test("a word of 18's that names something else on Postgres 15 is refused there, and only there", async () => {
  const shadows = ["json_array(int)", "json_arrayagg(int)", "json_scalar(int)", "json_value(text, text)", "json_query(text, text)"]
    .concat(["json_exists(text, text)", "json_serialize(text)", "json(text)", "json_object(text)", "merge_action()"])
    .map((signature) => `create function ${signature.replace(/^\w+/, 'public."$&"')} returns text language sql as 'select ''ours''::text'`)
    .concat(`create domain public."json" as text`);
  const texts = words.map((word) => `select ${word}`);
  const [fifteen, eighteen, plain] = [
    await freshDatabase(15, shadows.join(";")),
    await freshDatabase(18, shadows.join(";")),
    await freshDatabase(15),
  ];
  expect(new Set(await readings(plain.url, 150_000, texts))).toEqual(new Set(["as written"]));
  expect(new Set(await readings(eighteen.url, 180_000, texts))).toEqual(new Set(["as written"]));
  expect((await readings(fifteen.url, 150_000, texts)).join("\n")).toMatchInlineSnapshot(`
    "this server is older than the meaning of a word in it, and would take public.json_array(integer) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json_arrayagg(integer) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json_scalar(integer) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json_exists(text,text) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json_exists(text,text) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json_exists(text,text) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json_serialize(text) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json_object(text) in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.merge_action() in its place. Write the statement without this word.
    this server is older than the meaning of a word in it, and would take public.json in its place. Write the statement without this word."
  `);

  await asSuperuser(fifteen.url, async (client) => {
    expect((await client.query("select json_array(1), json_value('1', '$')")).rows).toEqual([{ json_array: "ours", json_value: "ours" }]);
  });
});

test("a server that does not store UTF-8 is asked only about names in quotes", async () => {
  const { url } = await freshDatabase(18);
  await asSuperuser(url, (client) =>
    client.query("create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'"),
  );
  const texts = ["select 'é'", 'select "é"', "select é", `select "${"é".repeat(40)}"`, 'select U&"\\00e9"', "select $é$ a $é$"];
  const latin = changed(url, { database: "latin" });
  const answers = await readings(latin, 180_000, texts);
  await asSuperuser(url, (client) => client.query("drop database latin"));
  expect(answers.join("\n")).toMatchInlineSnapshot(`
    "as written
    as written
    this server stores LATIN1, and a name in it is not plain ASCII. Put the name in double quotes.
    this server stores LATIN1, and a name in it is not plain ASCII. Put the name in double quotes.
    this server stores LATIN1, and a name in it is not plain ASCII. Put the name in double quotes.
    as written"
  `);
  expect(new Set(await readings(url, 180_000, texts))).toEqual(new Set(["as written"]));
});
