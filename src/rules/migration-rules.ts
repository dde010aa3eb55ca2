import addCheckWithoutNotValid from "./migration/add-check-without-not-valid.ts";
import addColumnAutoIncrement from "./migration/add-column-auto-increment.ts";
import addColumnConstrainedDomain from "./migration/add-column-constrained-domain.ts";
import addColumnDefaultRewritePre11 from "./migration/add-column-default-rewrite-pre11.ts";
import addColumnNotNullWithoutDefault from "./migration/add-column-not-null-without-default.ts";
import addColumnStoredGenerated from "./migration/add-column-stored-generated.ts";
import addColumnVolatileDefault from "./migration/add-column-volatile-default.ts";
import addExclusionConstraint from "./migration/add-exclusion-constraint.ts";
import addForeignKeyWithoutNotValid from "./migration/add-foreign-key-without-not-valid.ts";
import addPrimaryKeyWithoutIndex from "./migration/add-primary-key-without-index.ts";
import addUniqueConstraintWithoutIndex from "./migration/add-unique-constraint-without-index.ts";
import alterColumnType from "./migration/alter-column-type.ts";
import alterColumnTypeBlockedByDependency from "./migration/alter-column-type-blocked-by-dependency.ts";
import alterColumnTypeFkCascade from "./migration/alter-column-type-fk-cascade.ts";
import attachPartitionBuildsIndex from "./migration/attach-partition-builds-index.ts";
import attachPartitionDefaultScan from "./migration/attach-partition-default-scan.ts";
import attachPartitionScan from "./migration/attach-partition-scan.ts";
import concurrentIndexCorruptionPg14 from "./migration/concurrent-index-corruption-pg14.ts";
import concurrentIndexIfNotExistsInvalid from "./migration/concurrent-index-if-not-exists-invalid.ts";
import concurrentIndexLongTransaction from "./migration/concurrent-index-long-transaction.ts";
import concurrentOpInTransaction from "./migration/concurrent-op-in-transaction.ts";
import createIndexNotConcurrent from "./migration/create-index-not-concurrent.ts";
import createPartitionOfLocksParent from "./migration/create-partition-of-locks-parent.ts";
import createTriggerLock from "./migration/create-trigger-lock.ts";
import deleteWithoutWhereInMigration from "./migration/delete-without-where.ts";
import detachPartitionNotConcurrent from "./migration/detach-partition-not-concurrent.ts";
import dropCascade from "./migration/drop-cascade.ts";
import dropColumn from "./migration/drop-column.ts";
import dropConstraintUnusedByPlanner from "./migration/drop-constraint-unused-by-planner.ts";
import dropDatabase from "./migration/drop-database.ts";
import dropIndexNotConcurrent from "./migration/drop-index-not-concurrent.ts";
import dropLocksReferencedTable from "./migration/drop-locks-referenced-table.ts";
import dropNotNull from "./migration/drop-not-null.ts";
import dropPartitionLocksParent from "./migration/drop-partition-locks-parent.ts";
import dropSchema from "./migration/drop-schema.ts";
import dropTable from "./migration/drop-table.ts";
import duplicateColumnAssignment from "./migration/duplicate-column-assignment.ts";
import dynamicDdl from "./migration/dynamic-ddl.ts";
import enableDisableTriggerLock from "./migration/enable-disable-trigger-lock.ts";
import enumValueUsedInSameTransaction from "./migration/enum-value-used-in-same-transaction.ts";
import explicitLockTable from "./migration/explicit-lock-table.ts";
import foreignKeyLocksParent from "./migration/foreign-key-locks-parent.ts";
import foreignKeyUnindexed from "./migration/foreign-key-unindexed.ts";
import functionReplaceDependency from "./migration/function-replace-dependency.ts";
import generatedExpressionRewrite from "./migration/generated-expression-rewrite.ts";
import grantsLost from "./migration/grants-lost.ts";
import idempotentMask from "./migration/idempotent-mask.ts";
import identifierTooLong from "./migration/identifier-too-long.ts";
import indexAlreadyExists from "./migration/index-already-exists.ts";
import indexBuildUniqueDuplicates from "./migration/index-build-unique-duplicates.ts";
import indexOnPartitionedParent from "./migration/index-on-partitioned-parent.ts";
import lockQueueNow from "./migration/lock-queue-now.ts";
import mixedDdlDml from "./migration/mixed-ddl-dml.ts";
import partitionDdlCascades from "./migration/partition-ddl-cascades.ts";
import primaryKeyUsingNullableIndex from "./migration/primary-key-using-nullable-index.ts";
import publicationSchemaDrift from "./migration/publication-schema-drift.ts";
import refreshMatviewNotConcurrent from "./migration/refresh-matview-not-concurrent.ts";
import reindexNotConcurrent from "./migration/reindex-not-concurrent.ts";
import renameAsDropAdd from "./migration/rename-as-drop-add.ts";
import renameColumn from "./migration/rename-column.ts";
import renameEnumValue from "./migration/rename-enum-value.ts";
import renameSchema from "./migration/rename-schema.ts";
import renameTable from "./migration/rename-table.ts";
import replicaIdentityMissing from "./migration/replica-identity-missing.ts";
import replicationSlotWal from "./migration/replication-slot-wal.ts";
import rewriteDiskSpace from "./migration/rewrite-disk-space.ts";
import rlsEnabledNoPolicy from "./migration/rls-enabled-no-policy.ts";
import rlsNotEnabledNewTable from "./migration/rls-not-enabled-new-table.ts";
import sequenceTypeMismatch from "./migration/sequence-type-mismatch.ts";
import setLocalOutsideTransaction from "./migration/set-local-outside-transaction.ts";
import setLoggedRewrite from "./migration/set-logged-rewrite.ts";
import setNotNullScan from "./migration/set-not-null-scan.ts";
import setSchema from "./migration/set-schema.ts";
import standbyConflict from "./migration/standby-conflict.ts";
import statementWhileHoldingAccessExclusive from "./migration/statement-while-holding-access-exclusive.ts";
import toastAndWalEstimate from "./migration/toast-and-wal-estimate.ts";
import transactionNesting from "./migration/transaction-nesting.ts";
import truncateCascade from "./migration/truncate-cascade.ts";
import truncateTable from "./migration/truncate-table.ts";
import unbatchedBackfill from "./migration/unbatched-backfill.ts";
import uncommittedTransaction from "./migration/uncommitted-transaction.ts";
import unvalidatedConstraintLeft from "./migration/unvalidated-constraint-left.ts";
import updateWithoutWhere from "./migration/update-without-where.ts";
import vacuumFullOrCluster from "./migration/vacuum-full-or-cluster.ts";
import validateConstraintSameTransaction from "./migration/validate-constraint-same-transaction.ts";
import viewColumnChange from "./migration/view-column-change.ts";
import wideLockWindow from "./migration/wide-lock-window.ts";
import type { MigrationRule } from "./rule.ts";

/** In the order of their file names, as `tests/rules/lists.test.ts` holds. */
export const migrationRules: readonly MigrationRule[] = [
  addCheckWithoutNotValid,
  addColumnAutoIncrement,
  addColumnConstrainedDomain,
  addColumnDefaultRewritePre11,
  addColumnNotNullWithoutDefault,
  addColumnStoredGenerated,
  addColumnVolatileDefault,
  addExclusionConstraint,
  addForeignKeyWithoutNotValid,
  addPrimaryKeyWithoutIndex,
  addUniqueConstraintWithoutIndex,
  alterColumnTypeBlockedByDependency,
  alterColumnTypeFkCascade,
  alterColumnType,
  attachPartitionBuildsIndex,
  attachPartitionDefaultScan,
  attachPartitionScan,
  concurrentIndexCorruptionPg14,
  concurrentIndexIfNotExistsInvalid,
  concurrentIndexLongTransaction,
  concurrentOpInTransaction,
  createIndexNotConcurrent,
  createPartitionOfLocksParent,
  createTriggerLock,
  deleteWithoutWhereInMigration,
  detachPartitionNotConcurrent,
  dropCascade,
  dropColumn,
  dropConstraintUnusedByPlanner,
  dropDatabase,
  dropIndexNotConcurrent,
  dropLocksReferencedTable,
  dropNotNull,
  dropPartitionLocksParent,
  dropSchema,
  dropTable,
  duplicateColumnAssignment,
  dynamicDdl,
  enableDisableTriggerLock,
  enumValueUsedInSameTransaction,
  explicitLockTable,
  foreignKeyLocksParent,
  foreignKeyUnindexed,
  functionReplaceDependency,
  generatedExpressionRewrite,
  grantsLost,
  idempotentMask,
  identifierTooLong,
  indexAlreadyExists,
  indexBuildUniqueDuplicates,
  indexOnPartitionedParent,
  lockQueueNow,
  mixedDdlDml,
  partitionDdlCascades,
  primaryKeyUsingNullableIndex,
  publicationSchemaDrift,
  refreshMatviewNotConcurrent,
  reindexNotConcurrent,
  renameAsDropAdd,
  renameColumn,
  renameEnumValue,
  renameSchema,
  renameTable,
  replicaIdentityMissing,
  replicationSlotWal,
  rewriteDiskSpace,
  rlsEnabledNoPolicy,
  rlsNotEnabledNewTable,
  sequenceTypeMismatch,
  setLocalOutsideTransaction,
  setLoggedRewrite,
  setNotNullScan,
  setSchema,
  standbyConflict,
  statementWhileHoldingAccessExclusive,
  toastAndWalEstimate,
  transactionNesting,
  truncateCascade,
  truncateTable,
  unbatchedBackfill,
  uncommittedTransaction,
  unvalidatedConstraintLeft,
  updateWithoutWhere,
  vacuumFullOrCluster,
  validateConstraintSameTransaction,
  viewColumnChange,
  wideLockWindow,
];
