import { readFileSync } from "node:fs";

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres refuses to run as root. Then it runs as `nobody` or the first other user; undefined: as we are. */
export function userForPostgres(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([, , uid]) => uid !== undefined && uid !== "0");
  const [, , uid, gid] = users.find(([name]) => name === "nobody") ?? users[0] ?? [];
  if (uid === undefined || gid === undefined) throw new Error("Postgres does not run as root, and /etc/passwd names nobody else.");
  return { uid: Number(uid), gid: Number(gid) };
}
