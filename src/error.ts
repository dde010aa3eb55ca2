/** What a caller can put right. The message says what to do next; anything else that is thrown is our own bug. */
export class ToolError extends Error {
  override readonly name = "ToolError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint: Hint = {},
  ) {
    super(message);
  }
}

export type ErrorCode =
  | "invalid_argument"
  | "sql_syntax"
  | "too_large"
  | "no_database"
  | "connection_failed"
  | "bad_snapshot"
  | "unknown_relation"
  | "not_plannable"
  | "permission_denied"
  | "refused"
  | "timeout"
  | "cancelled"
  | "busy"
  | "twin_failed"
  | "unknown_section";

export interface Hint {
  /** The same call may succeed later, unchanged. */
  readonly retryable?: boolean;
  /** Seconds. */
  readonly retry_after_s?: number;
  /** The call that helps, as the client would write it. */
  readonly next?: string;
}

/** What Postgres said no to. A value, because a refusal is an answer. */
export interface Refused {
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Characters from the start of the statement, counted from 1, as Postgres counts them. */
  readonly position?: number;
}

/** Below this, two names have nothing to do with each other. */
const ALIKE = 0.3;

/** The candidates that look most like what was written, the likeliest first; `least` is the likeness (0 to 1) they must have. */
export function nearest(written: string, candidates: readonly string[], { most = 3, least = ALIKE } = {}): readonly string[] {
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, likeness: likeness(candidate, written) }))
    .filter((near) => near.likeness >= least)
    .sort((a, b) => b.likeness - a.likeness || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Shared trigrams, from 0 to 1: forgives a slip of the pen and still finds a part in the whole. */
function likeness(a: string, b: string): number {
  const [left, right] = [trigrams(a), trigrams(b)];
  const shared = [...left].filter((trigram) => right.has(trigram)).length;
  return (2 * shared) / (left.size + right.size);
}

function trigrams(text: string): ReadonlySet<string> {
  const padded = `  ${text.toLowerCase()} `;
  return new Set(Array.from({ length: padded.length - 2 }, (_, start) => padded.slice(start, start + 3)));
}
