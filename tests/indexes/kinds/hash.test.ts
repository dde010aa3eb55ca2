import { expect, test } from "vitest";
import { twinWith } from "./offered.ts";

const schema = [
  "create table sessions (id uuid primary key, token text not null, short text not null, kind text not null, note text)",
  "insert into sessions select md5(i::text)::uuid, md5(i::text) || md5(i::text), md5(i::text), repeat(md5((i % 4)::text), 3), 'n' from generate_series(1, 2000) i",
  "analyze sessions",
];
const { offered, shapes } = await twinWith({ extensions: [], schema });

const offers = async (condition: string, ...wanted: readonly string[]) =>
  expect(await shapes("hash", `select note from sessions where ${condition}`)).toEqual(wanted);

test("a wide key that must be equal is found by its hash", async () => {
  await offers("token = 'x'", "(token)");
  await offers("token = $1", "(token)");
  await offers("token in ('x', 'y')", "(token)");
});
test("it stands behind the B-tree and says what it cannot do", async () => {
  const candidates = await offered("select note from sessions where token = $1");
  expect(candidates.findIndex(({ method }) => method === "hash")).toBe(candidates.length - 1);
  expect(candidates[0]?.method).toBe("btree");
  expect(candidates.at(-1)?.notes).toEqual([
    "a hash index finds equal values only: no order, no range, no prefix, no uniqueness, no second column, no index-only scan",
  ]);
});
test("a key that a B-tree holds as well is refused", async () => {
  await offers("id = $1");
  await offers("short = 'x'");
});
test("a wide key of few values is refused", () => offers("kind = 'x'"));
test("a range of a wide key is refused", () => offers("token > 'x'"));
