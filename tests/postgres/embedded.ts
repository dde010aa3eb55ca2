import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { loadExtensions } from "../../src/twin/extensions.ts";
import { filesOf } from "../../src/twin/image.ts";

const image = fileURLToPath(new URL("../../dist/twin-bytes.image", import.meta.url));

/** An empty Postgres 18 in this process, made from the image that twins start from: an `initdb` takes ten times the CPU. */
export async function openEmbedded(...extensions: readonly string[]): Promise<PGlite> {
  return PGlite.create({ fs: await filesOf(image, () => undefined), extensions: await loadExtensions(extensions) });
}

let kept: Promise<PGlite> | undefined;

/** The one of all test files that run in this process one after the other, {@link empty}. */
export async function sharedEmbedded(): Promise<PGlite> {
  kept ??= openEmbedded("amcheck", "citext", "ltree", "pg_trgm");
  await empty(await kept);
  return kept;
}

const drops = `
  select format('drop event trigger %I', evtname) as statement from pg_event_trigger
  union all select format('drop publication %I', pubname) from pg_publication
  union all select format('drop schema %I cascade', nspname) from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
  union all select format('drop owned by %1$I cascade; drop role %1$I', rolname) from pg_roles where rolname !~ '^pg_' and rolname <> current_user`;

/** As the image has it. */
const publicSchema =
  "create schema public authorization pg_database_owner; grant usage on schema public to public; comment on schema public is 'standard public schema'";

/** Takes away what users of a database make in it, their settings and roles. */
export async function empty(database: PGlite): Promise<void> {
  await database.exec("rollback; reset session authorization; reset all; set client_min_messages = warning; set event_triggers = off");
  const { rows } = await database.query<{ statement: string }>(drops);
  await database.exec([...rows.map(({ statement }) => statement), publicSchema].join(";"));
  await database.exec("discard all");
}
