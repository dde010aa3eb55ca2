import type { Statement } from "../../sql/parse.ts";
import type { Execution } from "./execution.ts";

/** One number, from 1, for the statements that share a transaction; undefined for one that runs by itself. */
export type Transactions = readonly (number | undefined)[];

/** A runner's transaction ends before each statement that it takes out, and another begins after it. */
export function ofRunner(statements: readonly Statement[], { takesOut }: Pick<Execution, "takesOut">): Transactions {
  let transaction = 0;
  let isOpen = false;
  return statements.map((statement) => {
    const stays = !takesOut(statement);
    if (stays && !isOpen) transaction += 1;
    isOpen = stays;
    return stays ? transaction : undefined;
  });
}

/** Without a runner's, one message of several statements has one. `ends`, in the order of the text; undefined: each statement is one. */
export function ofMessages(statements: readonly Statement[], ends: readonly number[] | undefined): Transactions {
  if (!ends) return statements.map(() => undefined);
  let message = 0;
  const messages = statements.map(({ start }) => {
    while ((ends[message] ?? Number.POSITIVE_INFINITY) <= start) message += 1;
    return message + 1;
  });
  return messages.map((number, at) => (number === messages[at - 1] || number === messages[at + 1] ? number : undefined));
}
