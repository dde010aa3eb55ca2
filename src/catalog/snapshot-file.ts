import { open, stat } from "node:fs/promises";
import { ToolError } from "../error.ts";
import { queriesFor } from "./queries.ts";

export type Row = Readonly<Record<string, unknown>>;

/** What one database answered to every catalog query, at one moment. */
export interface Snapshot {
  /** Version of the program that wrote it. */
  readonly product: string;
  readonly serverVersion: string;
  /** `server_version_num`. */
  readonly versionNumber: number;
  /** Only its name: neither host nor user. */
  readonly database: string;
  /** By the server's clock, ISO 8601. */
  readonly takenAt: string;
  /** "catalog", "sizes", "statistics", "settings", "counters"; "values" and "workload" where they were asked for. */
  readonly holds: readonly string[];
  /** By the name of their query. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}

/** To be raised when a query gets other columns, or other values in them: a file of another format is told apart, not misread. */
const FORMAT = 1;
const MARK = "backend_db_mcp_snapshot";

/** Bytes. 10,000 tables take 31 MB before most common values and histograms (measured); Node holds no text of more than 512 MB. */
const LARGEST = 400_000_000;

/** One row a line, so that two snapshots can be compared by eye. Rows are lists: their columns are named once. */
export function renderSnapshot({ rows, product, serverVersion, versionNumber, database, takenAt, holds }: Snapshot): string {
  const head = {
    [MARK]: FORMAT,
    product,
    server_version: serverVersion,
    server_version_num: versionNumber,
    database,
    taken_at: takenAt,
    holds,
  };
  const queries = [...rows].map(([name, found]) => {
    const columns = Object.keys(found[0] ?? {});
    const lines = found.map((row) => `\n${JSON.stringify(columns.map((column) => row[column]))}`);
    return `\n${JSON.stringify(name)}: {"columns": ${JSON.stringify(columns)}, "rows": [${lines.join(",")}]}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},\n"queries": {${queries.join(",")}}}\n`;
}

/** Whether a text that begins so was written by `renderSnapshot`, whatever its format. */
export const beginsSnapshot = (text: string): boolean => new RegExp(`^\\s*\\{\\s*"${MARK}"\\s*:`).test(text);

/** `file`: what the text is called in an error. */
export function parseSnapshot(text: string, file: string): Snapshot {
  if (!beginsSnapshot(text)) throw unreadable(`${file} is not a snapshot.`);
  const { [MARK]: format, ...found } = jsonOf(text, file);
  if (typeof format === "number" && format > FORMAT) {
    const newer = `It was written by version ${String(found.product)} of this server.`;
    throw unreadable(`${file} is a snapshot of format ${format}, and this server reads format ${FORMAT}. ${newer} Update this server.`, "");
  }
  if (format !== FORMAT) throw unreadable(`${file} is a snapshot of format ${String(format)}, and this server reads format ${FORMAT}.`);
  return complete(found, file);
}

function jsonOf(text: string, file: string): Row {
  try {
    return JSON.parse(text) as Row;
  } catch {
    throw unreadable(`${file} begins as a snapshot and then breaks off, or is no longer JSON.`);
  }
}

interface Kept {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

interface Head {
  readonly product: string;
  readonly server_version: string;
  readonly server_version_num: number;
  readonly database: string;
  readonly taken_at: string;
  readonly holds: readonly string[];
  readonly queries: Row;
}

function complete(found: Row, file: string): Snapshot {
  if (!isHead(found)) throw unreadable(`${file} is a snapshot whose head is damaged.`);
  const { product, server_version, server_version_num, database, taken_at, holds, queries } = found;
  const missing = queriesFor(server_version_num).find(({ name, from, live }) => from === undefined && !live && !isKept(queries[name]));
  if (missing) throw unreadable(`${file} is a snapshot without "${missing.name}", which this server needs.`);
  return {
    product,
    serverVersion: server_version,
    versionNumber: server_version_num,
    database,
    takenAt: taken_at,
    holds,
    rows: new Map(Object.entries(queries).flatMap(([query, kept]) => (isKept(kept) ? [[query, rowsOf(kept)] as const] : []))),
  };
}

const isHead = (found: object): found is Head => {
  const { product, server_version, server_version_num, database, taken_at, holds, queries } = found as Row;
  const texts = [product, server_version, database, taken_at];
  return texts.every(isText) && typeof server_version_num === "number" && isListOf(holds, isText) && isRecord(queries);
};

const rowsOf = ({ columns, rows }: Kept): readonly Row[] =>
  rows.map((row) => Object.fromEntries(columns.map((column, place) => [column, row[place]])));

const isText = (value: unknown): value is string => typeof value === "string";
const isRecord = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);
const isListOf = <Item>(value: unknown, is: (item: unknown) => item is Item): value is readonly Item[] =>
  Array.isArray(value) && value.every(is);
const isKept = (value: unknown): value is Kept => {
  if (!isRecord(value) || !isListOf(value.columns, isText)) return false;
  const width = value.columns.length;
  return isListOf(value.rows, (row): row is readonly unknown[] => Array.isArray(row) && row.length === width);
};

/** Reads the whole file at once: throws what the caller can put right. */
export async function readSnapshotFile(file: string): Promise<Snapshot> {
  // A pipe waits for its writer, and a device has no end.
  const found = await stat(file).catch((error: unknown) => Promise.reject(unopened(file, error)));
  if (!found.isFile() && !found.isDirectory()) throw unreadable(`The snapshot ${file} cannot be read: it is not a file.`);
  const handle = await open(file).catch((error: unknown) => Promise.reject(unopened(file, error)));
  try {
    const { size } = await handle.stat();
    if (size > LARGEST)
      throw unreadable(`${file} has ${size} bytes; at most ${LARGEST} are read.`, "Name the file that `backend-db-mcp snapshot` wrote.");
    return parseSnapshot(await handle.readFile("utf8").catch((error: unknown) => Promise.reject(unopened(file, error))), file);
  } finally {
    await handle.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
};

function unopened(file: string, error: unknown): ToolError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return unreadable(`The snapshot ${file} cannot be read: ${reasons[code] ?? code}.`);
}

const unreadable = (what: string, next = "Write it anew with `backend-db-mcp snapshot FILE`, or name another file.") =>
  new ToolError("bad_snapshot", next === "" ? what : `${what} ${next}`);
