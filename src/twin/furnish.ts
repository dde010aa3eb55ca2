import type { Catalog } from "../catalog/catalog.ts";
import type { Policy } from "../catalog/policies.ts";
import type { Sequence } from "../catalog/sequences.ts";
import type { Table } from "../catalog/tables.ts";
import type { Trigger } from "../catalog/triggers.ts";
import { quote } from "../sql/quote.ts";
import { type Definition, indexDefinitions, qualified, rewriteDefinitions, viewDefinitions } from "./definitions.ts";
import { isSpoken, readsTables } from "./function-definitions.ts";
import type { Session } from "./twin.ts";

/** What no plan depends on, and a migration may. */
export interface Furniture {
  readonly schemas: readonly string[];
  readonly sequences: readonly Sequence[];
  readonly triggers: readonly Trigger[];
  readonly policies: readonly Policy[];
}

/** Completes a twin that was built for planning: sequences, triggers, policies, materialized views, functions as they are. Tells what is missing. */
export async function furnish(
  session: Session,
  { tables, functions, rewrites }: Pick<Catalog, "tables" | "functions" | "rewrites">,
  furniture: Furniture,
): Promise<readonly string[]> {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const roles = new Set(furniture.policies.flatMap((policy) => policy.roles ?? []));
  await session.run([
    ...[...roles].map((role) => `create role ${quote(role)}`),
    ...furniture.schemas.map((schema) => `create schema if not exists ${quote(schema)}`),
  ]);
  const definitions = [
    // The planner may not call them, a script may.
    ...functions
      .filter((made) => isSpoken(made) && readsTables(made))
      .map(({ definition, signature }) => ({ sql: definition, what: `function ${signature}` })),
    ...tables.filter((table) => table.kind === "materialized view").flatMap(materialized),
    ...[...viewDefinitions(tables), ...rewriteDefinitions({ tables, rewrites })].map(orReplace),
    ...furniture.sequences.filter(({ ownedBy }) => !ownedBy?.identity).flatMap((sequence) => sequenceDefinitions(sequence, byOid)),
    ...tables.flatMap(columnStatistics),
    ...tables.flatMap(rowSecurity),
    ...furniture.triggers.filter(({ internal, inherited }) => !internal && !inherited).map(triggerDefinition),
    ...furniture.policies.flatMap((policy) => policyDefinition(policy, byOid.get(policy.table))),
  ];
  const outcomes = await session.run(definitions.map(({ sql }) => sql));
  return definitions.filter((_, position) => outcomes[position]?.refused).map(({ what }) => `${what} is not in the twin`);
}

/** What read a materialized view fell with its table, and all else is there already. */
const orReplace = ({ sql, what }: Definition): Definition => ({
  sql: sql.replace(/^create (?=view|rule|trigger)/i, "create or replace "),
  what,
});

/** Planning takes it for a table. */
function materialized(view: Table): readonly Definition[] {
  const what = `materialized view ${qualified(view)}`;
  return [
    { sql: `drop table ${qualified(view)} cascade`, what },
    { sql: `create materialized view ${qualified(view)} as ${view.definition}`, what },
    ...indexDefinitions([view]),
  ];
}

function sequenceDefinitions({ schema, name, type, ownedBy }: Sequence, tables: ReadonlyMap<number, Table>): readonly Definition[] {
  const what = `sequence ${qualified({ schema, name })}`;
  const table = tables.get(ownedBy?.table ?? 0);
  const owned = table && ownedBy ? ` owned by ${qualified(table)}.${quote(ownedBy.column)}` : "";
  return [
    { sql: `create sequence if not exists ${qualified({ schema, name })}`, what },
    { sql: `alter sequence ${qualified({ schema, name })} as ${type}${owned}`, what },
  ];
}

function columnStatistics(table: Table): readonly Definition[] {
  return table.columns.flatMap(({ name, statisticsTarget }) =>
    statisticsTarget === undefined
      ? []
      : [
          {
            sql: `alter table only ${qualified(table)} alter column ${quote(name)} set statistics ${statisticsTarget}`,
            what: `statistics target of ${qualified(table)}.${quote(name)}`,
          },
        ],
  );
}

function rowSecurity(table: Table): readonly Definition[] {
  const what = `row security of ${qualified(table)}`;
  return [
    ...(table.rowSecurity ? [{ sql: `alter table ${qualified(table)} enable row level security`, what }] : []),
    ...(table.forcesRowSecurity ? [{ sql: `alter table ${qualified(table)} force row level security`, what }] : []),
  ];
}

const triggerDefinition = ({ definition, name }: Trigger): Definition => orReplace({ sql: definition, what: `trigger ${name}` });

function policyDefinition({ name, command, roles, permissive, using, check }: Policy, table: Table | undefined): readonly Definition[] {
  if (!table) return [];
  const parts = [
    `create policy ${quote(name)} on ${qualified(table)} as ${permissive ? "permissive" : "restrictive"} for ${command}`,
    `to ${roles === undefined ? "public" : roles.map(quote).join(", ")}`,
    using === undefined ? "" : `using (${using})`,
    check === undefined ? "" : `with check (${check})`,
  ];
  return [{ sql: parts.filter(Boolean).join(" "), what: `policy ${name} of ${qualified(table)}` }];
}
