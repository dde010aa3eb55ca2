import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Config } from "../config.ts";
import { ToolError } from "../error.ts";
import { openServices, type Services } from "../runtime.ts";
import analyzeQuery from "../tools/analyze-query.ts";
import { cleaned, pasteable } from "../tools/clean.ts";
import { unreadable } from "../tools/unreadable.ts";
import { isView, withData } from "../views.ts";

const NOT_DRAWN = 2;

/** Judges an EXPLAIN output or an auto_explain log as analyze_query does, and writes the page of its plan with the answer in it. Nothing is asked of a database. */
export async function view(config: Config): Promise<void> {
  const { plan, page } = config.viewed;
  const services = openServices({ ...config, environment: {}, snapshot: undefined, http: undefined });
  try {
    const drawn = await drawnPlan(
      plan === "-" ? await text(process.stdin) : await readFile(plan, "utf8").catch(unreadable(plan)),
      services,
    );
    if (page === undefined) {
      process.stdout.write(drawn);
      return;
    }
    await refuseToReplace(page);
    await writeFile(page, drawn).catch(unwritten(page));
    console.error(`Wrote ${page}: open it in a browser. It needs no network and no server.`);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(`backend-db-mcp: ${error.message}`);
    process.exitCode = NOT_DRAWN;
  } finally {
    await services.close();
  }
}

async function drawnPlan(plan: string, services: Services): Promise<string> {
  let picture: object | undefined;
  const draw = (drawn: object) => {
    picture = drawn;
  };
  const signal = new AbortController().signal;
  const context = { ...services, signal, cause: { name: "view" }, progress: () => undefined, draw };
  const answer = pasteable(await analyzeQuery.run(analyzeQuery.input.parse({ plan, response_format: "detailed" }), context));
  return withData(await services.views.page("plan"), cleaned({ answer, picture }));
}

/** Only a page of ours is replaced: whatever else has this name is somebody's work. */
async function refuseToReplace(page: string): Promise<void> {
  const found = await readFile(page, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? undefined : unwritten(page)(error),
  );
  if (found !== undefined && !isView(found))
    throw new ToolError("invalid_argument", `${page} exists and is no page of this command, so it is left as it is. Name another file.`);
}

const unwritten = (page: string) => (error: NodeJS.ErrnoException) => {
  throw new ToolError("invalid_argument", `${page} could not be written (${error.code}). Name another file, or - for stdout.`);
};
