import charType from "./migration/char-type.ts";
import columnTypeJson from "./migration/column-type-json.ts";
import domainConstraint from "./migration/domain-constraint.ts";
import enumTypeCreated from "./migration/enum-type-created.ts";
import enumValueWithoutPosition from "./migration/enum-value-without-position.ts";
import indexTooManyColumns from "./migration/index-too-many-columns.ts";
import missingLockTimeout from "./migration/missing-lock-timeout.ts";
import missingStatementTimeout from "./migration/missing-statement-timeout.ts";
import multipleAlterSameTable from "./migration/multiple-alter-same-table.ts";
import notIdempotent from "./migration/not-idempotent.ts";
import preferBigint from "./migration/prefer-bigint.ts";
import preferIdentity from "./migration/prefer-identity.ts";
import preferText from "./migration/prefer-text.ts";
import preferTimestamptz from "./migration/prefer-timestamptz.ts";
import unqualifiedTableName from "./migration/unqualified-table-name.ts";
import type { MigrationRule } from "./rule.ts";

/** Matters of taste and of policy: asked only where somebody wants them. */
export const migrationStyleRules: readonly MigrationRule[] = [
  charType,
  columnTypeJson,
  domainConstraint,
  enumTypeCreated,
  enumValueWithoutPosition,
  indexTooManyColumns,
  missingLockTimeout,
  missingStatementTimeout,
  multipleAlterSameTable,
  notIdempotent,
  preferBigint,
  preferIdentity,
  preferText,
  preferTimestamptz,
  unqualifiedTableName,
];
