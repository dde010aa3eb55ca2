import cacheMissQuery from "./query/cache-miss-query.ts";
import highVariance from "./query/high-variance.ts";
import slowQueryByTotalTime from "./query/slow-query-by-total-time.ts";
import tempFiles from "./query/temp-files.ts";
import type { UsageRule } from "./rule.ts";

/** Those that judge what `pg_stat_statements` counted, not a text. In the order of their file names. */
export const queryUsageRules: readonly UsageRule[] = [cacheMissQuery, highVariance, slowQueryByTotalTime, tempFiles];
