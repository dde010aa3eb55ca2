import type { PoolerSign } from "../catalog/poolers.ts";
import type { ForeignKey } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { unquote } from "../sql/quote.ts";
import type { Evidence } from "./evidence.ts";
import { type Indicator, measured, reaches, shareText, unseen } from "./indicator.ts";
import { latency, migrationSuccess } from "./latency.ts";
import { few } from "./structured.ts";

const LEVEL = 3;
/** Of foreign keys with an index, percent: our own, the level names none. */
const INDEXED = 80;
/** Of connections in use, percent: the level's own. */
const USED = 80;

/** Level 3: indexes for what is asked, a pooler, row-level security between tenants. */
export const optimised = (evidence: Evidence): readonly Indicator[] => [
  foreignKeys(evidence),
  rowSecurity(evidence),
  pooler(evidence),
  utilisation(evidence),
  materialized(evidence),
  unseen(LEVEL, { name: "cache", value: "what is in front of the database does not show in it", ask: "Is hot data served from a cache?" }),
  unseen(LEVEL, {
    name: "migrations tried on copies",
    value: "this database is one of them or it is not",
    ask: "Is each migration run on a copy of production first? migration_checklist rehearses it without rows.",
  }),
  latency(evidence, LEVEL, 200),
  migrationSuccess(LEVEL, "more than 99 %"),
];

function foreignKeys({ schema, tables }: Evidence): Indicator {
  const name = "foreign keys with an index";
  const own = new Set(tables.map(({ oid }) => oid));
  const keys = schema.foreignKeys.filter(({ table }) => own.has(table.oid));
  if (keys.length === 0)
    return unseen(LEVEL, {
      name,
      value: "no foreign key is declared",
      ask: "Do the tables refer to each other, and what keeps the references true?",
    });
  const bare = keys.filter((key) => !isIndexed(key));
  return measured(LEVEL, {
    name,
    met: reaches(keys.length - bare.length, keys.length, INDEXED),
    value: `${shareText(keys.length - bare.length, keys.length)}${bare.length > 0 ? `; without: ${few(bare.map((key) => `${key.table.name}.${key.name}`))}` : ""}`,
    needs: `${INDEXED} %`,
    step: "Index the foreign keys that have none: review_schema writes the statements (schema/foreign-key-unindexed).",
  });
}

/** In any order, as the first keys of a valid index over all rows. */
function isIndexed({ table, constraint: { columns } }: ForeignKey): boolean {
  return table.indexes.some(({ keys, valid, where, method }) => {
    if (!valid || where !== undefined || !["btree", "hash"].includes(method)) return false;
    const leading = new Set(keys.slice(0, columns.length).map(unquote));
    return columns.every((column) => leading.has(column));
  });
}

/** What the owner of a row among several is mostly called. */
const tenant = /^(tenant|organi[sz]ation|org|workspace|company|team)_?(id|uuid)$/i;

const isShared = ({ columns }: Table) => columns.some(({ name }) => tenant.test(name));

function rowSecurity({ tables }: Evidence): Indicator {
  const name = "row-level security between tenants";
  const shared = tables.filter(isShared);
  const secured = shared.filter(({ rowSecurity: on }) => on);
  if (shared.length === 0)
    return unseen(LEVEL, {
      name,
      value: `no column is called tenant_id, organization_id, workspace_id or the like; ${shareText(tables.filter(({ rowSecurity: on }) => on).length, tables.length)} tables have row-level security`,
      ask: "Do several customers share a table, and what keeps them apart?",
    });
  return measured(LEVEL, {
    name,
    met: secured.length === shared.length,
    value: `${shareText(secured.length, shared.length)} tables with a tenant's column, going by its name, have row-level security`,
    needs: "all of them",
    step: `Enable row-level security where tenants share rows: ${few(shared.filter((table) => !secured.includes(table)).map((table) => table.name))}; review_schema with response_format detailed tries the policies.`,
  });
}

const signText = ({ pooler: name, by, connections }: PoolerSign) =>
  by === "role"
    ? `there is a role ${name.toLowerCase()}`
    : `${name} by ${by} of ${connections} ${connections === 1 ? "connection" : "connections"}`;

function pooler({ poolers }: Evidence): Indicator {
  const name = "pooler";
  const ask = "Do clients connect through PgBouncer, Supavisor, RDS Proxy or the like?";
  const [first] = poolers?.filter(({ by }) => by !== "role") ?? [];
  if (first) return { level: LEVEL, name, state: "met", value: signText(first), needs: "a pooler in front of the server" };
  if (poolers === undefined) return unseen(LEVEL, { name, value: "a snapshot keeps nothing of connections", ask });
  const [role] = poolers;
  return unseen(LEVEL, {
    name,
    value: role
      ? `${signText(role)}, which nothing uses by its name now`
      : "no connection bears the name of one; most poolers pass on those of their clients",
    ask,
  });
}

function utilisation({ health: { sessions } }: Evidence): Indicator {
  const name = "connections in use";
  if (!sessions)
    return unseen(LEVEL, { name, value: "a snapshot keeps nothing of connections", ask: "How full is the pool at the busiest hour?" });
  const { used, most } = sessions;
  return measured(LEVEL, {
    name,
    met: used * 100 < most * USED,
    value: `${shareText(used, most)} that the server takes, at this moment; how full the pool is, the pooler shows`,
    needs: `less than ${USED} %`,
    step: "Put a pooler in front of the server, or make its pools smaller: check_health with checks connections.",
  });
}

function materialized({ schema: { views } }: Evidence): Indicator {
  const name = "materialized views";
  const found = views.filter(({ kind }) => kind === "materialized view");
  if (found.length === 0)
    return unseen(LEVEL, { name, value: "there is none", ask: "Do dashboards aggregate large tables each time they are opened?" });
  return { level: LEVEL, name, state: "met", value: few(found.map((view) => view.name)), needs: "for dashboards" };
}
