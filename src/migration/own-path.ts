import type { Stage } from "./observe.ts";

/** Reads where no search path shortens a name or puts another operator in the place of Postgres's own, in a transaction or not. */
export async function withOwnPath<Read>(stage: Stage, read: () => Promise<Read>): Promise<Read> {
  const { refused: outside } = await stage.execute("savepoint own_path");
  if (outside) await stage.execute("begin");
  await stage.execute("set local search_path = pg_catalog");
  try {
    return await read();
  } finally {
    await stage.execute(outside ? "rollback" : "rollback to savepoint own_path; release savepoint own_path");
  }
}
