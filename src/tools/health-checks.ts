import { healthRules } from "../rules/health-rules.ts";
import type { HealthRule, SchemaRule } from "../rules/rule.ts";
import { schemaRules } from "../rules/schema-rules.ts";

/** The parts of an examination, in the order in which they are asked for. */
export const checks = [
  "vacuum",
  "bloat",
  "indexes",
  "sequences",
  "connections",
  "transactions",
  "io",
  "replication",
  "checkpoints",
  "settings",
  "versions",
  "backups",
] as const;
export type Check = (typeof checks)[number];

/** The last only for those who ask for it. */
export const askable = [...checks, "maturity"] as const;

/** Rules of a schema that a running server makes urgent. */
const schemaIds: Partial<Record<Check, readonly string[]>> = {
  indexes: ["duplicate-index", "invalid-index", "redundant-index-prefix", "unused-index"],
  sequences: ["primary-key-int4", "sequence-near-exhaustion"],
  versions: ["collation-version-mismatch", "extension-outdated"],
};

const ofHealth: Partial<Record<Check, readonly HealthRule[]>> = healthRules;

export const healthRulesOf = (chosen: readonly Check[]): readonly HealthRule[] => chosen.flatMap((check) => ofHealth[check] ?? []);

export function schemaRulesOf(chosen: readonly Check[]): readonly SchemaRule[] {
  const ids = new Set(chosen.flatMap((check) => schemaIds[check] ?? []).map((id) => `schema/${id}`));
  return schemaRules.filter(({ id }) => ids.has(id));
}

/** What stands in no snapshot, since it is so at one moment only. */
export const liveOnly: ReadonlySet<Check> = new Set(["vacuum", "bloat", "connections", "transactions", "replication"]);
