import type { Policy } from "../catalog/policies.ts";
import type { Role } from "../catalog/roles.ts";
import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import type { Trigger } from "../catalog/triggers.ts";
import type { Plan, PlanNode } from "../plan/plan.ts";
import { nameOfItem } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { type Name, nameOf } from "../sql/quote.ts";
import { type KeyReach, keysInto } from "./keys.ts";
import { type PolicyReach, policiesOn } from "./policies.ts";
import { isWhole, type Rows, rowsIn, rowsOf } from "./rows.ts";
import { type Firing, firedBy, type ReadTrigger, readDefinitions } from "./triggers.ts";
import { nodesOf, type Write, writesIn } from "./write.ts";

/** What a write does beside what its text says. Nothing was run for it. */
export interface Reach {
  readonly operation: Write["operation"];
  readonly table: Name;
  /** No condition holds it back. */
  readonly whole: boolean;
  readonly rows: Rows | undefined;
  readonly tableRows: number | undefined;
  /** Of the table's rows, 0 to 1; not of rows that are new, nor of those that a MERGE may spare. */
  readonly share: number | undefined;
  readonly triggers: readonly Firing[];
  /** That refer to the rows, and to the rows that a key reaches. */
  readonly keys: readonly KeyReach[];
  readonly policies: PolicyReach | undefined;
}

/** What stands around the tables that are written. */
export interface Surroundings {
  readonly tables: readonly Table[];
  readonly triggers: readonly Trigger[];
  readonly policies: readonly Policy[];
  readonly roles: readonly Role[];
  readonly statistics: readonly ColumnStatistics[];
}

interface Asked {
  readonly query: Query<Table>;
  readonly plan: Plan | undefined;
  readonly surroundings: Surroundings;
  /** Whether estimates rest on statistics, or would be invented. */
  readonly told: boolean;
}

/** Of each INSERT, UPDATE, DELETE and MERGE of a statement. */
export async function reachOf({ query, plan, surroundings, told }: Asked): Promise<readonly Reach[]> {
  const writes = writesIn(query);
  if (writes.length === 0) return [];
  const nodes = nodesOf(writes, plan);
  const triggers = await readDefinitions(surroundings.triggers);
  return writes.map((write) => reachOfOne(write, { query, node: nodes.get(write), surroundings, triggers, told }));
}

interface Scene extends Omit<Asked, "plan"> {
  readonly node: PlanNode | undefined;
  readonly triggers: readonly ReadTrigger[];
}

function reachOfOne(write: Write, { query, node, surroundings, triggers, told }: Scene): Reach {
  const { operation, target, changes } = write;
  const { tables, policies, roles, statistics } = surroundings;
  const table = writtenTable(write, node, tables);
  const tableRows = table && rowsIn(table, tables);
  const rows = rowsOf(write, { query, node, tableRows, told });
  const nulls = nullsIn(statistics);
  const known = rows !== undefined && (told || rows.how !== "about") ? rows.count : undefined;
  return {
    operation,
    table: table ? nameOf(table.schema, table.name) : nameOfItem(target),
    whole: isWhole(write, node),
    rows,
    tableRows,
    share: rows && tableRows && operation !== "insert" && !write.spares ? Math.min(1, rows.count / tableRows) : undefined,
    triggers: table ? firedBy(table, changes, { triggers, tables }) : [],
    keys: table ? keysInto({ table, changes, rows: known }, { tables, triggers, nulls: told ? nulls : () => undefined }) : [],
    policies: table && policiesOn({ table, changes, policies, roles }),
  };
}

/** Of a view that Postgres writes through, the table behind it. */
function writtenTable({ target: { table } }: Write, node: PlanNode | undefined, tables: readonly Table[]): Table | undefined {
  if (table?.kind !== "view" || !node?.relation) return table;
  const { schema, name } = node.relation;
  return tables.find((each) => each.name === name && each.schema === (schema ?? each.schema)) ?? table;
}

function nullsIn(statistics: readonly ColumnStatistics[]) {
  return ({ schema, name, children, columns }: Table, column: string): number | undefined => {
    if (columns.find((each) => each.name === column)?.notNull) return 0;
    const own = statistics.filter((each) => each.schema === schema && each.relation === name && each.column === column);
    const share = (own.find(({ inherited }) => inherited === children > 0) ?? own[0])?.values.null_frac;
    return share === undefined ? undefined : Number(share);
  };
}
