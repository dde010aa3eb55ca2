import addCheckWithoutNotValid from "./migration/add-check-without-not-valid.ts";
import addColumnAutoIncrement from "./migration/add-column-auto-increment.ts";
import addColumnConstrainedDomain from "./migration/add-column-constrained-domain.ts";
import addColumnNotNullWithoutDefault from "./migration/add-column-not-null-without-default.ts";
import addColumnStoredGenerated from "./migration/add-column-stored-generated.ts";
import addColumnVolatileDefault from "./migration/add-column-volatile-default.ts";
import addExclusionConstraint from "./migration/add-exclusion-constraint.ts";
import addForeignKeyWithoutNotValid from "./migration/add-foreign-key-without-not-valid.ts";
import addPrimaryKeyWithoutIndex from "./migration/add-primary-key-without-index.ts";
import addUniqueConstraintWithoutIndex from "./migration/add-unique-constraint-without-index.ts";
import alterColumnType from "./migration/alter-column-type.ts";
import alterColumnTypeBlockedByDependency from "./migration/alter-column-type-blocked-by-dependency.ts";
import attachPartitionBuildsIndex from "./migration/attach-partition-builds-index.ts";
import attachPartitionDefaultScan from "./migration/attach-partition-default-scan.ts";
import attachPartitionScan from "./migration/attach-partition-scan.ts";
import concurrentIndexIfNotExistsInvalid from "./migration/concurrent-index-if-not-exists-invalid.ts";
import concurrentOpInTransaction from "./migration/concurrent-op-in-transaction.ts";
import createIndexNotConcurrent from "./migration/create-index-not-concurrent.ts";
import createPartitionOfLocksParent from "./migration/create-partition-of-locks-parent.ts";
import createTriggerLock from "./migration/create-trigger-lock.ts";
import deleteWithoutWhereInMigration from "./migration/delete-without-where.ts";
import detachPartitionNotConcurrent from "./migration/detach-partition-not-concurrent.ts";
import dropCascade from "./migration/drop-cascade.ts";
import dropColumn from "./migration/drop-column.ts";
import dropIndexNotConcurrent from "./migration/drop-index-not-concurrent.ts";
import dropNotNull from "./migration/drop-not-null.ts";
import dropSchema from "./migration/drop-schema.ts";
import dropTable from "./migration/drop-table.ts";
import duplicateColumnAssignment from "./migration/duplicate-column-assignment.ts";
import enableDisableTriggerLock from "./migration/enable-disable-trigger-lock.ts";
import enumValueUsedInSameTransaction from "./migration/enum-value-used-in-same-transaction.ts";
import explicitLockTable from "./migration/explicit-lock-table.ts";
import generatedExpressionRewrite from "./migration/generated-expression-rewrite.ts";
import identifierTooLong from "./migration/identifier-too-long.ts";
import primaryKeyUsingNullableIndex from "./migration/primary-key-using-nullable-index.ts";
import refreshMatviewNotConcurrent from "./migration/refresh-matview-not-concurrent.ts";
import reindexNotConcurrent from "./migration/reindex-not-concurrent.ts";
import renameColumn from "./migration/rename-column.ts";
import renameEnumValue from "./migration/rename-enum-value.ts";
import renameSchema from "./migration/rename-schema.ts";
import renameTable from "./migration/rename-table.ts";
import setLoggedRewrite from "./migration/set-logged-rewrite.ts";
import setNotNullScan from "./migration/set-not-null-scan.ts";
import setSchema from "./migration/set-schema.ts";
import statementWhileHoldingAccessExclusive from "./migration/statement-while-holding-access-exclusive.ts";
import transactionNesting from "./migration/transaction-nesting.ts";
import truncateCascade from "./migration/truncate-cascade.ts";
import truncateTable from "./migration/truncate-table.ts";
import unbatchedBackfill from "./migration/unbatched-backfill.ts";
import uncommittedTransaction from "./migration/uncommitted-transaction.ts";
import updateWithoutWhere from "./migration/update-without-where.ts";
import vacuumFullOrCluster from "./migration/vacuum-full-or-cluster.ts";
import validateConstraintSameTransaction from "./migration/validate-constraint-same-transaction.ts";
import limitOrderedIndexTrap from "./plan/limit-ordered-index-trap.ts";
import nestedLoopExplosion from "./plan/nested-loop-explosion.ts";
import rowMisestimate from "./plan/row-misestimate.ts";
import seqScanLargeFiltered from "./plan/seq-scan-large-filtered.ts";
import sortSpill from "./plan/sort-spill.ts";
import cartesianJoin from "./query/cartesian-join.ts";
import deleteWithoutWhere from "./query/delete-without-where.ts";
import functionOnColumn from "./query/function-on-column.ts";
import leadingWildcardLike from "./query/leading-wildcard-like.ts";
import notInSubqueryNullable from "./query/not-in-subquery-nullable.ts";
import nullEquality from "./query/null-equality.ts";
import offsetPagination from "./query/offset-pagination.ts";
import outerJoinTurnedInner from "./query/outer-join-turned-inner.ts";
import type { MigrationRule, PlanRule, QueryRule, SchemaRule } from "./rule.ts";
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

/** In the order of their file names, as `tests/rules/index.test.ts` holds. */
export const queryRules: readonly QueryRule[] = [
  cartesianJoin,
  deleteWithoutWhere,
  functionOnColumn,
  leadingWildcardLike,
  notInSubqueryNullable,
  nullEquality,
  offsetPagination,
  outerJoinTurnedInner,
];

export const planRules: readonly PlanRule[] = [limitOrderedIndexTrap, nestedLoopExplosion, rowMisestimate, seqScanLargeFiltered, sortSpill];

export const migrationRules: readonly MigrationRule[] = [
  addCheckWithoutNotValid,
  addColumnAutoIncrement,
  addColumnConstrainedDomain,
  addColumnNotNullWithoutDefault,
  addColumnStoredGenerated,
  addColumnVolatileDefault,
  addExclusionConstraint,
  addForeignKeyWithoutNotValid,
  addPrimaryKeyWithoutIndex,
  addUniqueConstraintWithoutIndex,
  alterColumnTypeBlockedByDependency,
  alterColumnType,
  attachPartitionBuildsIndex,
  attachPartitionDefaultScan,
  attachPartitionScan,
  concurrentIndexIfNotExistsInvalid,
  concurrentOpInTransaction,
  createIndexNotConcurrent,
  createPartitionOfLocksParent,
  createTriggerLock,
  deleteWithoutWhereInMigration,
  detachPartitionNotConcurrent,
  dropCascade,
  dropColumn,
  dropIndexNotConcurrent,
  dropNotNull,
  dropSchema,
  dropTable,
  duplicateColumnAssignment,
  enableDisableTriggerLock,
  enumValueUsedInSameTransaction,
  explicitLockTable,
  generatedExpressionRewrite,
  identifierTooLong,
  primaryKeyUsingNullableIndex,
  refreshMatviewNotConcurrent,
  reindexNotConcurrent,
  renameColumn,
  renameEnumValue,
  renameSchema,
  renameTable,
  setLoggedRewrite,
  setNotNullScan,
  setSchema,
  statementWhileHoldingAccessExclusive,
  transactionNesting,
  truncateCascade,
  truncateTable,
  unbatchedBackfill,
  uncommittedTransaction,
  updateWithoutWhere,
  vacuumFullOrCluster,
  validateConstraintSameTransaction,
];

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
