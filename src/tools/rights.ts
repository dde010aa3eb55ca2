import { readRights } from "../catalog/rights.ts";
import type { Database } from "../database/database.ts";
import type { LiveDatabase } from "../database/live-database.ts";

/** The statements of role.sql. */
const SCRIPT = `
  create role backend_db_reader login nosuperuser nocreatedb nocreaterole noreplication connection limit 10;
  alter role backend_db_reader set default_transaction_read_only = on;
  grant pg_read_all_data to backend_db_reader;
  grant pg_read_all_stats to backend_db_reader;`;

/** Rights that are named; more are counted. */
const NAMED = 3;

const known = new WeakMap<LiveDatabase, readonly string[]>();

/** Asked once, and told to who runs the server: what the role may do besides reading is seldom changed while it is connected. */
export async function learnRights(database: LiveDatabase, connection: Database): Promise<void> {
  if (known.has(database)) return;
  const rights = await readRights(connection);
  if (known.has(database)) return;
  known.set(database, rights);
  if (rights.length === 0) return;
  console.error(
    `backend-db-mcp: ${database.describe()} has more rights than this server needs: ${listed(rights)}. None of them is used, but a role that only reads promises more. SECURITY.md says why; this makes one, whose password is for you to choose:${SCRIPT}`,
  );
}

/** For `basis`; undefined where the role can only read. */
export function rightsOf(database: LiveDatabase): string | undefined {
  const rights = known.get(database) ?? [];
  return rights.length === 0 ? undefined : `more rights than needed: ${listed(rights)}; role.sql makes a reader`;
}

const listed = (rights: readonly string[]) =>
  rights.slice(0, NAMED).join(", ") + (rights.length > NAMED ? ` and ${rights.length - NAMED} more` : "");
