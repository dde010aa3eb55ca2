import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What TypeScript of the project exports, by a module that says `export … from "./src/…"` or the like. */
export async function bundled(contents) {
  const folder = mkdtempSync(join(root, "node_modules", ".bench-"));
  const outfile = join(folder, "bundle.mjs");
  try {
    await esbuild.build({
      stdin: { contents, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      outfile,
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
