import type { FunctionUse, StoredFunction } from "../../catalog/function-uses.ts";
import type { Step } from "../../migration/step.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

/** Functions that the step replaces by others that may compute something else, with what still goes by the old ones. */
function changedBy({ statement: { tree }, found, left }: Step): readonly StoredFunction[] {
  if (!("CreateFunctionStmt" in tree) || !tree.CreateFunctionStmt.replace) return [];
  const [name = "", schema] = namesIn(tree.CreateFunctionStmt.funcname).toReversed();
  return (found?.functions ?? []).flatMap((known) => {
    const after = left?.functions.find(({ signature }) => signature === known.signature);
    const isMeant = known.name === name && (schema ?? known.schema) === known.schema;
    if (!isMeant || !after || isAlike(known, after)) return [];
    const uses = after.uses.filter((use) => known.uses.some((before) => keyOf(before) === keyOf(use)) && !isRebuilt(use, left));
    return uses.length > 0 ? [{ ...known, uses }] : [];
  });
}

const keyOf = (use: FunctionUse) => JSON.stringify([use.kind, use.schema, use.table, use.name]);

const isRebuilt = ({ kind, name, schema, table }: FunctionUse, left: Step["left"]) =>
  kind === "index" && left?.built.some(({ table: of, index }) => index === name && of.name === table && (of.schema ?? schema) === schema);

const isAlike = (one: StoredFunction, other: StoredFunction) =>
  one.body === other.body && one.strict === other.strict && one.volatility === other.volatility;

/** What brings the stored results up to date. */
function renewal({ kind, name, schema }: FunctionUse): string | undefined {
  return kind === "index" ? sql`reindex index concurrently ${nameOf(schema, name)};` : undefined;
}

export default migrationRule({
  id: "migration/function-replace-dependency",
  severity: "error",

  *check(step) {
    for (const { signature, uses } of changedBy(step)) {
      const told = uses.map(({ kind, name, schema, table }) => `${kind} ${nameOf(undefined, name)} of ${nameOf(schema, table)}`);
      const renewals = uses.map(renewal).filter((text) => text !== undefined);
      yield {
        message: `${signature} is replaced, and Postgres does not compute again what it computed before: ${told.join(", ")} ${uses.length === 1 ? "goes" : "go"} by the old results, and queries may miss rows.`,
        span: placeOf(step),
        object: signature,
        ...(renewals.length > 0 && renewals.length === uses.length && { fix: renewals.join("\n") }),
      };
    }
  },
});
