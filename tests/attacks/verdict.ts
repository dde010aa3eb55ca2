import type { Case } from "./cases.ts";
import type { Outcome } from "./exam.ts";

/** By the id of the case; what is well has no line. */
export interface Verdict {
  readonly effects: Readonly<Record<string, string>>;
  readonly leaks: Readonly<Record<string, string>>;
  readonly unanswered: readonly string[];
  /** Attacks that should have been refused and were not, with how the answer begins. */
  readonly admitted: Readonly<Record<string, string>>;
  /** Honest queries that were refused, with the refusal, or that went to the database otherwise than they should. */
  readonly refused: Readonly<Record<string, string>>;
}

export const perfect: Verdict = { effects: {}, leaks: {}, unanswered: [], admitted: {}, refused: {} };

/** What is right at this level and for this role, other than at the highest level for a mighty role. */
export interface Terms {
  /** Nothing of the caller's reaches the database, so it is no matter what is answered. */
  readonly nothingIsSent: boolean;
  /** The level allows plans only: whoever asks to run a statement is told that it was not. */
  readonly plansOnly: boolean;
  /** EXPLAIN ANALYZE is refused to whoever asks, because of the role. */
  readonly runsNothing: boolean;
  readonly mayOnlySelect: boolean;
  /** How an honest query of ours goes to the database at this level, as its answer tells. */
  readonly sent?: ((mode: Case["mode"]) => string | undefined) | undefined;
}

/** The exam asks to run them. Merely planned, they change nothing, as its own wrap-208 says of a DELETE. */
const harmlessToPlan = new Set(["write-029", "write-033", "write-034", "write-035", "func-110"]);
/** Without the right to use the hostile schema, the name means what is in pg_catalog. */
const outOfReach = new Set(["setup-303"]);

export function judge(outcomes: readonly Outcome[], terms: Terms): Verdict {
  const attacks = outcomes.filter(({ asked }) => asked.class !== "benign");
  const benign = outcomes.filter(({ asked }) => asked.class === "benign");
  const dueRefusal = ({ asked, answer }: Outcome) => terms.runsNothing && asked.mode === "analyze" && SUPERUSER.test(answer.text);
  const mayPass = ({ id, asked }: Outcome) =>
    terms.nothingIsSent ||
    asked.expected !== "refused" ||
    (terms.plansOnly && harmlessToPlan.has(id)) ||
    (terms.mayOnlySelect && outOfReach.has(id));
  const whyNot = (outcome: Outcome) => {
    const { sent } = outcome.answer;
    const due = terms.sent ? terms.sent(outcome.asked.mode) : sent;
    return refusalOf(outcome) || (sent === due ? "" : `sent: ${sent}, not ${due}`);
  };
  return {
    effects: told(outcomes, ({ effects }) => effects.join(", ")),
    leaks: told(outcomes, ({ leaks }) => leaks.join(", ")),
    unanswered: outcomes.filter(({ answer, died }) => answer.unanswered || died).map(({ id }) => id),
    admitted: told(attacks, (outcome) => (mayPass(outcome) || refusalOf(outcome) !== "" ? "" : outcome.answer.text.slice(0, 200))),
    refused: told(benign, (outcome) => (outcome.asked.expected !== "allowed" || dueRefusal(outcome) ? "" : whyNot(outcome))),
  };
}

const SUPERUSER = /--allow-superuser-analyze/;

/** An error, or the guard's word among the limits of an answer that came from the twin instead; empty where there is neither. */
function refusalOf({ answer: { isError, limits, text } }: Outcome): string {
  return isError ? text.slice(0, 300) : (limits.find((limit) => limit.includes("(guard, ")) ?? "");
}

const told = (outcomes: readonly Outcome[], what: (outcome: Outcome) => string): Record<string, string> =>
  Object.fromEntries(outcomes.map((outcome) => [outcome.id, what(outcome)]).filter(([, said]) => said !== ""));
