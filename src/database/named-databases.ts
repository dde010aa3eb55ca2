import type { AuditLog } from "./audit-log.ts";
import { connectionNamed, databaseNames } from "./connection-string.ts";
import { type LiveDatabase, openDatabase } from "./live-database.ts";

/** Databases beside the one that is asked about. They see our own queries only, whatever that one is open to. */
export interface NamedDatabases {
  readonly names: readonly string[];
  /** Undefined where none is called so; throws what is wrong with its connection string. */
  named(name: string): LiveDatabase | undefined;
  close(): Promise<void>;
}

/** Each is opened when it is first asked for. */
export function openNamed(environment: Readonly<Record<string, string | undefined>>, auditLog: AuditLog | undefined): NamedDatabases {
  const opened = new Map<string, LiveDatabase>();
  return {
    names: databaseNames(environment),
    named(name) {
      const connection = connectionNamed(name, environment);
      if (connection === undefined) return undefined;
      const database = opened.get(name) ?? openDatabase(connection, { auditLog });
      opened.set(name, database);
      return database;
    },
    async close() {
      await Promise.all([...opened.values()].map((database) => database.close()));
    },
  };
}
