import type { Aggregate } from "../catalog/aggregates.ts";
import type { Cast } from "../catalog/casts.ts";
import type { UserFunction } from "../catalog/functions.ts";
import type { Operator } from "../catalog/operators.ts";
import type { Refused } from "../error.ts";
import { literal, quote } from "../sql/quote.ts";
import type { Definition } from "./definitions.ts";

/** Languages that the twin speaks. */
const spoken = new Set(["sql", "plpgsql", "internal"]);

export function functionDefinition(made: UserFunction): Definition {
  const what = `function ${made.signature}`;
  return { sql: isSpoken(made) && !readsTables(made) ? made.definition : standInFunction(made), what };
}

export const isSpoken = ({ language }: UserFunction) => spoken.has(language);

type Body = Pick<UserFunction, "volatility" | "returns" | "language" | "body" | "definition">;

/**
 * The planner calls a function itself where it may and all arguments are known, to estimate by the result. Of an empty
 * table that would be a wrong one, so the function refuses. A function in SQL that returns a set is not called but
 * planned as a part of the query, so it is left alone.
 */
export const readsTables = ({ volatility, returns = "", language, body, definition }: Body): boolean =>
  volatility !== "volatile" && !(language === "sql" && /^(SETOF|TABLE)\b/.test(returns)) && reads(body || definition);

const quoted = /'(?:[^']|'')*'|--.*|\/\*[\s\S]*?\*\//g;
/** Where FROM does not name a table. */
const otherFrom = /\bdistinct\s+from\b|\b(?:extract|substring|trim|overlay)\s*\([^()]*\)/gi;
const readsFrom = /\bfrom\s+(?:only\s+)?(?!pg_catalog\.)[\w".$]+(?!\s*\(|[\w".$])|\bexecute\b/i;

const reads = (body: string) => readsFrom.test(body.replace(quoted, " ").replace(otherFrom, " "));

const READS = "reads tables, whose rows the twin does not have";

/** What a function says that stands in for another: a name and no value. */
export const saysStandIn = ({ code, message }: Refused): boolean =>
  code === "0A000" && (message.endsWith(` ${READS}`) || /^function .+ is written in \w+, which the twin does not run$/.test(message));

/** The same to the planner, but for its value: its cost, rows, volatility and all that is promised of it. */
export function standInFunction(made: UserFunction): string {
  const reason = isSpoken(made) ? READS : `is written in ${made.language}, which the twin does not run`;
  const parts = [
    `create or replace function ${quote(made.schema)}.${quote(made.name)}(${made.fullArguments})`,
    `returns ${made.returns} language plpgsql ${made.volatility} parallel ${made.parallel} cost ${made.cost}`,
    made.rows > 0 ? `rows ${made.rows}` : "",
    made.strict ? "strict" : "",
    made.leakproof ? "leakproof" : "",
    `as ${literal(`begin raise exception using errcode = 'feature_not_supported', message = ${literal(`function ${made.signature} ${reason}`)}; end`)}`,
  ];
  return parts.filter(Boolean).join(" ");
}

export const aggregateDefinition = ({ signature, parts }: Aggregate): Definition => ({
  sql: `create aggregate ${signature} (${parts.join(", ")})`,
  what: `aggregate ${signature}`,
});

export function operatorDefinition(made: Operator): Definition {
  const { name, left, right, commutator, negator, restrict, join, hashes, merges } = made;
  const option = (key: string, value: string | undefined) => (value === undefined ? [] : [`${key} = ${value}`]);
  const parts = [
    `function = ${made.function}`,
    ...option("leftarg", left),
    `rightarg = ${right}`,
    ...option("commutator", commutator),
    ...option("negator", negator),
    ...option("restrict", restrict),
    ...option("join", join),
    ...(hashes ? ["hashes"] : []),
    ...(merges ? ["merges"] : []),
  ];
  return { sql: `create operator ${name} (${parts.join(", ")})`, what: `operator ${name} of ${left ?? "none"} and ${right}` };
}

const contexts = { explicit: "", assignment: " as assignment", implicit: " as implicit" } as const;

export function castDefinition({ source, target, method, context, ...made }: Cast): Definition {
  const how = { function: `with function ${made.function}`, inout: "with inout", binary: "without function" }[method];
  return { sql: `create cast (${source} as ${target}) ${how}${contexts[context]}`, what: `cast from ${source} to ${target}` };
}
