import { execFile } from "node:child_process";
import { basename } from "node:path";
import { ToolError } from "../error.ts";
import { conceal } from "../redact.ts";

/** A program that prints the password, for servers that take short-lived tokens. */
export interface PasswordCommand {
  /** The variable that holds it. */
  readonly variable: string;
  /** Runs it. Throws in our words; of what it printed nothing is in them. */
  run(signal: AbortSignal): Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Milliseconds: enough to ask a service for a token, and as long as libpq's `connect_timeout` is here by default. */
const TIME_LIMIT = 10_000;

/** Bytes. No token is so long, so this is something else. */
const MOST_OUTPUT = 64 * 1024;

/** Tokens that stay out of the log after they were used. */
const REMEMBERED = 16;

/** What the variable holds, or nothing. Throws where it is no command. */
export function passwordCommandFrom(variable: string, environment: Environment): PasswordCommand | undefined {
  const written = environment[variable]?.trim();
  if (!written) return undefined;
  const [program = "", ...args] = wordsOf(written, variable);
  const concealed: (() => void)[] = [];
  return {
    variable,
    async run(signal) {
      const password = passwordIn(await outputOf({ program, args, environment, signal, variable }), { program, variable });
      concealed.push(conceal(password));
      if (concealed.length > REMEMBERED) concealed.shift()?.();
      return password;
    },
  };
}

/**
 * Words as a shell reads them, and nothing more: quotes and backslash keep a word together; a variable, a pipe or a
 * redirection is refused, because no shell will run it. Or a JSON array of words.
 */
export function wordsOf(written: string, variable: string): readonly string[] {
  return written.startsWith("[") ? jsonWords(written, variable) : shellWords(written, variable);
}

function jsonWords(written: string, variable: string): readonly string[] {
  const words = parsed(written);
  const valid = Array.isArray(words) && words.every((word) => typeof word === "string" && !word.includes("\0")) && words[0];
  if (!valid) throw malformed(variable, 'starts with [ and is no JSON array of strings, such as ["/usr/bin/get-token", "shop"]');
  return words;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Blanks; 'single quotes'; "double quotes", with \" \\ \$ and \` in them; \x; plain characters; what only a shell understands. */
const piece = /(\s+)|'([^']*)'|"((?:[^"\\$`]|\\.)*)"|\\(.)|([^\s'"\\|&;<>$`]+)|(["']|[|&;<>$`])/gsy;

function shellWords(written: string, variable: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const [text, blank, single, double, escaped, plain, special] of written.matchAll(piece)) {
    if (special !== undefined) throw malformed(variable, complaintOf(special));
    end += text.length;
    if (blank === undefined) word = (word ?? "") + (single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain);
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (end < written.length) throw malformed(variable, "ends with a backslash");
  if (word !== undefined) words.push(word);
  if (!words[0]) throw malformed(variable, "names no program");
  return words;
}

function complaintOf(special: string): string {
  if (special === "'") return "has a ' that is not closed";
  if (special === '"') return 'has a " that is not closed, or a $ or ` between two of them';
  return `has ${special} outside quotes, and no shell runs it`;
}

const malformed = (variable: string, what: string) =>
  new ToolError(
    "connection_failed",
    `${variable} ${what}. Write a program and its arguments, with quotes around what has blanks; what needs a shell goes into a script.`,
  );

interface Running {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly variable: string;
}

function outputOf({ program, args, environment, signal, variable }: Running): Promise<string> {
  const options = {
    env: environment,
    timeout: TIME_LIMIT,
    maxBuffer: MOST_OUTPUT,
    killSignal: "SIGKILL",
    signal,
    windowsHide: true,
  } as const;
  return new Promise((resolve, reject) => {
    try {
      const child = execFile(program, args, options, (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(signal.aborted ? signal.reason : failed(`${variable}: ${basename(program)}`, error));
      });
      child.stdin?.on("error", () => undefined).end();
    } catch {
      // A word with a NUL, or longer than the system takes.
      reject(failed(`${variable}: ${basename(program)}`, { code: "EINVAL" }));
    }
  });
}

interface Ended {
  /** An exit code, or an error number of the system. */
  readonly code?: number | string | null | undefined;
  readonly killed?: boolean | undefined;
  readonly signal?: NodeJS.Signals | null | undefined;
}

const failed = (what: string, ended: Ended) => new ToolError("connection_failed", `${what} ${reasonOf(ended)}`);

function reasonOf({ code, killed, signal }: Ended): string {
  if (code === "ENOENT") return "was not found. Write its full path, or add its folder to PATH.";
  if (code === "EACCES") return "may not be run by this user. Make it executable.";
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return `printed more than ${MOST_OUTPUT / 1024} kB, and a password was expected.`;
  if (typeof code === "string") return `could not be started (${code}).`;
  if (killed)
    return `did not end within ${TIME_LIMIT / 1000} s and was stopped. Run it by hand: it may wait for a login or for the network.`;
  const how = typeof code === "number" ? `with exit code ${code}` : `by ${signal}`;
  return `ended ${how}, so there is no password. Run it by hand to see why; what it printed is not repeated here.`;
}

function passwordIn(output: string, { program, variable }: Pick<Running, "program" | "variable">): string {
  const password = output.trim();
  const wrong = password === "" ? "nothing" : /\p{Cc}/u.test(password) ? "more than one line" : undefined;
  if (wrong === undefined) return password;
  throw new ToolError(
    "connection_failed",
    `${variable}: ${basename(program)} printed ${wrong}. It must print the password alone, on one line.`,
  );
}
