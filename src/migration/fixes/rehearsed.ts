import type { Refused } from "../../error.ts";
import type { SchemaObject } from "../catalog-state.ts";
import type { Stage } from "../observe.ts";
import { rehearse, type Surroundings } from "../rehearse.ts";
import { stateOf } from "../rollback.ts";
import type { Step } from "../step.ts";
import { differenceOf, differences, undo } from "../undo.ts";
import { type Compared, compared } from "./compared.ts";
import { type Fix, replaced } from "./replaced.ts";

export interface RehearsedFixes {
  /** Those of the fixes, as they ran in the script. */
  readonly steps: readonly { readonly step: Step; readonly fix: Fix }[];
  /** What Postgres said no to first, with the fix that it is of. */
  readonly refused: { readonly refused: Refused; readonly fix: Fix | undefined } | undefined;
  /** A statement is refused of which no fix can be the cause, for the script ran here before: nothing is known of the fixes. */
  readonly isSpoilt: boolean;
  /** With what the script as it is ends in. */
  readonly compared: Compared;
  /** The stage is as it was. */
  readonly isClean: boolean;
}

interface Question {
  /** As they were rehearsed. */
  readonly steps: readonly Step[];
  readonly fixes: readonly Fix[];
  /** What the stage holds now, before the script, and what it held when the script as it is had run. */
  readonly before: readonly SchemaObject[];
  readonly after: readonly SchemaObject[];
  readonly known: Surroundings;
}

/** Runs the script with the fixes in it, each statement for itself, looks what it ends in, and takes it back. */
export async function rehearseFixes(stage: Stage, { steps, fixes, before, after, known }: Question): Promise<RehearsedFixes> {
  const script = await replaced(steps, fixes);
  const { steps: ran } = await rehearse(script.steps, stage, known);
  const state = await stateOf(stage);
  for (const statement of undo(differenceOf(before, state), { concurrently: false }).statements) await stage.execute(statement);
  const first = ran.find((step) => step.refused);
  const fix = first && script.fixes.get(first.number);
  const isBefore = first !== undefined && !ran.slice(0, first.number).some(({ number }) => script.fixes.has(number));
  return {
    steps: ran.flatMap((step) => {
      const of = script.fixes.get(step.number);
      return of ? [{ step, fix: of }] : [];
    }),
    refused: first?.refused && { refused: first.refused, fix },
    isSpoilt: first !== undefined && !fix && (isBefore || isOfRows(first.refused)),
    compared: compared(after, state),
    isClean: differences(before, await stateOf(stage)).length === 0,
  };
}

/** Class 23: integrity constraint violation (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const isOfRows = (refused: Refused | undefined) => refused?.code.startsWith("23") === true;
