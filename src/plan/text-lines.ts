import { csvRecords } from "./csv.ts";
import { readNodeLine } from "./text-node.ts";

export interface Line {
  /** Columns before its first character. */
  readonly indent: number;
  /** Without them, and without spaces at the end. A constant that runs over lines is within one. */
  readonly text: string;
}

/** The lines of a plan as EXPLAIN printed them, from its first node on, out of what psql or a CSV export drew around them. */
export function linesOf(text: string): readonly Line[] {
  const bare = unframed(text.replaceAll(/\r\n?/g, "\n").split("\n"));
  const start = bare.findIndex((line) => readNodeLine(line.trim(), "at the root") !== undefined);
  return start < 0
    ? []
    : joined(bare.slice(start)).flatMap((line) => {
        const text = line.trimStart();
        return text === "" ? [] : [{ indent: columns(line.slice(0, line.length - text.length)), text: text.trimEnd() }];
      });
}

/** A tab stands for one level of what a log adds. */
const columns = (space: string) => space.replaceAll("\t", "        ").length;

const HEADING = /^\W*QUERY PLAN\W*$/i;
const RULE = /^[\s|+│┼├┤╔╗╚╝═─┌┐└┘-]*[-─═]{3}[\s|+│┼├┤╔╗╚╝═─┌┐└┘-]*$/;
const COUNT = /^\s*\(\d+ rows?\)\s*$/;
const FENCE = /^\s*```\w*\s*$/;

function unframed(lines: readonly string[]): readonly string[] {
  const csv = outOfCsv(lines);
  if (csv) return csv;
  const expanded = lines.some((line) => /^-\[ RECORD \d+ \]/.test(line));
  const framed = lines.some((line, at) => HEADING.test(line) && RULE.test(lines[at + 1] ?? ""));
  return lines
    .filter((line) => !HEADING.test(line) && !RULE.test(line) && !COUNT.test(line) && !FENCE.test(line) && !/^-\[ RECORD/.test(line))
    .map((line) => (expanded ? line.replace(/^(?:QUERY PLAN| {10}) \| ?/, "") : line))
    .map((line) =>
      framed
        ? line
            .replace(/^\s?[|│] ?/, "")
            .replace(/\s*[|│]?\s*$/, "")
            .replace(/\s*[+↵]$/, "")
        : line,
    );
}

/** What psql draws at the end of a line, and the spaces before and after it. */
export function withoutEnding(line: string, drawn: string): string {
  const text = line.trimEnd();
  return text !== "" && drawn.includes(text.charAt(text.length - 1)) ? text.slice(0, -1).trimEnd() : text;
}

/** Every line in quotes, or only those that need them under a heading without a rule below. */
function outOfCsv(lines: readonly string[]): readonly string[] | undefined {
  const [first = "", second = ""] = lines.filter((line) => line.trim() !== "");
  const headed = /^"?QUERY PLAN"?$/i.test(first.trim()) && !RULE.test(second);
  if (!headed && !first.startsWith('"')) return undefined;
  // A plan holds commas; a client that quotes nothing has not written CSV.
  const whole = csvRecords(lines.join("\n")).map((fields) => fields.join(","));
  return (headed ? whole.slice(1) : whole).flatMap((cell) => cell.split("\n"));
}

/** Deeper lines than this are not looked through for the end of a constant. */
const FARTHEST = 50;

/** Postgres prints the line ends of constants and of quoted names as they are. */
function joined(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const end = closes(lines, at);
    whole.push(lines.slice(at, end + 1).join("\n"));
    at = end;
  }
  return whole;
}

/** Which line closes the quotes that this one opens; itself, if none does. */
function closes(lines: readonly string[], start: number): number {
  let quote = "";
  for (let at = start; at < Math.min(lines.length, start + FARTHEST); at++) {
    for (const [character] of (lines[at] ?? "").matchAll(/['"]/g)) quote = quote === "" ? character : quote === character ? "" : quote;
    if (quote === "") return at;
  }
  return start;
}
