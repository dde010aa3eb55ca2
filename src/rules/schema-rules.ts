import type { SchemaRule } from "./rule.ts";
import allColumnsNullable from "./schema/all-columns-nullable.ts";
import onBoolean from "./schema/boolean.ts";
import btreeIndexRowSize from "./schema/btree-index-row-size.ts";
import btreeOnArray from "./schema/btree-on-array.ts";
import btreeOnJsonb from "./schema/btree-on-jsonb.ts";
import paddedChar from "./schema/char.ts";
import collationVersionMismatch from "./schema/collation-version-mismatch.ts";
import columnOrderPadding from "./schema/column-order-padding.ts";
import defaultPartitionFilling from "./schema/default-partition-filling.ts";
import disabledTrigger from "./schema/disabled-trigger.ts";
import duplicateIndex from "./schema/duplicate-index.ts";
import eavTable from "./schema/eav-table.ts";
import extendedStatisticsCandidate from "./schema/extended-statistics-candidate.ts";
import extensionInPublic from "./schema/extension-in-public.ts";
import extensionOutdated from "./schema/extension-outdated.ts";
import extensionScriptUnsafe from "./schema/extension-script-unsafe.ts";
import fillfactorHotUpdates from "./schema/fillfactor-hot-updates.ts";
import floatForMoney from "./schema/float-for-money.ts";
import foreignKeyDuplicate from "./schema/foreign-key-duplicate.ts";
import foreignKeyInt4ToBigint from "./schema/foreign-key-int4-to-bigint.ts";
import foreignKeyMatchNullableMulticolumn from "./schema/foreign-key-match-nullable-multicolumn.ts";
import foreignKeyTypeMismatch from "./schema/foreign-key-type-mismatch.ts";
import foreignKeyUnindexed from "./schema/foreign-key-unindexed.ts";
import foreignTableExposed from "./schema/foreign-table-exposed.ts";
import functionSearchPathMutable from "./schema/function-search-path-mutable.ts";
import godTable from "./schema/god-table.ts";
import inconsistentName from "./schema/inconsistent.ts";
import indexOnLowCardinality from "./schema/index-on-low-cardinality.ts";
import indexOnNullableMostlyNull from "./schema/index-on-nullable-mostly-null.ts";
import indexUnnecessaryWhere from "./schema/index-unnecessary-where.ts";
import intersectingForeignKeys from "./schema/intersecting.ts";
import invalidIndex from "./schema/invalid-index.ts";
import jsonType from "./schema/json.ts";
import matviewExposed from "./schema/matview-exposed.ts";
import missingForeignKeyCandidate from "./schema/missing-foreign-key-candidate.ts";
import missingIndexSeqScans from "./schema/missing-index-seq-scans.ts";
import moneyType from "./schema/money.ts";
import multiValuedColumn from "./schema/multi-valued-column.ts";
import multiplePermissivePolicies from "./schema/multiple-permissive-policies.ts";
import namingUppercase from "./schema/naming-uppercase.ts";
import noDescription from "./schema/no-description.ts";
import notValidatedConstraint from "./schema/not-validated-constraint.ts";
import partitionKeyNullable from "./schema/partition-key-nullable.ts";
import partitionMissingNext from "./schema/partition-missing-next.ts";
import partitionUniqueWithoutKey from "./schema/partition-unique-without-key.ts";
import policyExistsRlsDisabled from "./schema/policy-exists-rls-disabled.ts";
import primaryKeyInt4 from "./schema/primary-key-int4.ts";
import publicSchemaCreate from "./schema/public-schema-create.ts";
import publishedTableWithoutReplicaIdentity from "./schema/published-table-without-replica-identity.ts";
import rarelyUsedLargeIndex from "./schema/rarely-used-large-index.ts";
import redundantIndexPrefix from "./schema/redundant-index-prefix.ts";
import regTypesInTable from "./schema/reg-types-in-table.ts";
import repeatedColumns from "./schema/repeated-columns.ts";
import reservedWord from "./schema/reserved.ts";
import rlsBypassOwner from "./schema/rls-bypass-owner.ts";
import rlsDisabledExposedTable from "./schema/rls-disabled-exposed-table.ts";
import rlsEnabledNoPolicy from "./schema/rls-enabled-no-policy.ts";
import rlsInitplan from "./schema/rls-initplan.ts";
import rlsPolicyAlwaysTrue from "./schema/rls-policy-always-true.ts";
import rlsPolicyUnindexedColumn from "./schema/rls-policy-unindexed-column.ts";
import rlsUserMetadata from "./schema/rls-user-metadata.ts";
import rewriteRules from "./schema/rules.ts";
import sbAuthUsersExposed from "./schema/sb-auth-users-exposed.ts";
import sbFkeyToAuthUnique from "./schema/sb-fkey-to-auth-unique.ts";
import sbGraphqlAnonExposed from "./schema/sb-graphql-anon-exposed.ts";
import sbGraphqlAuthExposed from "./schema/sb-graphql-auth-exposed.ts";
import sbPublicBucketListing from "./schema/sb-public-bucket-listing.ts";
import sbQueueExposed from "./schema/sb-queue-exposed.ts";
import securityDefinerFunctionExecutable from "./schema/security-definer-function-executable.ts";
import sensitiveColumnsExposed from "./schema/sensitive-columns-exposed.ts";
import sequenceNearExhaustion from "./schema/sequence-near-exhaustion.ts";
import serialColumn from "./schema/serial-column.ts";
import singleColumn from "./schema/single-column.ts";
import statsStale from "./schema/stats-stale.ts";
import statsTargetLowSkew from "./schema/stats-target-low-skew.ts";
import superuserAppRole from "./schema/superuser-app-role.ts";
import tableInheritance from "./schema/table-inheritance.ts";
import tableNeverAnalyzed from "./schema/table-never-analyzed.ts";
import tableWithoutLinks from "./schema/table-without-links.ts";
import tableWithoutPrimaryKey from "./schema/table-without-primary-key.ts";
import timestampSeconds from "./schema/timestamp.ts";
import timestampInTheMiddleIndex from "./schema/timestamp-in-the-middle-index.ts";
import timetz from "./schema/timetz.ts";
import typeTimestampWithoutTz from "./schema/type-timestamp-without-tz.ts";
import unloggedTable from "./schema/unlogged-table.ts";
import unusedIndex from "./schema/unused-index.ts";
import uuidStoredAsText from "./schema/uuid-stored-as-text.ts";
import uuidv4PrimaryKey from "./schema/uuidv4-primary-key.ts";
import borrowedVarchar from "./schema/varchar.ts";
import viewSecurityDefiner from "./schema/view-security-definer.ts";

/** In the order of their file names, as `tests/rules/lists.test.ts` holds. */
export const schemaRules: readonly SchemaRule[] = [
  allColumnsNullable,
  onBoolean,
  btreeIndexRowSize,
  btreeOnArray,
  btreeOnJsonb,
  paddedChar,
  collationVersionMismatch,
  columnOrderPadding,
  defaultPartitionFilling,
  disabledTrigger,
  duplicateIndex,
  eavTable,
  extendedStatisticsCandidate,
  extensionInPublic,
  extensionOutdated,
  extensionScriptUnsafe,
  fillfactorHotUpdates,
  floatForMoney,
  foreignKeyDuplicate,
  foreignKeyInt4ToBigint,
  foreignKeyMatchNullableMulticolumn,
  foreignKeyTypeMismatch,
  foreignKeyUnindexed,
  foreignTableExposed,
  functionSearchPathMutable,
  godTable,
  inconsistentName,
  indexOnLowCardinality,
  indexOnNullableMostlyNull,
  indexUnnecessaryWhere,
  intersectingForeignKeys,
  invalidIndex,
  jsonType,
  matviewExposed,
  missingForeignKeyCandidate,
  missingIndexSeqScans,
  moneyType,
  multiValuedColumn,
  multiplePermissivePolicies,
  namingUppercase,
  noDescription,
  notValidatedConstraint,
  partitionKeyNullable,
  partitionMissingNext,
  partitionUniqueWithoutKey,
  policyExistsRlsDisabled,
  primaryKeyInt4,
  publicSchemaCreate,
  publishedTableWithoutReplicaIdentity,
  rarelyUsedLargeIndex,
  redundantIndexPrefix,
  regTypesInTable,
  repeatedColumns,
  reservedWord,
  rlsBypassOwner,
  rlsDisabledExposedTable,
  rlsEnabledNoPolicy,
  rlsInitplan,
  rlsPolicyAlwaysTrue,
  rlsPolicyUnindexedColumn,
  rlsUserMetadata,
  rewriteRules,
  sbAuthUsersExposed,
  sbFkeyToAuthUnique,
  sbGraphqlAnonExposed,
  sbGraphqlAuthExposed,
  sbPublicBucketListing,
  sbQueueExposed,
  securityDefinerFunctionExecutable,
  sensitiveColumnsExposed,
  sequenceNearExhaustion,
  serialColumn,
  singleColumn,
  statsStale,
  statsTargetLowSkew,
  superuserAppRole,
  tableInheritance,
  tableNeverAnalyzed,
  tableWithoutLinks,
  tableWithoutPrimaryKey,
  timestampInTheMiddleIndex,
  timestampSeconds,
  timetz,
  typeTimestampWithoutTz,
  unloggedTable,
  unusedIndex,
  uuidStoredAsText,
  uuidv4PrimaryKey,
  borrowedVarchar,
  viewSecurityDefiner,
];
