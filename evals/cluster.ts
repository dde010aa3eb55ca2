import { startCluster } from "../tests/postgres/server.ts";

/** The tasks' Postgres 18. Without autovacuum, so that each run sees the same statistics. */
export const startPostgres = () =>
  startCluster(18, { settings: { shared_preload_libraries: "pg_stat_statements", autovacuum: "off", lc_messages: "C" } });
