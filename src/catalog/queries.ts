import { activity } from "./activity.ts";
import { aggregates } from "./aggregates.ts";
import { baseTypes } from "./base-types.ts";
import { bloat } from "./bloat.ts";
import { capacity } from "./capacity.ts";
import { casts } from "./casts.ts";
import { collationVersions } from "./collation-versions.ts";
import { collations } from "./collations.ts";
import { columns } from "./columns.ts";
import { constraints } from "./constraints.ts";
import { counters } from "./counters.ts";
import { deadRows } from "./dead-rows.ts";
import { defaultGrants } from "./default-grants.ts";
import { dependents, parts } from "./dependents.ts";
import { extendedStatistics } from "./extended-statistics.ts";
import { extendedValues, extendedValuesBefore15 } from "./extended-statistics-values.ts";
import { extensions } from "./extensions.ts";
import { fingerprint } from "./fingerprint.ts";
import { followers } from "./followers.ts";
import { freezing } from "./freezing.ts";
import { functionCalls } from "./function-calls.ts";
import { functionUses } from "./function-uses.ts";
import { functions, functionsOfSchemas } from "./functions.ts";
import { grants } from "./grants.ts";
import { guardedSchemas } from "./guarded-schemas.ts";
import { indexBloat } from "./index-bloat.ts";
import { indexUse, indexUseBefore16 } from "./index-use.ts";
import { indexes } from "./indexes.ts";
import { functionNames, neededRelations, relationNames } from "./names.ts";
import { neighbours } from "./neighbours.ts";
import { objectQueries } from "./objects/objects.ts";
import { openTransactions } from "./open-transactions.ts";
import { operators } from "./operators.ts";
import { origin } from "./origin.ts";
import { plannerSigns } from "./planners.ts";
import { policies } from "./policies.ts";
import { poolers } from "./poolers.ts";
import { publications } from "./publications.ts";
import type { CatalogQuery } from "./query.ts";
import { rangeStatistics, rangeStatisticsAllowed } from "./range-statistics.ts";
import { referrers } from "./referrers.ts";
import { relationEdges } from "./relation-edges.ts";
import { replicationSlots } from "./replication-slots.ts";
import { rewrites } from "./rewrites.ts";
import { rights } from "./rights.ts";
import { roles } from "./roles.ts";
import { schemas } from "./schemas.ts";
import { sequences } from "./sequences.ts";
import { serverCounters, serverCountersBefore16, serverCountersBefore17 } from "./server-counters.ts";
import { serverSettings } from "./server-settings.ts";
import { blocked, sessions } from "./sessions.ts";
import { roleSettings, server, timeouts } from "./settings.ts";
import { sight } from "./sight.ts";
import { spreads } from "./spreads.ts";
import { standbys } from "./standbys.ts";
import { statistics, statisticsBefore17 } from "./statistics.ts";
import { statisticsAccess } from "./statistics-access.ts";
import { tables } from "./tables.ts";
import { triggers } from "./triggers.ts";
import { userTypes } from "./user-types.ts";
import { views } from "./views.ts";
import { statementsIn, workloadInfoIn, workloadPlace } from "./workload.ts";

/** Every statement that a user's database sees in a transaction of ours. Those of the workload name its views as a snapshot does. */
export const catalogQueries: readonly CatalogQuery[] = [
  activity,
  aggregates,
  baseTypes,
  capacity,
  casts,
  collations,
  collationVersions,
  columns,
  constraints,
  counters,
  defaultGrants,
  dependents,
  extendedStatistics,
  extendedValues,
  extendedValuesBefore15,
  extensions,
  fingerprint,
  functionCalls,
  functionNames,
  functions,
  functionsOfSchemas,
  functionUses,
  grants,
  guardedSchemas,
  indexes,
  indexUse,
  indexUseBefore16,
  neededRelations,
  neighbours,
  ...objectQueries,
  openTransactions,
  operators,
  origin,
  parts,
  plannerSigns,
  policies,
  poolers,
  publications,
  rangeStatistics,
  rangeStatisticsAllowed,
  referrers,
  relationEdges,
  relationNames,
  replicationSlots,
  rewrites,
  rights,
  roles,
  roleSettings,
  schemas,
  sequences,
  server,
  spreads,
  standbys,
  statistics,
  statisticsAccess,
  statisticsBefore17,
  tables,
  timeouts,
  triggers,
  userTypes,
  views,
  bloat,
  indexBloat,
  blocked,
  deadRows,
  followers,
  freezing,
  serverCounters,
  serverCountersBefore16,
  serverCountersBefore17,
  serverSettings,
  sessions,
  sight,
  workloadPlace,
  statementsIn("pg_stat_statements"),
  workloadInfoIn("pg_stat_statements_info"),
];

/** Those that a server of this version is asked. */
export const queriesFor = (versionNumber: number): readonly CatalogQuery[] =>
  catalogQueries.filter(({ since = 0, before = Number.POSITIVE_INFINITY }) => since <= versionNumber && versionNumber < before);
