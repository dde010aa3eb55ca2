import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Task } from "./task.ts";

const folder = join(import.meta.dirname, "tasks");

/** All of them, by the names of their files. */
export const tasks: ReadonlyMap<string, Task> = new Map(
  await Promise.all(
    readdirSync(folder)
      .sort()
      .map(async (file): Promise<[string, Task]> => {
        const loaded: { default: Task } = await import(pathToFileURL(join(folder, file)).href);
        return [file.replace(/\.ts$/, ""), loaded.default];
      }),
  ),
);
