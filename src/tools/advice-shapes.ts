import * as z from "zod";

export const cost = z.number().optional().describe("In the planner's units, which are not time");
const effect = { statement: z.int(), cost_before: cost, cost_alone: cost, cost_after: cost };

/** What the caller's own indexes would do. */
export const tried = z.object({
  cost_before: cost,
  cost_after: cost,
  attempts: z.array(
    z.object({
      statement: z.string(),
      kind: z.enum(["create", "drop", "refused"]),
      table: z.string().optional(),
      bytes: z.int().optional(),
      helps: z.array(z.object(effect)),
      hurts: z.array(z.object({ ...effect, reads: z.array(z.string()) })),
      unused: z.array(z.object({ reason: z.string(), statements: z.array(z.int()) })),
      refused: z.string().optional(),
      writes: z.object({ added_by: z.array(z.int()), loses_hot: z.array(z.int()) }).optional(),
      notes: z.array(z.string()),
    }),
  ),
});

/** Other texts of statements that returned the same rows. */
export const rewrites = z.array(
  z.object({
    statement: z.int(),
    pattern: z.string(),
    sql: z.string(),
    cost_before: cost,
    cost_after: cost,
    cost_expected: cost.describe("What the planner says of it as it is, where cost_before is by its branches"),
    same_rows: z.int().describe("Generated data sets on which both returned the same rows, of data_sets"),
    data_sets: z.int(),
    holds_if: z.string().optional(),
    rests_on: z.array(z.string()).optional().describe("Constraints of the schema, without which the rows may differ"),
    contract: z.string().optional().describe("What the program has to do otherwise"),
    indexes: z.array(z.object({ sql: z.string(), undo: z.string() })).describe("That it needs besides"),
  }),
);
