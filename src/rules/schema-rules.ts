import type { SchemaRule } from "./rule.ts";
import btreeOnArray from "./schema/btree-on-array.ts";
import btreeOnJsonb from "./schema/btree-on-jsonb.ts";
import disabledTrigger from "./schema/disabled-trigger.ts";
import duplicateIndex from "./schema/duplicate-index.ts";
import extensionInPublic from "./schema/extension-in-public.ts";
import extensionOutdated from "./schema/extension-outdated.ts";
import floatForMoney from "./schema/float-for-money.ts";
import foreignKeyDuplicate from "./schema/foreign-key-duplicate.ts";
import foreignKeyInt4ToBigint from "./schema/foreign-key-int4-to-bigint.ts";
import foreignKeyMatchNullableMulticolumn from "./schema/foreign-key-match-nullable-multicolumn.ts";
import foreignKeyTypeMismatch from "./schema/foreign-key-type-mismatch.ts";
import foreignKeyUnindexed from "./schema/foreign-key-unindexed.ts";
import functionSearchPathMutable from "./schema/function-search-path-mutable.ts";
import invalidIndex from "./schema/invalid-index.ts";
import matviewExposed from "./schema/matview-exposed.ts";
import multiplePermissivePolicies from "./schema/multiple-permissive-policies.ts";
import notValidatedConstraint from "./schema/not-validated-constraint.ts";
import policyExistsRlsDisabled from "./schema/policy-exists-rls-disabled.ts";
import primaryKeyInt4 from "./schema/primary-key-int4.ts";
import publicSchemaCreate from "./schema/public-schema-create.ts";
import publishedTableWithoutReplicaIdentity from "./schema/published-table-without-replica-identity.ts";
import redundantIndexPrefix from "./schema/redundant-index-prefix.ts";
import rlsDisabledExposedTable from "./schema/rls-disabled-exposed-table.ts";
import rlsEnabledNoPolicy from "./schema/rls-enabled-no-policy.ts";
import rlsInitplan from "./schema/rls-initplan.ts";
import rlsPolicyAlwaysTrue from "./schema/rls-policy-always-true.ts";
import rlsPolicyUnindexedColumn from "./schema/rls-policy-unindexed-column.ts";
import rlsUserMetadata from "./schema/rls-user-metadata.ts";
import sbAuthUsersExposed from "./schema/sb-auth-users-exposed.ts";
import sbFkeyToAuthUnique from "./schema/sb-fkey-to-auth-unique.ts";
import sbQueueExposed from "./schema/sb-queue-exposed.ts";
import securityDefinerFunctionExecutable from "./schema/security-definer-function-executable.ts";
import sensitiveColumnsExposed from "./schema/sensitive-columns-exposed.ts";
import sequenceNearExhaustion from "./schema/sequence-near-exhaustion.ts";
import tableWithoutPrimaryKey from "./schema/table-without-primary-key.ts";
import typeTimestampWithoutTz from "./schema/type-timestamp-without-tz.ts";
import unloggedTable from "./schema/unlogged-table.ts";
import unusedIndex from "./schema/unused-index.ts";
import viewSecurityDefiner from "./schema/view-security-definer.ts";

/** In the order of their file names, as `tests/rules/lists.test.ts` holds. */
export const schemaRules: readonly SchemaRule[] = [
  btreeOnArray,
  btreeOnJsonb,
  disabledTrigger,
  duplicateIndex,
  extensionInPublic,
  extensionOutdated,
  floatForMoney,
  foreignKeyDuplicate,
  foreignKeyInt4ToBigint,
  foreignKeyMatchNullableMulticolumn,
  foreignKeyTypeMismatch,
  foreignKeyUnindexed,
  functionSearchPathMutable,
  invalidIndex,
  matviewExposed,
  multiplePermissivePolicies,
  notValidatedConstraint,
  policyExistsRlsDisabled,
  primaryKeyInt4,
  publicSchemaCreate,
  publishedTableWithoutReplicaIdentity,
  redundantIndexPrefix,
  rlsDisabledExposedTable,
  rlsEnabledNoPolicy,
  rlsInitplan,
  rlsPolicyAlwaysTrue,
  rlsPolicyUnindexedColumn,
  rlsUserMetadata,
  sbAuthUsersExposed,
  sbFkeyToAuthUnique,
  sbQueueExposed,
  securityDefinerFunctionExecutable,
  sensitiveColumnsExposed,
  sequenceNearExhaustion,
  tableWithoutPrimaryKey,
  typeTimestampWithoutTz,
  unloggedTable,
  unusedIndex,
  viewSecurityDefiner,
];
