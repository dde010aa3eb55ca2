import type * as z from "zod";
import type { Cause } from "../database/audit-log.ts";
import type { LiveDatabase } from "../database/live-database.ts";
import type { NamedDatabases } from "../database/named-databases.ts";
import type { Knowledge } from "../knowledge.ts";
import type { Twin } from "../twin/twin.ts";
import type { RuleFile } from "./suppressed.ts";

/** What a tool may use. Nothing of it is opened before it is asked for. */
export interface Context {
  /** The user's database; throws `no_database` or what is wrong with the connection string. */
  database(): LiveDatabase;
  readonly hasDatabase: boolean;
  /** What the configuration calls replicas of it; throws what is wrong with their connection strings. None beside a snapshot. */
  replicas(): readonly LiveDatabase[];
  /** What the configuration has beside the database. */
  readonly others: NamedDatabases;
  /** The path of a file that the caller names; throws `refused` for a caller over HTTP, whose files are not on this machine. */
  fileNamed(path: string): string;
  /** Read anew, so that an edit holds from the next call on; throws `invalid_argument` with what is wrong in it. */
  ruleFile(): RuleFile;
  readonly twin: Twin;
  readonly knowledge: Knowledge;
  readonly signal: AbortSignal;
  /** What the audit log says of statements that this call sends. */
  readonly cause: Cause;
  /** Tells the client what is being done now. */
  progress(message: string): void;
  /** Hands what the tool's view draws to the host, beside the answer: no model reads it. */
  draw(picture: object): void;
}

export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** When to call it, for a model that chooses. */
  readonly description: string;
  /** The page on which a host may show the answer. */
  readonly view?: "plan" | "schema";
  /** No database has anything to do with it. */
  readonly withoutDatabase?: true;
  readonly input: Input;
  readonly output: Output;
  run(input: z.infer<Input>, context: Context): Promise<z.infer<Output>>;
  /** The whole answer for clients that show only text. */
  render(result: z.infer<Output>, input: z.infer<Input>): string;
}

export const tool = <Input extends z.ZodObject, Output extends z.ZodObject>(definition: Tool<Input, Output>): Tool<Input, Output> =>
  definition;
