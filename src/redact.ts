import { ToolError } from "./error.ts";

/** Each secret of this process in the forms in which a library may print it. */
const secrets = new Set<readonly string[]>();

/** A shorter one is found in any line by chance, and the gaps would tell it. */
const SHORTEST = 4;

/** Keeps a password or token out of the log, until what is returned is called. */
export function conceal(secret: string): () => void {
  if (secret.length < SHORTEST) return () => undefined;
  const bytes = Buffer.from(secret);
  const encoded = encodeURIComponent(bytes.toString());
  const lowerCase = encoded.replaceAll(/%../g, (octet) => octet.toLowerCase());
  const forms = [secret, encoded, lowerCase, bytes.toString("base64"), JSON.stringify(secret).slice(1, -1)];
  secrets.add(forms);
  return () => void secrets.delete(forms);
}

/** The longest first, since one secret may be a part of another. */
function redact(text: string): string {
  const forms = [...secrets].flat().sort((a, b) => b.length - a.length);
  return forms.reduce((rest, form) => rest.replaceAll(form, "***"), text);
}

/**
 * What the log is told of an error that nobody expected, and of its causes: class, code, the server's routine, our
 * statement's name and our stack. Its words only where we wrote them: those of Postgres quote values of rows, those of
 * JavaScript what could not be parsed or converted.
 */
export function asLogged(error: unknown): string {
  const chain: Error[] = [];
  for (let fault = error; fault instanceof Error && !chain.includes(fault); fault = fault.cause) chain.push(fault);
  return redact(chain.length === 0 ? `Something was thrown that is no error, but of type ${typeof error}.` : chain.map(told).join("\n"));
}

interface Facts {
  readonly code?: unknown;
  readonly routine?: unknown;
  readonly statement?: unknown;
}

function told(fault: Error): string {
  const { code, routine, statement } = fault as Error & Facts;
  const facts = [code, routine, statement].filter((fact) => typeof fact === "string" && /^[\w .:()/-]{1,80}$/.test(fact));
  const words = fault.constructor === Error || fault instanceof ToolError ? `: ${fault.message.slice(0, MOST_WORDS)}` : "";
  return [`${fault.constructor.name}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}${words}`, ...framesOf(fault)].join("\n");
}

const MOST_WORDS = 500;

/** A message may have lines that look like frames, so it is cut off first. */
function framesOf({ stack = "", message }: Error): readonly string[] {
  const start = stack.indexOf(message);
  const frames = start < 0 ? stack : stack.slice(start + message.length);
  return frames.split("\n").filter((line) => /^ {4}at [^"']*:\d+:\d+\)?$/.test(line));
}
