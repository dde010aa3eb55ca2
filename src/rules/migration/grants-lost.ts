import type { Grant } from "../../catalog/grants.ts";
import type { Table } from "../../catalog/tables.ts";
import type { Effect, Step } from "../../migration/step.ts";
import { raw, sql } from "../../sql/quote.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const keyOf = ({ grantee, column }: Pick<Grant, "grantee" | "column">) => JSON.stringify([grantee ?? null, column ?? null]);

/** What others could do with the table before and cannot with the one that the script puts in its place. */
function lostGrants({ found, left }: Step, table: Table, again: Table): readonly Grant[] {
  const kept = new Map<string, readonly string[]>();
  const keep = (grant: Pick<Grant, "grantee" | "column">, privileges: readonly string[]) =>
    kept.set(keyOf(grant), [...(kept.get(keyOf(grant)) ?? []), ...privileges]);
  for (const grant of left?.grants ?? []) if (grant.object === again.oid) keep(grant, grant.privileges);
  for (const { owner, schema, grantee, privileges } of found?.defaultGrants ?? [])
    if (owner === table.owner && (schema ?? table.schema) === table.schema) keep({ grantee, column: undefined }, privileges);
  return (found?.grants ?? []).flatMap((grant) => {
    if (grant.object !== table.oid || grant.owner) return [];
    const lost = grant.privileges.filter((privilege) => !kept.get(keyOf(grant))?.includes(privilege));
    return lost.length > 0 ? [{ ...grant, privileges: lost }] : [];
  });
}

const granteeOf = ({ grantee }: Grant) => raw(grantee === undefined ? "public" : sql`${grantee}`);
const rightsOf = ({ privileges, column }: Grant) =>
  privileges.map((privilege) => (column === undefined ? privilege : sql`${raw(privilege)} (${column})`)).join(", ");

function problemOf(step: Step, { relation, table, drops }: Effect) {
  const again = drops && table ? leftTable(step, relation) : undefined;
  if (!again || !table) return undefined;
  const lost = lostGrants(step, table, again);
  const isOpened = table.rowSecurity && !again.rowSecurity;
  if (lost.length === 0 && !isOpened) return undefined;
  const told = [
    ...lost.map((grant) => `${rightsOf(grant)} of ${granteeOf(grant).sql}`),
    ...(isOpened ? ["its row-level security with all policies"] : []),
  ];
  return {
    message: `${relation} is dropped and made again, and loses by that ${told.join("; ")}.`,
    span: placeOf(step),
    object: relation.toString(),
    ...(lost.length > 0 && {
      fix: lost.map((grant) => sql`grant ${raw(rightsOf(grant).toLowerCase())} on ${relation} to ${granteeOf(grant)};`).join("\n"),
    }),
    ...(isOpened && { severity: "error" as const }),
  };
}

export default migrationRule({
  id: "migration/grants-lost",
  severity: "warning",

  *check(step) {
    for (const effect of step.effects ?? []) {
      const problem = problemOf(step, effect);
      if (problem) yield problem;
    }
  },
});
