import { ToolError } from "../../error.ts";

/** The part of the guard that said no, in the order in which they are asked. */
export type Layer = "input" | "statement" | "functions" | "operators" | "types" | "relations" | "privileges" | "limits";

/** `reason` names the object, `wayOut` what the caller or the operator can do; neither repeats the statement. */
export const refused = (layer: Layer, reason: string, wayOut: string): ToolError =>
  new ToolError("refused", `Not sent to the database (guard, ${layer}): ${reason}. ${wayOut}`);
