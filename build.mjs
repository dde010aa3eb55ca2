// Builds dist/: the program, the twin's worker, the demo (each an entry, shared code split off), and the twin's template.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const dist = join(root, "dist");
const template = join(dist, "twin-template.tar.gz");
/** The template depends on PGlite's version alone: it is made once for each. */
const stamp = join(dist, `.template-${manifest.dependencies["@electric-sql/pglite"]}`);

const bundle = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  absWorkingDir: root,
  external: Object.keys(manifest.dependencies),
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  legalComments: "linked",
  logLevel: "warning",
};

await mkdir(dist, { recursive: true });
const { metafile } = await esbuild.build({
  ...bundle,
  entryPoints: { index: "src/index.ts", demo: "src/demo.ts", "twin-worker": "src/twin/worker.ts" },
  outdir: dist,
  splitting: true,
  chunkNames: "[name]-[hash]",
  metafile: true,
});
const built = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
for (const file of readdirSync(dist)) {
  if (/\.(js|txt)$/.test(file) && !built.has(file)) await rm(join(dist, file));
}

if (!existsSync(template) || !existsSync(stamp)) {
  const maker = join(dist, "twin-template.js");
  await esbuild.build({ ...bundle, entryPoints: ["src/twin/template.ts"], outfile: maker });
  const { writeTemplate } = await import(maker);
  await writeTemplate({ file: template, scratch: join(tmpdir(), `backend-db-mcp-template-${process.pid}`) });
  await rm(maker);
  await writeFile(stamp, "");
}
process.exit(0);
