import { afterAll, expect, test } from "vitest";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import { asRole } from "../sessions.ts";
import { extensions, type HostileKind, kinds as kindsOfNames, world } from "./hostile-kinds.ts";
import { everywhere, kindsOfRelations } from "./hostile-relations.ts";
import { openGuard, openUnguarded } from "./resolving.ts";

const versions = [15, 18] as const;
const kinds = [...kindsOfNames, ...kindsOfRelations];
const readable = "grant select on all tables in schema public to public; grant usage on schema public to public;";
const isIn = (version: number) => (kind: HostileKind) => kind.versions?.includes(version) ?? true;

/** Without the guard a role that only reads; with it also a superuser, where the server itself would refuse nothing. */
async function open(version: 15 | 18, them: readonly HostileKind[], before: string) {
  const setups = them.map(({ setup = "" }) => `${setup};`);
  const { url } = await freshDatabase(version, [before, ...setups, readable].join("\n"));
  const reader = await asRole(version, { url, settings: [] });
  return { unguarded: await openUnguarded(reader), guard: openGuard(version === 15 ? url : reader) };
}

type Opened = Awaited<ReturnType<typeof open>>;
const close = ({ unguarded, guard }: Opened) => Promise.all([unguarded.close(), guard.close()]);

const databases = new Map<number, Opened>();
for (const version of versions) databases.set(version, await open(version, kinds.filter(isIn(version)), `${extensions} ${world}`));
afterAll(() => Promise.all([...databases.values()].map(close)));

async function refuses({ unguarded, guard }: Opened, { sql, mode = "analyze" }: HostileKind): Promise<void> {
  expect(await unguarded.locksLeftBy(sql, mode), "without the guard").toBeGreaterThan(0);
  expect(await guard.ask(sql, mode)).toMatch(/^Not sent to the database \(guard, /);
}

const cases = versions.flatMap((version) => kinds.filter(isIn(version)).map((kind) => ({ ...kind, version })));

test.each(cases)("$kind cannot hide what it runs ($version)", async ({ version, ...kind }) => {
  await refuses(databases.get(version) ?? expect.unreachable("there is no database"), kind);
});

test.each(versions.flatMap((version) => everywhere.map((kind) => ({ ...kind, version }))))(
  "$kind cannot hide what it runs ($version)",
  async ({ version, ...kind }) => {
    const opened = await open(version, [kind], world);
    await refuses(opened, kind);
    await close(opened);
  },
);
