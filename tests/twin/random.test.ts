import { expect, test } from "vitest";
import { startTwin } from "./twin.ts";

const twin = startTwin();

test("a twin has random numbers, and no more of them to who opens the device than it takes to make some", async () => {
  await twin.use({ sortsByBytes: true, extensions: ["pgcrypto"] }, async (session) => {
    await session.commit();
    const asked = [
      "create extension pgcrypto",
      "create table made as select gen_random_uuid() as id from generate_series(1, 100)",
      "create unique index on made (id)",
      "do $$ begin perform gen_random_bytes(16), crypt('a', gen_salt('bf')); end $$",
      "copy made to '/dev/urandom'",
    ];
    const codes: (string | undefined)[] = [];
    for (const sql of asked) codes.push((await session.execute(sql)).refused?.code);
    expect(codes.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(codes.at(-1)).toBe("42501");
    const [{ count } = { count: 0 }] = await session.read<{ count: number }>("select count(distinct id)::int as count from made");
    expect(count).toBe(100);
    const [{ file } = { file: 0 }] = await session.read<{ file: number }>("select lo_import('/dev/urandom') as file");
    const [{ bytes } = { bytes: 0 }] = await session.read<{ bytes: number }>("select length(lo_get($1)) as bytes", [file]);
    expect(bytes).toBe(1024);
  });
});
