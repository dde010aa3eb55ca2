import { setTimeout as sleep } from "node:timers/promises";
import type { Asked, Chat, Protocol } from "./chat.ts";

interface Place {
  readonly protocol: Protocol;
  readonly model: string;
  readonly baseUrl: string;
  readonly key: string;
  /** Milliseconds of one answer, and of the first pause before it is asked for again. */
  readonly patience?: number;
  readonly pause?: number;
}

/** Each says what to do, and none holds the key. */
export class ModelError extends Error {}

const TRIES = 5;
/** Characters of what a server says of itself. */
const SAID = 300;

/** Asks over HTTP. What is busy or broken for a moment is asked again, as late as it says. */
export const chatWith =
  ({ protocol, model, baseUrl, key, patience = 300_000, pause = 1000 }: Place): Chat =>
  async (asked) => {
    for (let tried = 1; ; tried += 1) {
      const outcome = await send(asked);
      if ("reply" in outcome) return outcome.reply;
      if (!outcome.again || tried === TRIES) throw new ModelError(outcome.why);
      await sleep(outcome.after ?? pause * 2 ** (tried - 1));
    }

    type Outcome =
      | { readonly reply: Awaited<ReturnType<Chat>> }
      | { readonly why: string; readonly again: boolean; readonly after?: number | undefined };

    async function send(question: Asked): Promise<Outcome> {
      const url = `${baseUrl.replace(/\/+$/, "")}${protocol.path}`;
      const request = {
        method: "POST",
        headers: { "content-type": "application/json", ...protocol.headers(key) },
        body: JSON.stringify(protocol.body(model, question)),
        signal: AbortSignal.timeout(patience),
      };
      try {
        const response = await fetch(url, request);
        const text = await response.text();
        return response.ok ? read(text, url) : refused(response, text);
      } catch (error) {
        const why =
          error instanceof Error && error.name === "TimeoutError" ? `gave no answer within ${patience / 1000} s` : "cannot be reached";
        return { why: `${url} ${why}. Look at --base-url, the network and the server.`, again: true };
      }
    }

    function read(text: string, url: string): Outcome {
      const reply = protocol.reply(parsed(text));
      if (reply) return { reply };
      return { why: `${url} answered with something else than a message: ${shown(text)}. Look at --api and --base-url.`, again: false };
    }

    function refused({ status, headers }: Response, text: string): Outcome {
      if (status === 429 || status >= 500) {
        const seconds = Number(headers.get("retry-after"));
        const why = `The server is busy or broken (HTTP ${status}): ${shown(text)}. Try later.`;
        return { why, again: true, after: seconds > 0 ? seconds * 1000 : undefined };
      }
      const look = { 401: protocol.keyIn, 403: protocol.keyIn, 404: "--model and --base-url" }[status] ?? "--model and --api";
      return { why: `The server refuses (HTTP ${status}): ${shown(text)}. Look at ${look}.`, again: false };
    }

    /** A server may repeat the key that it refuses. */
    function shown(text: string): string {
      return (key === "" ? text : text.replaceAll(key, "***")).replaceAll(/\s+/g, " ").slice(0, SAID);
    }
  };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
