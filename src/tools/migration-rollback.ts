import * as z from "zod";
import { type Finding, finding } from "../finding.ts";
import type { Rollback } from "../migration/rollback.ts";
import type { Step } from "../migration/step.ts";
import { withoutIgnored } from "./suppressed.ts";

export const rollbackShape = z.object({
  sql: z.string().optional(),
  ran: z.boolean(),
  identical: z.boolean().optional(),
  refused: z.string().optional(),
  differences: z.array(z.string()),
  lossy: z.array(z.string()),
  backups: z
    .array(z.object({ keeps: z.string(), before: z.string(), restore: z.string().optional() }))
    .describe("To run before the migration, and after its rollback"),
  findings: z.array(finding.omit({ fix: true, undo: true })).describe("In the rollback itself"),
});
type Told = z.infer<typeof rollbackShape>;

/** That a rollback drops what the migration made is what it is for. */
const ofLoss = new Set(["migration/drop-table", "migration/drop-column", "migration/drop-schema"]);

/** `judge`: what rules say of its steps. */
export function rollbackTold(rollback: Rollback, judge: (steps: readonly Step[]) => readonly Finding[]): Told {
  const { sql, ran, identical, refused, differences, lossy, backups, steps, made } = rollback;
  const { findings } = withoutIgnored(judge(steps), steps, new Set());
  const own = findings.filter(({ rule, object }) => !(ofLoss.has(rule) && object !== undefined && made.has(object)));
  return {
    ...(sql !== undefined && { sql }),
    ran,
    ...(identical !== undefined && { identical }),
    ...(refused !== undefined && { refused }),
    differences: [...differences],
    lossy: [...lossy],
    backups: backups.map(({ keeps, before, restore }) => ({ keeps, before, ...(restore !== undefined && { restore }) })),
    // A fix of it would have to be rehearsed too.
    findings: own.map(({ fix: _fix, undo: _undo, ...found }) => found),
  };
}

/** What somebody has to look at before the rollback is needed. */
export const grave = (rollback: Told | undefined) => (rollback?.findings ?? []).filter(({ severity }) => severity !== "info");
