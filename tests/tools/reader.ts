import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { changed } from "../database/asking.ts";
import { asSuperuser } from "../database/sessions.ts";

export const script = readFileSync(new URL("../../role.sql", import.meta.url), "utf8");

/** The role that role.sql makes, under a name of its own because roles belong to the server, as its URL. */
export async function readerOf(url: string, adapt: (script: string) => string = (text) => text): Promise<string> {
  const user = `backend_db_reader_${randomBytes(4).toString("hex")}`;
  const password = randomBytes(8).toString("hex");
  await asSuperuser(url, async (client) => {
    await client.query(adapt(script).replaceAll("backend_db_reader", user));
    await client.query(`alter role ${user} password '${password}'`);
  });
  return changed(url, { user, password });
}
