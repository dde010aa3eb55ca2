import * as z from "zod";
import { ToolError } from "../error.ts";
import { join, responseFormat } from "./answer.ts";
import { tool } from "./tool.ts";

const input = z.strictObject({
  query: z.string().min(1).max(2_000).optional().describe("A question, an error text, a few words; English or French"),
  section: z.string().min(1).max(300).optional().describe("Read one section instead: sql-postgresql#sql-explain, or a knowledge:// link"),
  limit: z.int().min(1).max(20).default(5),
  response_format: responseFormat.describe("detailed: with the whole text of the best section"),
});

const hit = z.object({
  page: z.string(),
  section: z.string(),
  title: z.string(),
  rule: z.string().describe("Its first sentence"),
  extract: z.string(),
  uri: z.string(),
  versions: z.string().optional().describe("What it is true of"),
});
type Hit = z.infer<typeof hit>;

const output = z.object({
  examined: z.object({ pages: z.int(), sections: z.int() }),
  results: z.array(hit).describe("The best first"),
  text: z.string().optional().describe("The section, in Markdown"),
  next: z.string().optional(),
});

export default tool({
  name: "search_docs",
  title: "Search the documentation",
  description:
    "Finds what the reference pages say on Postgres, SQL, indexes, plans, locks, migrations, schema design, APIs and Supabase. Call it before you answer from memory, to explain a finding, or with the text of an error.",
  withoutDatabase: true,
  input,
  output,

  async run({ query, section, limit, response_format }, { knowledge }) {
    const searched = await knowledge.searched();
    const examined = { pages: new Set(searched.map(({ page }) => page)).size, sections: searched.length };
    if (section !== undefined && query === undefined) return { examined, results: [], text: (await knowledge.section(section)).text };
    if (query === undefined || section !== undefined) {
      throw new ToolError("invalid_argument", "Pass either query, to search, or section, to read one.", {
        next: 'search_docs { "query": "partial index" }',
      });
    }

    const hits = await knowledge.search(query, limit);
    const results = hits.map(({ address: _, score: __, ...result }) => result);
    const best = hits[0]?.address;
    if (best === undefined) return { examined, results };
    if (response_format === "detailed") return { examined, results, text: (await knowledge.section(best)).text };
    return { examined, results, next: `search_docs ${JSON.stringify({ section: best })}` };
  },

  render({ examined, results, text = "", next }, { query, response_format }) {
    const searched = `Searched: ${examined.sections} sections of ${examined.pages} pages.`;
    if (query === undefined) return join([text], "detailed");
    if (results.length === 0) return `${searched}\n\nNothing found. Other words may help: the name of a feature, or the text of an error.`;
    const list = results.map(inMarkdown).join("\n");
    return join([searched, list, text, next === undefined ? "" : `Next: ${next}`], response_format);
  },
});

/** The extract is left out where it only says the rule again. */
function inMarkdown({ page, section, title, rule, extract, versions }: Hit, index: number): string {
  const lines = [`${index + 1}. ${page}#${section}: ${title}${versions === undefined ? "" : ` (${versions})`}`, `   ${rule}`];
  if (extract.startsWith("… ")) lines.push(`   ${extract}`);
  return lines.join("\n");
}
