import { type Circumstances, sentenceOf, unknownRefusal } from "./fault-sentences.ts";

/** What goes wrong without a SQLSTATE or an error number of the system. */
type OwnCode =
  | "CONNECT_TIMEOUT"
  | "LOGIN_TIMEOUT"
  | "NO_ANSWER"
  | "TOO_MUCH"
  | "NO_PASSWORD"
  | "NO_BINDING"
  | "NO_TLS"
  | "NOT_POSTGRES"
  | "POOL_WAIT"
  | "LOGIN_METHOD"
  | "LOST";

export class Fault extends Error {
  constructor(
    readonly code: OwnCode,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** A SQLSTATE, an error number such as ECONNREFUSED, a code of node:tls, or one of ours. */
export function codeOf(error: unknown): string {
  const code = sentCodeOf(error);
  if (code !== "08P01" || !(error instanceof Error)) return code;
  return poolerWords.find(([words]) => words.test(error.message))?.[1] ?? code;
}

function sentCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

/** PgBouncer has this one code for whatever it refuses, and says in words that nobody translates which it is (measured with 1.18). */
const poolerWords: readonly (readonly [RegExp, string])[] = [
  [/^(SASL|password) authentication failed|^no such user/, "28P01"],
  [/^no such database|^database .* does not exist$/, "3D000"],
  [/^no more connections allowed/, "53300"],
  [/^query_wait_timeout$/, "POOL_WAIT"],
];

/** The function of the server that refused: unlike the message it is not translated. */
const routineOf = (error: unknown) => (error as { readonly routine?: string } | undefined)?.routine ?? "";

/** Our own sentence for what Postgres, TLS or the network said; what we cannot name is returned as it came. */
export function explain(error: unknown, circumstances: Circumstances): unknown {
  const code = codeOf(error);
  const sentence = sentenceOf(code);
  if (sentence === undefined && !circumstances.loggedIn && sqlState.test(code)) return unknownRefusal({ ...circumstances, code });
  if (sentence !== undefined) return sentence({ ...circumstances, code: sentCodeOf(error), routine: routineOf(error) });
  return code === "" ? error : new Error(`Postgres refused a statement of ours (${code}).`, { cause: error });
}

const sqlState = /^[0-9A-Z]{5}$/;

/** The next attempt may well succeed: the server restarts, or a connection broke under us. */
export const passes = (error: unknown) => /^(57P0[123]|25P03|08006|40001|ECONNRESET|EPIPE|LOST)$/.test(codeOf(error));
