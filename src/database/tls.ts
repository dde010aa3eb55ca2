import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, createSecureContext } from "node:tls";
import { ToolError } from "../error.ts";
import { conceal } from "../redact.ts";

/**
 * What is checked of the server, in libpq's words (https://www.postgresql.org/docs/current/libpq-ssl.html).
 * `prefer` encrypts if the server can; `require` always, with any certificate; `verify-ca` also checks who signed
 * it; `verify-full` also whose it is.
 */
export type TlsMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

export interface Tls {
  readonly mode: TlsMode;
  /** PEM. Without one, a certificate is checked against the authorities that come with Node, as libpq's `sslrootcert=system`. */
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  /** A function, so that no log or JSON of the options shows the key. */
  readonly key: () => string | undefined;
}

interface TlsParameters {
  readonly sslmode: string | undefined;
  readonly sslrootcert?: string | undefined;
  readonly sslcert?: string | undefined;
  readonly sslkey?: string | undefined;
  /** The passphrase of the key. */
  readonly sslpassword?: string | undefined;
}

export function parseTls({ sslmode, sslrootcert, sslcert, sslkey, sslpassword }: TlsParameters): Tls {
  const ca = sslrootcert === undefined || sslrootcert === "system" ? undefined : read("sslrootcert", sslrootcert);
  const certificate = sslcert === undefined ? undefined : read("sslcert", sslcert);
  const key = sslkey === undefined ? undefined : decrypted(read("sslkey", sslkey), sslpassword);
  try {
    createSecureContext({ ca, cert: certificate, key });
  } catch {
    throw new ToolError(
      "connection_failed",
      "sslrootcert, sslcert and sslkey must name PEM files, and sslcert must belong to sslkey. The passphrase of an encrypted key is sslpassword.",
    );
  }
  return { mode: parseMode(sslmode, sslrootcert), ca, certificate, key: () => key };
}

/** In memory without its passphrase, so that only one secret travels on. */
function decrypted(key: string, passphrase: string | undefined): string {
  if (passphrase === undefined) return key;
  conceal(passphrase);
  try {
    return createPrivateKey({ key, passphrase }).export({ type: "pkcs8", format: "pem" }).toString();
  } catch {
    throw new ToolError("connection_failed", "sslpassword does not open the key that sslkey names, or that file holds no key.");
  }
}

function parseMode(sslmode: string | undefined, sslrootcert: string | undefined): TlsMode {
  if (sslrootcert === "system") return "verify-full";
  switch (sslmode) {
    case undefined:
    case "prefer":
    // libpq's "allow" tries plain first; nothing is lost by encrypting if the server can.
    case "allow":
      return "prefer";
    // pg's own word for it.
    case "no-verify":
      return "require";
    case "require":
      return sslrootcert === undefined ? "require" : "verify-ca";
    case "disable":
    case "verify-ca":
    case "verify-full":
      return sslmode;
    default:
      throw new ToolError("connection_failed", "sslmode must be disable, allow, prefer, require, verify-ca or verify-full.");
  }
}

function read(parameter: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new ToolError(
      "connection_failed",
      `${parameter} names the file ${path}, which cannot be read. Correct the path or its permissions.`,
    );
  }
}

/** For node:tls. A fresh object each time, because pg changes it. */
export function secureOptions({ mode, ca, certificate, key }: Tls, host: string): ConnectionOptions {
  return {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: mode === "verify-ca" || mode === "verify-full",
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key() === undefined ? {} : { key: key() }),
  };
}
