import * as z from "zod";
import type { Finding } from "../finding.ts";
import { promising } from "../indexes/promising.ts";
import type { Plan } from "../plan/plan.ts";
import { comparePrepared, type Prepared } from "../prepared/compare.ts";
import { described, genericPlanRisk } from "../prepared/risk.ts";
import type { Statement } from "../sql/parse.ts";
import { readQuery } from "../sql/query.ts";
import { placeholdersOf } from "../sql/relations.ts";
import { rounded } from "./advice-statements.ts";
import { written } from "./advice-verdict.ts";
import type { ResponseFormat } from "./answer.ts";
import type { Subject } from "./schema.ts";

const made = { cost: z.number(), rows: z.number(), outline: z.string().describe("Its nodes on one line") };

export const prepared = z.array(
  z.object({
    statement: z.int(),
    generic: z.object(made),
    custom: z.array(z.object({ ...made, values: z.array(z.string()), same_shape: z.boolean() })),
    keeps: z.enum(["generic", "custom", "by the first five"]).describe("What Postgres runs from the sixth execution on"),
  }),
);
export type PreparedTold = z.infer<typeof prepared>;

interface Asked {
  readonly number: number;
  readonly statement: Statement;
  readonly plan: Plan;
  readonly format: ResponseFormat;
}

export interface Compared {
  readonly told: PreparedTold[number];
  readonly finding: Finding | undefined;
}

/** The plan for any values beside plans for some. Where an index would change all of them, a concise answer tells that first. */
export async function compared(
  { number, statement, plan, format }: Asked,
  { session, directory, find }: Subject,
): Promise<Compared | undefined> {
  if (placeholdersOf(statement).length === 0 || (format === "concise" && promising(plan).size > 0)) return undefined;
  const found = await comparePrepared({ session, searchPath: directory.settings.searchPath, query: readQuery(statement, find) });
  return found && { told: toldOf(number, found), finding: genericPlanRisk(found) };
}

const toldOf = (statement: number, { generic, custom, keeps }: Prepared): PreparedTold[number] => ({
  statement,
  generic: { ...generic, cost: rounded(generic.cost) },
  custom: custom.map(({ cost, rows, outline, values, sameShape }) => ({
    cost: rounded(cost),
    rows,
    outline,
    values: values.map(described),
    same_shape: sameShape,
  })),
  keeps,
});

const keeping: Readonly<Record<PreparedTold[number]["keeps"], string>> = {
  generic: "Postgres plans the first five executions for their values, then keeps the generic plan.",
  custom: "Postgres plans each execution for its values.",
  "by the first five":
    "Postgres plans the first five executions for their values, then keeps the generic plan if it costs less than those on average.",
};

/** Where the plans differ. */
export function preparedLines(all: PreparedTold): readonly string[] {
  return all
    .filter(({ custom }) => custom.some(({ same_shape }) => !same_shape))
    .flatMap(({ generic, custom, keeps }) => [
      `Prepared: the generic plan costs ${written(generic.cost)} (${generic.outline}).`,
      ...custom.map(({ cost, outline, values }) => `   For ${[...new Set(values)].join(" and ")}: ${written(cost)} (${outline}).`),
      `   ${keeping[keeps]}`,
    ]);
}
