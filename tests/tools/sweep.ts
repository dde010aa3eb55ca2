import type { Client } from "@modelcontextprotocol/client";
import { tools } from "../../src/tools/index.ts";

/** One call of one tool. */
export type Question = readonly [tool: string, input: Readonly<Record<string, unknown>>];

/** All that a client is given for an answer: texts, links, structure, errors. */
export interface Said {
  readonly question: Question;
  readonly isError: boolean;
  readonly everything: string;
}

/** Each question in each format, one after the other. */
export async function sweep(client: Client, questions: readonly Question[], formats = ["concise", "detailed"]): Promise<readonly Said[]> {
  const missing = tools.filter(({ name }) => !questions.some(([tool]) => tool === name)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`nobody asks ${missing.join(", ")}`);
  const said: Said[] = [];
  for (const [tool, input] of questions) {
    for (const response_format of formats) {
      const answer = await client.callTool({ name: tool, arguments: { ...input, response_format } });
      said.push({
        question: [tool, { ...input, response_format }],
        isError: answer.isError === true,
        everything: JSON.stringify(answer, null, 1),
      });
    }
  }
  return said;
}
