import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** What a server gives a command that works on a whole table. */
export interface Capacity {
  /** `maintenance_work_mem`, bytes: what a build sorts beyond it goes to disk. */
  readonly maintenanceMemory: number;
  /** `shared_buffers`, bytes: pages of a table or an index beyond it are read anew whenever they are needed. */
  readonly sharedBuffers: number;
}

export const capacity = catalogQuery<Capacity>({
  name: "capacity",
  sql: `
  select ${parsed("float8", "m.setting")} * 1024 as "maintenanceMemory",
         ${parsed("float8", "b.setting")} * ${parsed("float8", "pg_catalog.current_setting('block_size')")} as "sharedBuffers"
    from pg_catalog.pg_settings m, pg_catalog.pg_settings b
   where m.name = 'maintenance_work_mem' and b.name = 'shared_buffers'`,
});

/** Undefined of snapshots that were written before it was asked. */
export async function readCapacity(database: Database): Promise<Capacity | undefined> {
  const [row] = await database.read<Capacity>(capacity.sql);
  return row;
}
