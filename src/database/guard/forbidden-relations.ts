import { nameOf } from "../../sql/quote.ts";
import { FIRST_NORMAL_OID } from "./node-tree.ts";
import { refused } from "./refused.ts";
import type { RelationFacts } from "./relations.ts";
import type { Mode } from "./statement.ts";

/** They hold passwords, keys, connection strings or what was configured in secret. Counting their rows is enough to guess them. */
const secret = new Set(
  `
  pg_authid pg_shadow pg_user_mapping pg_user_mappings pg_subscription pg_hba_file_rules pg_ident_file_mappings
  pg_file_settings pg_largeobject pg_foreign_server pg_foreign_table pg_foreign_data_wrapper pg_db_role_setting pg_config
  pg_backend_memory_contexts pg_shmem_allocations pg_shmem_allocations_numa pg_stat_wal_receiver
  foreign_data_wrapper_options foreign_server_options foreign_table_options user_mapping_options column_options
  _pg_foreign_data_wrappers _pg_foreign_servers _pg_foreign_tables _pg_foreign_table_columns _pg_user_mappings
  `
    .trim()
    .split(/\s+/),
);

const written = ({ schema, name }: RelationFacts) => nameOf(schema === "pg_catalog" ? undefined : schema, name).toString();

export const isSystem = ({ oid, schema }: RelationFacts): boolean =>
  oid < FIRST_NORMAL_OID && (schema === "pg_catalog" || schema === "information_schema");

/** Not asked of what the views of Postgres itself read, because they show of it only what everybody may know. */
export function refuseSecret(facts: RelationFacts): void {
  if (isSystem(facts) && secret.has(facts.name))
    throw refused("relations", `${written(facts)} can hold passwords or keys`, "Leave it out of the statement.");
}

export function refuseForeign(facts: RelationFacts, mode: Mode): void {
  const { wrapper } = facts;
  if (facts.kind !== "f") return;
  const name = `the foreign table ${written(facts)}`;
  if (mode === "analyze")
    throw refused("relations", `${name} is read from outside of this database`, "Ask for the plan without `analyze: true`.");
  const objection = wrapper ? objectionTo(wrapper) : "has no server";
  if (objection !== undefined) throw refused("relations", `${name} ${objection}`, "Leave it out of the statement.");
}

function objectionTo({ name, extension, options }: NonNullable<RelationFacts["wrapper"]>): string | undefined {
  const set = (option: string) => options.find((written) => written.startsWith(`${option}=`))?.slice(option.length + 1);
  if (extension !== name || (name !== "postgres_fdw" && name !== "file_fdw"))
    return `belongs to the wrapper ${name}, of which nobody knows what planning does`;
  if (set("program") !== undefined) return "runs a program";
  const asksRemote = options.some((option) => /^use_remote_estimate=/.test(option) && !/=(false|off|no|0|f|n)$/i.test(option));
  return asksRemote ? "asks its server when a query is planned (use_remote_estimate)" : undefined;
}

/** A rule puts other commands in the place of the one that was written. */
export function refuseRules(facts: RelationFacts): void {
  if (facts.rules)
    throw refused(
      "relations",
      `${written(facts)} has rules that rewrite what is written to it`,
      "Ask about the statement that they make of it.",
    );
}
