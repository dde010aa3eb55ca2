import { isJson } from "./json.ts";
import { type Plan, planOf } from "./plan.ts";
import { readText } from "./read-text.ts";
import { jsonIn } from "./statement.ts";
import { readNodeLine } from "./text-node.ts";

/** One execution that auto_explain logged. */
export interface Logged {
  readonly query: string | undefined;
  /** Milliseconds. */
  readonly duration: number | undefined;
  readonly plan: Plan;
}

export interface Log {
  readonly entries: readonly Logged[];
  /** Entries whose end is missing. They are left out. */
  readonly cut: number;
  /** Entries that were not looked at. */
  readonly more: number;
}

/** A message of auto_explain: `duration: 12.345 ms  plan:` and the lines below. */
interface Message {
  readonly duration: number;
  /** Empty where its end is missing. */
  readonly body: string;
}

/** An excerpt of a server's log, written to stderr with any `log_line_prefix`, as csvlog or as jsonlog, in auto_explain's text or JSON: as many entries as that. Undefined for what has none. */
export function readLog(text: string, most: number): Log | undefined {
  const messages = [messagesInJson, messagesInCsv, messagesInStderr].map((read) => read(text)).find((found) => found.length > 0);
  if (messages === undefined) return undefined;
  const read = messages.slice(0, most).map(entry);
  const entries = read.filter((one) => one !== undefined);
  return { entries, cut: read.length - entries.length, more: messages.length - read.length };
}

/** Within a string of JSON, where a line end is `\\n`; what another program put around it does not matter. */
const messagesInJson = (text: string): readonly Message[] =>
  Array.from(text.matchAll(/duration: ([\d.]+) ms {2}plan:\\n((?:[^"\\]|\\.)*)(")?/g), ([, duration, body, closing]) => {
    const string = closing && jsonIn(`["${body}"]`);
    return { duration: Number(duration), body: Array.isArray(string) ? String(string[0]) : "" };
  });

/** Within a field of CSV, in which quotes are doubled. */
const messagesInCsv = (text: string): readonly Message[] =>
  Array.from(text.matchAll(/(?:^|,)"duration: ([\d.]+) ms {2}plan:\r?\n((?:[^"]|"")*)(")?/gm), ([, duration, body = "", closing]) => ({
    duration: Number(duration),
    body: closing ? body.replaceAll('""', '"') : "",
  }));

const HEAD = /\bduration: ([\d.]+) ms {2}plan:\s*$/;

/** The severity stands after the prefix; no translation of Postgres has a space less. */
const ANOTHER = /^\S.*?\b\p{Lu}+\d?: {2}/u;

/** What `docker compose logs` and syslog put before every line; a tab is `#011` to syslog. */
const SHIPPED = /^(?:[\w.-]+ +\| |.*?\bpostgres\[\d+\]: (?:\[\d+-\d+\] )?)/;

/** A message is the line that begins it and those below that begin with a tab; lines of other sessions may come between. */
function messagesInStderr(text: string): readonly Message[] {
  const messages: { readonly duration: number; readonly lines: string[] }[] = [];
  let interrupted = false;
  for (const written of text.split(/\r?\n/)) {
    const line = written.replace(SHIPPED, "").replaceAll("#011", "\t");
    const [head, duration] = HEAD.exec(line) ?? [];
    const message = messages.at(-1);
    if (head !== undefined) messages.push({ duration: Number(duration), lines: [] });
    else if (ANOTHER.test(line)) interrupted = true;
    else if (message && (!interrupted || belongs(line, message.lines))) message.lines.push(line.replace(/^\t/, ""));
    if (head !== undefined) interrupted = false;
  }
  return messages.map(({ duration, lines }) => ({ duration, body: lines.join("\n").trimEnd() }));
}

/** Whether a line below the message of another session goes on with the plan above that. */
const belongs = (line: string, [first = "", ...lines]: readonly string[]) =>
  first.startsWith("{") ? lines.at(-1)?.trimEnd() !== "}" && /^\s*["{}[\]]/.test(line) : /^\s+->|^\s+[A-Z][\w/ -]{0,40}: /.test(line);

/** Undefined where the end is missing. */
function entry({ duration, body }: Message): Logged | undefined {
  if (body.startsWith("{")) {
    const json = jsonIn(body);
    if (!isJson(json)) return undefined;
    const query = json["Query Text"];
    return { duration, query: typeof query === "string" ? query : undefined, plan: planOf(json, {}) };
  }
  const lines = body.split("\n");
  const start = lines.findIndex((line) => readNodeLine(line.trimEnd(), "at the root"));
  const [read] = start < 0 ? [] : readText(lines.slice(start).join("\n"));
  if (read === undefined || read.cut) return undefined;
  const [, query] = /^Query Text: (.*?)(?:\nQuery Parameters: .*)?$/s.exec(lines.slice(0, start).join("\n")) ?? [];
  return { duration, query, plan: planOf(read.statement, {}) };
}
