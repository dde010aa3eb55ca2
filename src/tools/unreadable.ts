import { ToolError } from "../error.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is not a folder",
};

/** For a promise that reads a file somebody named. */
export const unreadable = (file: string) => failing(file, "read");

/** For a promise that writes one. */
export const unwritable = (file: string) => failing(file, "written");

const failing =
  (file: string, what: string) =>
  (error: unknown): never => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new ToolError("invalid_argument", `${file} could not be ${what}: ${reasons[code] ?? code}.`);
  };
