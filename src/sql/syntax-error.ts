import { ToolError } from "../error.ts";
import { characterOfCodePoint, spanOf } from "./position.ts";
import { asWritten, type WithPlaceholders } from "./written-text.ts";

/** Postgres's words, where it stopped, the line itself and what the writer may have meant. */
export function syntaxError({ text, what, written }: Parsed, message: string, codePoint: number): ToolError {
  const place = Math.min(characterOfCodePoint(text, codePoint), text.length);
  const [shown, at] = written ? [written.source, written.positionOf(place)] : [text, place];
  const { line, column } = spanOf(shown, at, at);
  const drawn = drawLine(shown.split("\n")[line - 1] ?? "", column);
  const hint = hintFor(text);
  const words = written ? asWritten(message, written) : message;
  return new ToolError("sql_syntax", [`${words} (${what}, line ${line}, column ${column})`, drawn, ...(hint ? [hint] : [])].join("\n"));
}

interface Parsed {
  readonly text: string;
  readonly what: string;
  readonly written: WithPlaceholders | undefined;
}

const WIDTH = 120;

function drawLine(line: string, column: number): string {
  const from = Math.max(0, column - 1 - WIDTH / 2);
  const shown = line.slice(from, from + WIDTH).replace(/\r$/, "");
  const before = line.slice(from, column - 1).replace(/[^\t]/g, " ");
  return `${shown}\n${before}^`;
}

const placeholder = "write placeholders as $1, $2, ….";

/** Texts that people paste and that are not SQL as Postgres reads it. The first that fits is told. */
const hints: readonly { readonly sign: RegExp; readonly hint: string }[] = [
  {
    sign: /\b(?:prisma|drizzle)\b|\.findMany\(|\bpgTable\(|\$queryRaw|^\s*(?:model|datasource|generator)\s+\w+\s*\{/im,
    hint: "This looks like Prisma or Drizzle code, not SQL: pass the SQL that it sends.",
  },
  { sign: /^\s*(?:const|let|await|import|export|function)\b/m, hint: "This looks like program code, not SQL: pass the SQL that it sends." },
  { sign: /^\s*\\\w+/m, hint: "A line that starts with a backslash is a command of psql, not SQL: leave it out." },
  {
    sign: /\bSeq Scan on\b|\bIndex Scan using\b|\(cost=/,
    hint: "This looks like the output of EXPLAIN: pass it as `plan`, and the query as `sql`.",
  },
  { sign: /`/, hint: 'Backticks are MySQL: Postgres quotes names with double quotes, "like this".' },
  { sign: /\blimit\s+\d+\s*,\s*\d+/i, hint: "LIMIT with a comma is MySQL: write limit 10 offset 5." },
  { sign: /\bauto_increment\b/i, hint: "AUTO_INCREMENT is MySQL: write bigint generated always as identity." },
  { sign: /\bselect\s+top\s*\(?\s*\d/i, hint: "TOP is SQL Server: write limit 10 at the end." },
  { sign: /\$\{|\{\{/, hint: `A template was not filled in: ${placeholder}` },
  { sign: /%\(\w+\)s|%s\b/, hint: `%s and %(name)s are Python's: ${placeholder}` },
  {
    sign: /\?\s*(?:[,);]|$|\b(?:and|or|limit|offset|order|group|returning|where|from)\b)/i,
    hint: `? is no placeholder in Postgres: ${placeholder}`,
  },
  { sign: /(?<![:\w\]]):[a-z_]\w*/i, hint: `:name is no placeholder in Postgres: ${placeholder}` },
  { sign: /(?<![\w@])@[a-z_]\w*/i, hint: `@name is no placeholder in Postgres: ${placeholder}` },
];

function hintFor(text: string): string | undefined {
  const bare = text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|\/\*[\s\S]*?\*\//g, (quoted) => (/^['"]/.test(quoted) ? "''" : " "));
  return hints.find(({ sign }) => sign.test(bare))?.hint;
}
