import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { BlockList, isIPv6 } from "node:net";
import type { HttpConfig } from "../config.ts";
import { ToolError } from "../error.ts";
import { conceal } from "../redact.ts";
import { asHost, isHost, isOrigin } from "./gate.ts";

interface Place {
  /** Where to listen. */
  readonly address: string;
  readonly token: string | undefined;
  /** Names that clients may call us by, as a Host header has them, and pages that may call, as an Origin header has them. */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
}

/** What the configuration asks for. Throws what is wrong with it. */
export async function placeOf({ host, tokenFile, allowedHosts, allowedOrigins }: HttpConfig): Promise<Place> {
  for (const name of allowedHosts) {
    if (!isHost(name)) throw mistake(`--allowed-host takes a name without a port, such as db.example.com, not ${name}.`);
  }
  for (const origin of allowedOrigins) {
    if (!isOrigin(origin)) throw mistake(`--allowed-origin takes an origin such as https://app.example.com, not ${origin}.`);
  }
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  const address = await addressOf(host);
  if (token === undefined && !loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4")) {
    throw mistake(`--http ${host} is open to other machines, so clients must show a token: add --auth-token-file, or serve on 127.0.0.1.`);
  }
  const own = unspecified.has(address) ? [] : [host];
  return {
    address,
    token,
    hosts: [...own, ...allowedHosts].map(asHost),
    origins: allowedOrigins.map((origin) => origin.toLowerCase()),
  };
}

const mistake = (message: string) => new ToolError("invalid_argument", message);

/** Every address of the machine, and the name of none. */
const unspecified = new Set(["0.0.0.0", "::"]);

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** The address decides who can reach us, not the name, which may mean anything. */
async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host, { order: "ipv4first" })).address;
  } catch {
    throw mistake(`--http names ${host}, which has no address.`);
  }
}

/** As it can stand in a header (https://www.rfc-editor.org/rfc/rfc6750#section-2.1), and too long to be guessed. */
const tokenForm = /^[A-Za-z0-9._~+/-]{32,}=*$/;

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, "utf8").trim();
  } catch {
    throw mistake(`--auth-token-file names ${file}, which cannot be read.`);
  }
  conceal(token);
  if (tokenForm.test(token)) return token;
  throw mistake(
    `${file} must hold one token of at least 32 characters, letters, digits and ._~+/- only. Write it with: openssl rand -hex 32 > ${file}`,
  );
}
