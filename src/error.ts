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
  | "unknown_relation"
  | "not_plannable"
  | "permission_denied"
  | "timeout"
  | "cancelled"
  | "busy"
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
