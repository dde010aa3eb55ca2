import { lstat, open, rename, rm } from "node:fs/promises";
import { isOurs } from "../catalog/query.ts";
import { beginsSnapshot, renderSnapshot, type Snapshot } from "../catalog/snapshot-file.ts";
import { recordSnapshot, workloadState } from "../catalog/snapshot-record.ts";
import { hiddenIn, missingStatements, readWorkloadPlace, type WorkloadPlace } from "../catalog/workload.ts";
import type { Config } from "../config.ts";
import { ToolError } from "../error.ts";
import { openServices } from "../runtime.ts";
import { maskedStatement } from "../sql/masked.ts";
import { quote } from "../sql/quote.ts";

/** Writes a snapshot of the database to a file, or to stdout. What went wrong, and what was written, is told on stderr. */
export async function snapshot(config: Config): Promise<void> {
  const { file, values } = config.written;
  const services = openServices(config);
  try {
    if (!services.hasDatabase) throw new ToolError("no_database", "A snapshot is taken of a database: set DATABASE_URL.");
    if (file !== undefined) await refuseToReplace(file);
    const { taken, place } = await services.database().transaction(
      async (database) => ({
        taken: await recordSnapshot(database, recording(config)),
        place: await readWorkloadPlace(database),
      }),
      { cause: { name: "snapshot" } },
    );
    const text = renderSnapshot(taken);
    await (file === undefined ? printed(text) : written(file, text, { mode: values ? 0o600 : 0o666 }));
    console.error(summary(taken, { to: file ?? "stdout", bytes: Buffer.byteLength(text), place }));
    if (values)
      console.error(
        `Warning: it holds values of your rows (most common values, histograms). ${file === undefined ? "Keep it to yourself." : "Only you may read the file: keep it so."}`,
      );
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(`backend-db-mcp: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await services.close();
  }
}

const recording = ({ version, written: { values, workload } }: Config) => ({
  product: version,
  values,
  statement: workload ? keptText : undefined,
});

const keptText = async (text: string) => (isOurs(text) ? undefined : maskedStatement(text));

interface Written {
  readonly to: string;
  readonly bytes: number;
  readonly place: WorkloadPlace | undefined;
}

function summary({ database, serverVersion, holds, rows }: Snapshot, { to, bytes, place }: Written): string {
  const relations = rows.get("relation edges")?.length ?? 0;
  const wrote = `Wrote ${to}: ${database}, PostgreSQL ${serverVersion}, ${relations} relations, ${bytes} bytes. It holds ${holds.join(", ")}.`;
  const role = quote(String(rows.get("server")?.[0]?.user));
  const hidden = hiddenIn(rows.get("workload statements") ?? []);
  const missing = workloadState(rows) === "left out" ? undefined : missingStatements(place, hidden, role);
  return missing === undefined ? wrote : `${wrote}\nNot all statements are in it: ${missing}`;
}

/** Only a snapshot is replaced: whatever else has this name is somebody's work. */
async function refuseToReplace(file: string): Promise<void> {
  const found = await lstat(file).catch((error: unknown) =>
    codeOf(error) === "ENOENT" ? undefined : Promise.reject(unwritten(file, error)),
  );
  if (!found) return;
  if (!found.isFile()) throw refusal(`${file} is not a file.`);
  if (!beginsSnapshot(await firstOf(file))) throw refusal(`${file} exists and is not a snapshot, so it is left as it is.`);
}

async function firstOf(file: string): Promise<string> {
  const handle = await open(file).catch((error: unknown) => Promise.reject(unwritten(file, error)));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Beside the file first, and then in its place at once: whoever reads it meanwhile sees the old one whole. */
async function written(file: string, text: string, { mode }: { mode: number }): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(beside, "wx", mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw unwritten(file, error);
  }
}

const printed = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.once("error", (error) => reject(unwritten("stdout", error)));
    process.stdout.write(text, (error) => (error ? reject(unwritten("stdout", error)) : resolve()));
  });

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be larger than this user may make one",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "nothing can be written there",
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of its path is not a folder",
  EPIPE: "nobody reads it",
};

const unwritten = (to: string, error: unknown) => {
  const code = codeOf(error);
  return new ToolError("bad_snapshot", `The snapshot could not be written to ${to}: ${reasons[code] ?? code}. Nothing was left there.`);
};

const refusal = (what: string) => new ToolError("bad_snapshot", `${what} Name another file.`);
