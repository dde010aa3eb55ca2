import type { Refused } from "../error.ts";

/** Characters: a function can raise whatever it likes. */
export const LONGEST_MESSAGE = 1000;

/** A refusal has a SQLSTATE; whatever has none is a fault of the cluster. */
export function asRefused(error: unknown): Refused | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const { detail, hint, position } = error as { detail?: string; hint?: string; position?: string };
  return {
    code: error.code,
    message: error.message.slice(0, LONGEST_MESSAGE),
    ...(detail && { detail: detail.slice(0, LONGEST_MESSAGE) }),
    ...(hint && { hint: hint.slice(0, LONGEST_MESSAGE) }),
    ...(position && { position: Number(position) }),
  };
}
