import pg from "pg";
import { resolve } from "../../../src/database/guard/resolve.ts";
import { admit, type Mode } from "../../../src/database/guard/statement.ts";
import { openDatabase } from "../../../src/database/live-database.ts";
import { ToolError } from "../../../src/error.ts";
import { connectionTo } from "../asking.ts";

/** The search_path is the role's own only between the two calls of set_config, as in src/database/privileges.ts. */
const standing = `
  select set_config('search_path', (select reset_val from pg_settings where name = 'search_path'), true) as was,
         current_schemas(true)::text[] as schemas, set_config('search_path', 'pg_catalog, pg_temp', true) as "isAgain",
         current_setting('server_version_num')::int as "versionNumber"`;

interface Standing {
  readonly schemas: readonly string[];
  readonly versionNumber: number;
}

export interface Guard {
  /** What the first four layers of the guard say to a statement: the sentence that refuses it, or "passed". */
  ask(sql: string, mode?: Mode, trusted?: readonly string[]): Promise<string>;
  /** How many queries that took. */
  trips(): number;
  close(): Promise<void>;
}

export function openGuard(url: string): Guard {
  const database = openDatabase(connectionTo(url));
  let trips = 0;
  return {
    async ask(sql, mode = "analyze", trusted = []) {
      trips = 0;
      try {
        const admitted = await admit(sql, mode);
        await database.transaction(async (reads) => {
          const [found] = await reads.read<Standing>(standing);
          if (!found) throw new Error("no standing");
          const counting = {
            read<Row>(text: string, values?: readonly unknown[]) {
              trips += 1;
              return reads.read<Row>(text, values);
            },
          };
          await resolve(counting, admitted, { mode, trusted, ...found });
        }, {});
        return "passed";
      } catch (error) {
        if (!(error instanceof ToolError) || error.code !== "refused") throw error;
        return error.message;
      }
    },
    trips: () => trips,
    close: () => database.close(),
  };
}

export interface Unguarded {
  /** Advisory locks that a session holds after it planned or ran a statement in a read-only transaction and rolled it back. */
  locksLeftBy(sql: string, mode: Mode): Promise<number>;
  close(): Promise<void>;
}

export async function openUnguarded(url: string): Promise<Unguarded> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async locksLeftBy(sql, mode) {
      await client.query("begin transaction isolation level repeatable read read only");
      await client.query(`explain ${mode === "analyze" ? "(analyze)" : ""} ${sql}`).catch(() => undefined);
      await client.query("rollback");
      const { rows } = await client.query("select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()");
      await client.query("select pg_advisory_unlock_all()");
      return rows.length;
    },
    close: () => client.end(),
  };
}
