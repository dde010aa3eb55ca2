import type * as z from "zod";
import type { Database } from "./database.ts";

/** What the asker has: nothing, the text of a schema, or a database that the server is connected to. `activity`: what was run on that before it is asked about. */
export type Setting =
  | { readonly given: "nothing"; readonly schema?: string; readonly rows?: string }
  | { readonly given: "text"; readonly schema: string; readonly rows?: string }
  | { readonly given: "database"; readonly schema: string; readonly rows: string; readonly activity?: string };

/** Calls a tool of the real server and returns its structured answer; throws what the tool refuses with. */
// biome-ignore lint/suspicious/noExplicitAny: the tools' own output schemas are tested elsewhere, and a script reads what it needs.
export type Call = (tool: string, input: Readonly<Record<string, unknown>>) => Promise<any>;

export interface Task<Answer = unknown> {
  readonly level: "simple" | "medium" | "hard";
  readonly question: string;
  readonly setting: Setting;
  /** What the model ends with, as JSON. */
  readonly answer: z.ZodType<Answer>;
  /** Throws, saying what is wrong. It judges what the answer does to a Postgres 18 with the task's rows, or the facts that it names. */
  check(answer: Answer, database: Database): Promise<void> | void;
  /** The way to the answer through the tools, without a model: what the tools say is taken as it is. */
  scripted(call: Call): Promise<Answer>;
  /** What is plausibly said without looking, and is wrong. */
  readonly naive: Answer;
}

/** Lets each task infer its answer from its schema, and a list hold all of them. */
export const task = <Answer>(given: Task<Answer>): Task => given as Task;
