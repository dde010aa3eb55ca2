import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { nearest, ToolError } from "../error.ts";

const CONFIG_FILE = "backend-db-mcp.json";

const setting = z.enum(["off", "info", "warning", "error"]);

/** Paths in it are those from its own folder. */
export const configFile = z.strictObject({
  $schema: z.string().optional(),
  rules: z
    .record(z.string(), z.union([setting, z.record(z.string(), setting)]))
    .default({})
    .describe(
      'Of rules of migrations, schemas and health, by id: a severity, or "off"; or one for each object that findings name, where "*" is any other',
    ),
  style: z.boolean().default(false).describe("Rules of style and policy too. One that is given a severity is asked without this"),
  schema: z.string().optional().describe("CREATE statements of the schema before the migrations"),
  snapshot: z.string().optional().describe("A snapshot of the database, in the place of `schema`"),
  history: z.array(z.string()).default([]).describe("Migrations that have run, or folders of them"),
  baseline: z.string().optional().describe("Findings that are known"),
  runner: z.string().optional().describe("Who runs the migrations: else it is guessed from each file"),
  in_transaction: z.boolean().optional().describe("Whether the runner puts a transaction around a file: else that follows from the runner"),
  postgres_version: z.int().min(14).max(19).optional().describe("Major version of the server, where no database is asked"),
  row_counts: z.record(z.string(), z.int().min(0)).default({}).describe("Rows of tables, with `schema` or `history`"),
});
export type ConfigFile = z.infer<typeof configFile>;

export interface ReadConfigFile extends ConfigFile {
  /** As it was named, or where it was found; undefined where there is none. */
  readonly path: string | undefined;
}

/** The file that was named, else the one that is nearest upwards from this folder. Throws `invalid_argument` with what is wrong in it. */
export function readConfigFile(named: string | undefined, folder: string): ReadConfigFile {
  const path = named ?? nearestUp(folder);
  if (path === undefined) return { ...configFile.parse({}), path };
  const read = configFile.safeParse(parsed(path));
  if (!read.success) throw wrong(path, read.error.issues.map(told).join("; "));
  const { schema, snapshot, baseline, history, ...rest } = read.data;
  const from = dirname(path);
  const place = (file: string) => (from === "." ? file : join(from, file));
  return {
    ...rest,
    history: history.map(place),
    ...(schema !== undefined && { schema: place(schema) }),
    ...(snapshot !== undefined && { snapshot: place(snapshot) }),
    ...(baseline !== undefined && { baseline: place(baseline) }),
    path,
  };
}

function nearestUp(folder: string): string | undefined {
  for (let at = resolve(folder), up = ""; ; at = dirname(at), up = join(up, "..")) {
    if (existsSync(join(at, CONFIG_FILE))) return join(up, CONFIG_FILE);
    if (dirname(at) === at) return undefined;
  }
}

function parsed(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    throw wrong(path, code === "ENOENT" ? "there is no such file" : `it could not be read (${code})`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(path, `it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function told(issue: z.core.$ZodIssue): string {
  const place = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(configFile.shape);
    return issue.keys
      .map((key) => `there is no key ${key}${near(nearest(key, known, { most: 1 })[0])}; the keys are ${known.slice(1).join(", ")}`)
      .join("; ");
  }
  if (issue.code === "invalid_union" || issue.code === "invalid_value") return `${place} takes off, info, warning or error`;
  return `${place}: ${issue.message}`;
}

const near = (key: string | undefined) => (key === undefined ? "" : `, the nearest is ${key}`);

const wrong = (path: string, what: string) => new ToolError("invalid_argument", `${path}: ${what}.`);
