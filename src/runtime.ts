import { openSnapshot } from "./catalog/snapshot-database.ts";
import { readConfigFile } from "./config/file.ts";
import type { Config } from "./config.ts";
import { openAuditLog } from "./database/audit-log.ts";
import { connectionFrom, replicasFrom } from "./database/connection-string.ts";
import { type LiveDatabase, openDatabase } from "./database/live-database.ts";
import { type NamedDatabases, openNamed } from "./database/named-databases.ts";
import { ToolError } from "./error.ts";
import { type Knowledge, knowledgeIn } from "./knowledge.ts";
import { type Prompts, promptsIn } from "./prompts.ts";
import type { RuleFile } from "./tools/suppressed.ts";
import { openTwin, type Twin } from "./twin/twin.ts";
import { type Views, viewsIn } from "./views.ts";

/** What outlives a connection: one database, one twin, the pages. Each starts on first use. */
export interface Services {
  database(): LiveDatabase;
  readonly hasDatabase: boolean;
  replicas(): readonly LiveDatabase[];
  readonly others: NamedDatabases;
  fileNamed(path: string): string;
  ruleFile(): RuleFile;
  readonly twin: Twin;
  readonly knowledge: Knowledge;
  readonly prompts: Prompts;
  readonly views: Views;
  close(): Promise<void>;
}

export function openServices({
  environment,
  snapshot,
  access,
  auditLog: auditFile,
  http,
  configFile,
  root,
}: Pick<Config, "environment" | "snapshot" | "access" | "auditLog" | "http" | "configFile" | "root">): Services {
  const auditLog = auditFile === undefined ? undefined : openAuditLog(auditFile);
  const twin = openTwin({ folder: new URL("dist/", root) });
  let opened: LiveDatabase | undefined;
  let replicas: readonly LiveDatabase[] | undefined;
  const others = openNamed(environment, auditLog);
  return {
    twin,
    knowledge: knowledgeIn(new URL("knowledge/", root)),
    prompts: promptsIn(new URL("prompts/", root)),
    views: viewsIn(new URL("dist/views/", root)),
    hasDatabase: snapshot !== undefined || isConfigured(environment),
    database() {
      if (opened) return opened;
      if (snapshot !== undefined) {
        opened = openSnapshot(snapshot);
        return opened;
      }
      const connection = connectionFrom(environment);
      if (!connection) {
        throw new ToolError("no_database", "This needs a database. Start the server with DATABASE_URL, or pass the schema as schema_sql.");
      }
      opened = openDatabase(connection, { access, auditLog });
      return opened;
    },
    replicas() {
      // Our own queries only, whatever the database itself is open to.
      replicas ??= snapshot === undefined ? replicasFrom(environment).map((connection) => openDatabase(connection, { auditLog })) : [];
      return replicas;
    },
    others,
    fileNamed(path) {
      if (http === undefined) return path;
      throw new ToolError(
        "refused",
        "Over HTTP no file can be named: it would be one of the machine that serves. Start a server over stdio for it.",
      );
    },
    ruleFile() {
      const { rules, style, path: where = "" } = readConfigFile(configFile, process.cwd());
      return { rules, style, where };
    },
    async close() {
      await Promise.all([opened?.close(), ...(replicas ?? []).map((replica) => replica.close()), others.close(), twin.close()]);
      auditLog?.close();
    },
  };
}

/** A connection string that cannot be read is one all the same: whoever asks for the database is told what is wrong with it. */
function isConfigured(environment: Config["environment"]): boolean {
  try {
    return connectionFrom(environment) !== undefined;
  } catch {
    return true;
  }
}
