import { admit, type Mode } from "../../../src/database/guard/statement.ts";
import { ToolError } from "../../../src/error.ts";
import type { Kind } from "../../../src/sql/walk.ts";

/** What the first two layers say of a text: "admitted", or the code and sentence of the refusal. */
export const refusal = (sql: string, mode: Mode = "explain", nodes?: ReadonlySet<Kind>): Promise<string> =>
  admit(sql, mode, nodes).then(
    () => "admitted",
    (error: unknown) => {
      if (error instanceof ToolError) return `${error.code}: ${error.message}`;
      throw error;
    },
  );

/** Of several texts, each with its answer below it. */
export const refusals = async (texts: readonly string[], mode: Mode) =>
  (await Promise.all(texts.map(async (sql) => `${sql}\n  ${(await refusal(sql, mode)).replaceAll("\n", "\n  ")}`))).join("\n");
