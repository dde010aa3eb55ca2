import type { Policy } from "../../catalog/policies.ts";
import type { Schema } from "../../catalog/schema.ts";
import { type Call, callsIn, columnsComparedIn, parenthesized, withCallsOnce } from "../../sql/predicate.ts";
import { nameOf, raw, sql, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/rls-initplan",
  severity: "warning",

  *check(schema) {
    const isCostly = costly(schema);
    for (const { table, name, command, using, check } of schema.policies) {
      if (!table.rowSecurity) continue;
      const calls = [using, check].flatMap((condition) => (condition === undefined ? [] : callsIn(condition))).filter(isCostly);
      if (calls.length === 0) continue;

      const on = nameOf(table.schema, table.name);
      const called = [...new Set(calls.map((call) => `${nameOf(call.schema, call.name)}()`))];
      const once = rewritten({ using, check }, isCostly);
      yield {
        message: `Policy ${nameOf(undefined, name)} of ${on} calls ${called.join(", ")} again for every row that is checked, though the answer is the same for all of them.`,
        object: `${on}.${nameOf(undefined, name)}`,
        // An insert checks the rows that it brings, and those are few.
        ...((command === "insert" || isServed({ table, using }, calls, schema)) && { severity: "info" as const }),
        ...(once && {
          fix: sql`alter policy ${name} on ${on}${raw(clauses(once))};`,
          undo: sql`alter policy ${name} on ${on}${raw(clauses({ using, check }))};`,
        }),
      };
    }
  },
});

/** Undefined where one of the conditions cannot be written so. */
function rewritten({ using, check }: Conditions, isCostly: (call: Call) => boolean): Conditions | undefined {
  const once = (condition: string | undefined) =>
    condition === undefined || !callsIn(condition).some(isCostly) ? condition : withCallsOnce(condition, isCostly);
  const both = { using: once(using), check: once(check) };
  const isLost = (both.using === undefined) !== (using === undefined) || (both.check === undefined) !== (check === undefined);
  return isLost ? undefined : both;
}

type Conditions = Pick<Policy, "using" | "check">;

const clauses = ({ using, check }: Conditions) =>
  `${using === undefined ? "" : ` using ${parenthesized(using)}`}${check === undefined ? "" : ` with check ${parenthesized(check)}`}`;

/** What reads a setting or runs somebody's own code, and is not folded to a constant before the rows are read. */
function costly({ functions }: Schema): (call: Call) => boolean {
  const folded = new Set(functions.filter(({ volatility }) => volatility === "immutable").map((found) => `${found.schema}.${found.name}`));
  return ({ schema, name, sameForAllRows }) =>
    sameForAllRows && (schema === undefined ? name === "current_setting" : !folded.has(`${schema}.${name}`));
}

/** Where an index finds the rows, a call that is not volatile is made once, for the index (https://www.postgresql.org/docs/current/xfunc-volatility.html). */
function isServed(
  { table, using = "" }: Pick<Schema["policies"][number], "table" | "using">,
  calls: readonly Call[],
  { functions }: Schema,
): boolean {
  const isVolatile = ({ schema, name }: Call) =>
    functions.some((found) => found.schema === schema && found.name === name && found.volatility === "volatile");
  const compared = columnsComparedIn(using);
  const leads = table.indexes.some(({ keys: [key = ""], valid, where }) => valid && where === undefined && compared.includes(unquote(key)));
  return leads && !calls.some(isVolatile);
}
