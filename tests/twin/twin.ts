import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, onTestFinished } from "vitest";
import { type Catalog, type Directory, readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { connectionFrom } from "../../src/database/connection-string.ts";
import type { Database } from "../../src/database/database.ts";
import { openDatabase } from "../../src/database/live-database.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { openTwin, type Session, type Twin, type TwinOptions } from "../../src/twin/twin.ts";

export const dist = new URL("../../dist/", import.meta.url);

/** A copy of what is built, its image of a cluster that sorts by bytes changed. */
export async function folderWith({ change = (image) => image }: { change?: (image: Buffer) => Buffer | undefined }): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), "twin-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of await readdir(dist)) if (file.endsWith(".js")) await symlink(new URL(file, dist), join(folder, file));
  const image = change(await readFile(new URL("twin-bytes.image", dist)));
  if (image) await writeFile(join(folder, "twin-bytes.image"), image);
  return pathToFileURL(`${folder}/`);
}

/** A twin as it ships, closed when the test file ends. */
export function startTwin(options: Partial<TwinOptions> = {}): Twin {
  const twin = openTwin({ folder: dist, ...options });
  afterAll(() => twin.close());
  return twin;
}

/** A session of a twin that holds this catalog, kept until the test file ends. */
export function keptSession(catalog: Catalog): Promise<Session> {
  const twin = startTwin();
  return new Promise<Session>((resolve, reject) => {
    const ended = new Promise<void>((end) => afterAll(() => end()));
    twin
      .use(needsOf(catalog), async (opened) => {
        await build(opened, catalog);
        resolve(opened);
        await ended;
      })
      .catch(reject);
  });
}

type Read<Result> = (directory: Directory, database: Database) => Promise<Result> | Result;

/** Reads a database as the tools do. */
export async function readDatabase<Result>(url: string, read: Read<Result>): Promise<Result> {
  const connection = connectionFrom({ DATABASE_URL: url });
  if (!connection) throw new Error("no connection");
  const database = openDatabase(connection);
  try {
    return await database.transaction(async (connected) => read(await readDirectory(connected), connected), { signal: undefined });
  } finally {
    await database.close();
  }
}

/** The relations of these names and what they need; without names, everything that is not Postgres's own. */
export const wholeCatalog = (url: string, names?: readonly string[]): Promise<Catalog> =>
  readDatabase(url, ({ settings, relations, functions }, database) => {
    const own = relations.filter((relation) => !relation.system && (names?.includes(relation.name) ?? true));
    return readCatalog(database, {
      settings,
      relations: own.map((relation) => relation.oid),
      functions: functions.map((found) => found.oid),
    });
  });
