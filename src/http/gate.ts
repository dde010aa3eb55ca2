import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import type { Refusal } from "./refuse.ts";

/** Undefined: the request may go on. Decided by its headers alone, before anything of its body is read. */
export type Gate = (request: IncomingMessage) => Refusal | undefined;

const loopback = ["localhost", "127.0.0.1", "[::1]"];
/** A name or an address, then a port: https://www.rfc-editor.org/rfc/rfc9110#section-7.2 */
const hostForm = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const originOfThisMachine = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

interface Known {
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
}

/**
 * Neither the page of another site in a browser that can reach us, nor a name that such a site has pointed at our address:
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
 */
export function fromHere({ hosts, origins }: Known): Gate {
  const names = [...loopback, ...hosts];
  return ({ headers: { host = "", origin } }) => {
    const [, name = ""] = hostForm.exec(host) ?? [];
    if (!names.includes(name.toLowerCase()))
      return { status: 403, message: "This Host is not served here. --allowed-host adds the name by which clients call the server." };
    if (origin === undefined || originOfThisMachine.test(origin) || origins.includes(origin.toLowerCase())) return undefined;
    return { status: 403, message: "Pages of this Origin may not call. --allowed-origin adds one that may." };
  };
}

/** Whether it is a name or an address without a port. */
export const isHost = (name: string) => hostForm.exec(asHost(name))?.[1] === asHost(name);

/** As a Host header has it. */
export const asHost = (name: string) => (isIPv6(name) ? `[${name}]` : name).toLowerCase();

export const isOrigin = (origin: string) => /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/i.test(origin);

export function withToken(token: string | undefined): Gate {
  if (token === undefined) return () => undefined;
  const expected = digestOf(token);
  return ({ headers: { authorization = "" } }) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (given !== undefined && timingSafeEqual(digestOf(given), expected)) return undefined;
    const challenge = given === undefined ? "Bearer" : 'Bearer error="invalid_token"';
    return {
      status: 401,
      message: "Clients must send the server's token: Authorization: Bearer …",
      headers: { "www-authenticate": challenge },
    };
  };
}

/** Of one length whatever was sent, since the comparison wants two of the same. */
const digestOf = (text: string) => createHash("sha256").update(text).digest();

/** Of requests. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Addresses remembered; who is forgotten starts with a full bucket. */
const ADDRESSES = 10_000;

/** A bucket of tokens for each address. */
export function notTooOften({ burst, perSecond }: Rate): Gate {
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return ({ socket: { remoteAddress = "" } }) => {
    const now = performance.now() / 1000;
    const { left, at } = buckets.get(remoteAddress) ?? { left: burst, at: now };
    const filled = Math.min(burst, left + (now - at) * perSecond);
    // Taken out first, so that the map's first is the one that was silent the longest.
    buckets.delete(remoteAddress);
    buckets.set(remoteAddress, { left: filled < 1 ? filled : filled - 1, at: now });
    const [silent] = buckets.keys();
    if (buckets.size > ADDRESSES && silent !== undefined) buckets.delete(silent);
    if (filled >= 1) return undefined;
    const seconds = Math.ceil((1 - filled) / perSecond);
    return {
      status: 429,
      message: `Too many requests come from this address. Try again in ${seconds} s.`,
      headers: { "retry-after": String(seconds) },
    };
  };
}
