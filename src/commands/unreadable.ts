import { ToolError } from "../error.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
};

/** For a promise that reads a file somebody named. */
export const unreadable =
  (file: string) =>
  (error: unknown): never => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new ToolError("invalid_argument", `${file} could not be read: ${reasons[code] ?? code}.`);
  };
