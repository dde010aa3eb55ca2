import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const canMakeCertificates = spawnSync("openssl", ["version"]).status === 0;

interface Certificates {
  /** The authority that signed the others. */
  readonly authority: string;
  /** Another authority, which signed none of them. */
  readonly stranger: string;
  /** For `localhost`, not for 127.0.0.1. */
  readonly server: { readonly certificate: string; readonly key: string };
  /** For the user `holder`. */
  readonly client: { readonly certificate: string; readonly key: string };
  /** PEM of one of the files. */
  read(file: string): string;
}

/** Valid for a day, deleted when the test has finished. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "certificates-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const openssl = (...options: readonly string[]) => {
    const { status, stderr } = spawnSync("openssl", options, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  for (const name of ["authority", "stranger"]) {
    openssl("req", "-x509", ...key, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "1", "-subj", `/CN=${name}`);
  }
  const sign = (name: string, subject: string, extension: string) => {
    writeFileSync(path(`${name}.ext`), extension);
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "authority.pem",
      "-CAkey",
      "authority.key",
      "-CAcreateserial",
      "-out",
      `${name}.pem`,
      "-days",
      "1",
      "-extfile",
      `${name}.ext`,
    );
    return { certificate: path(`${name}.pem`), key: path(`${name}.key`) };
  };
  return {
    authority: path("authority.pem"),
    stranger: path("stranger.pem"),
    server: sign("server", "/CN=localhost", "subjectAltName=DNS:localhost"),
    client: sign("client", "/CN=holder", "extendedKeyUsage=clientAuth"),
    read: (file) => readFileSync(file, "utf8"),
  };
}
