import type { Catalog } from "../catalog/catalog.ts";
import { quote } from "../sql/quote.ts";
import { type Limit, qualified } from "./definitions.ts";
import { isSpoken } from "./function-definitions.ts";
import { bareType, standInColumns } from "./type-definitions.ts";

/** What is in the twin, but not as it is at home; and what plans there and not here. */
export function unmodelled(catalog: Catalog, standIns: ReadonlySet<string>): readonly Limit[] {
  return [...planners(catalog), ...functions(catalog), ...types(catalog, standIns), ...foreignTables(catalog), ...policies(catalog)];
}

/** Extensions and settings that tell of another planner, by what their documentation calls it. */
const planningExtensions: Readonly<Record<string, string>> = {
  citus: "Citus",
  timescaledb: "TimescaleDB",
  pg_hint_plan: "pg_hint_plan",
  pg_pathman: "pg_pathman",
  aqo: "AQO",
  columnar: "columnar storage",
  citus_columnar: "columnar storage",
  pg_duckdb: "pg_duckdb",
};

/** In `version()`, where another server speaks Postgres's protocol, or Postgres was changed. */
const banners: readonly (readonly [RegExp, string])[] = [
  [/CockroachDB/i, "CockroachDB"],
  [/Redshift/i, "Amazon Redshift"],
  [/YB-|Yugabyte/i, "YugabyteDB"],
  [/Greenplum/i, "Greenplum"],
  [/EnterpriseDB/i, "EDB Postgres Advanced Server"],
  [/openGauss|GaussDB/i, "openGauss"],
  [/Materialize/i, "Materialize"],
];

function planners({ plannerSigns: { banner, prefixes, aurora }, extensions }: Catalog): readonly Limit[] {
  const signs = [...extensions.map(({ name }) => name), ...prefixes];
  const named = [
    ...banners.filter(([pattern]) => pattern.test(banner)).map(([, name]) => name),
    ...(aurora ? ["Amazon Aurora"] : []),
    ...signs.filter((sign) => Object.hasOwn(planningExtensions, sign)).map((sign) => planningExtensions[sign] ?? sign),
  ];
  return [...new Set(named)].map((name) => ({
    text: `${name} plans in its own way, and the twin plans as plain PostgreSQL`,
    table: undefined,
  }));
}

function functions({ functions: made }: Catalog): readonly Limit[] {
  return made
    .filter((found) => !isSpoken(found))
    .map(({ signature, language }) => ({
      text: `function ${signature} is written in ${language}: the twin knows its cost, not its value`,
      table: undefined,
    }));
}

function types({ tables, baseTypes }: Catalog, standIns: ReadonlySet<string>): readonly Limit[] {
  const origin = new Map(baseTypes.map(({ name, extension }) => [name, extension]));
  return tables.flatMap((table) => {
    const columns = standInColumns(table, standIns).map(({ name, type }) => {
      const from = origin.get(bareType(type));
      return `${quote(name)} (${type}${from === undefined ? "" : ` of ${from}`})`;
    });
    return columns.length === 0
      ? []
      : [{ text: `what can be done with ${columns.join(", ")} of ${qualified(table)} is not in the twin`, table: table.oid }];
  });
}

const foreignTables = ({ tables }: Catalog): readonly Limit[] =>
  tables
    .filter(({ kind }) => kind === "foreign table")
    .map((table) => ({ text: `${qualified(table)} is a foreign table, which the twin cannot plan`, table: table.oid }));

function policies({ tables, access }: Catalog): readonly Limit[] {
  const under = new Set(access.filter(({ underPolicies }) => underPolicies).map(({ table }) => table));
  return tables
    .filter(({ oid }) => under.has(oid))
    .map((table) => ({
      text: `policies of ${qualified(table)} hold for this role, and the twin plans without them`,
      table: table.oid,
    }));
}
