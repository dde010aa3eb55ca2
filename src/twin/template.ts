import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { writeImage } from "./image.ts";
import type { Sorting } from "./messages.ts";

/**
 * Makes the images that every twin starts from, once, when the package is built: starting from one takes a tenth of the
 * CPU of an `initdb`. There is one for each way to sort text, since a database cannot change it: `bytes`, and by ICU's
 * root collation `linguistic`. Small WAL segments and no template databases keep each below 10 MB.
 */
export async function writeTemplates({ images, scratch }: { images: Readonly<Record<Sorting, URL>>; scratch: string }): Promise<void> {
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const cluster = join(scratch, "cluster");
  const fresh = await PGlite.create(cluster, { initDbStartParams: ["--wal-segsize=1"] });
  const statements = [
    "alter system set min_wal_size = '2MB'",
    "alter system set max_wal_size = '2MB'",
    "create database linguistic template template0 locale_provider icu icu_locale 'und' locale 'C'",
    "update pg_database set datistemplate = false where datname in ('template0', 'template1')",
    "drop database template0",
    "drop database template1",
    "checkpoint",
  ];
  for (const statement of statements) await fresh.exec(statement);
  await fresh.close();

  const small = await PGlite.create(cluster);
  await small.exec("select pg_switch_wal()");
  await small.exec("checkpoint");
  await small.exec("vacuum");
  await small.exec("checkpoint");
  const { rows } = await small.query<{ oid: number; name: string }>("select oid, datname as name from pg_database");
  await small.close();

  const folders = new Map(rows.map(({ oid, name }) => [name === "linguistic" ? "linguistic" : "bytes", `base/${oid}`]));
  const segments = (await readdir(join(cluster, "pg_wal"))).filter((name) => /^[0-9A-F]{24}$/.test(name)).sort();
  // The segments after the first are there to be written, and a twin makes its own as it needs them.
  const idle = new Set(segments.slice(1).map((name) => `pg_wal/${name}`));
  for (const [sorting, image] of Object.entries(images)) {
    const others = [...folders].filter(([name]) => name !== sorting).map(([, folder]) => folder);
    await writeImage(image, cluster, (path) => !idle.has(path) && !others.some((folder) => path.startsWith(`${folder}/`)));
  }
  await rm(scratch, { recursive: true, force: true });
}
