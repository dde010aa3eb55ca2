import { readFile } from "node:fs/promises";
import { inject } from "vitest";
import { createDatabase, createTemplate, type Version } from "./server.ts";

/** What tests/setup.ts tells every test file of a server that runs for all of them. */
export interface SharedCluster {
  /** Of the database `postgres`, as its superuser. */
  readonly url: string;
  readonly logFile: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly postgres: Readonly<Record<Version, SharedCluster>>;
  }
}

/** The server of this version that all test files share. */
export function cluster(version: Version) {
  const { url, logFile } = inject("postgres")[version];
  return {
    version,
    url: (database = "postgres") => Object.assign(new URL(url), { pathname: `/${database}` }).href,
    log: () => readFile(logFile, "utf8"),
  };
}

/** A database of its own in the shared server of this version. It lives until the test run ends, or until `drop()`. */
export const freshDatabase = (version: Version, sql?: string) => createDatabase(cluster(version), sql);

/** The same, as a copy of what `sql` makes, which this server makes once, and with `inEach` run in the copy. */
export async function copyOf(version: Version, { name, sql, inEach }: { name: string; sql: string; inEach?: string | undefined }) {
  await createTemplate(cluster(version), name, sql);
  return createDatabase(cluster(version), inEach, name);
}
