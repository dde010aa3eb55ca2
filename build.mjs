// Builds dist/: the program, the twin's worker, the demo (each an entry, shared code split off), the pages of views/, and the twin's template.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const dist = join(root, "dist");
const images = { bytes: pathToFileURL(join(dist, "twin-bytes.image")), linguistic: pathToFileURL(join(dist, "twin-linguistic.image")) };
/** The images depend on PGlite's version and on what makes them: they are made once for each. */
const recipe = ["src/twin/template.ts", "src/twin/image.ts"].map((file) => readFileSync(join(root, file), "utf8")).join("");
const stamp = `${manifest.dependencies["@electric-sql/pglite"]} ${createHash("sha256").update(recipe).digest("hex")}`;
const stampFile = join(dist, ".twin-images");

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
const tools = await toolList();
/** Clients list the tools at every start and call one much later: the list is made here, and each tool loads with the first call. */
const listedTools = {
  name: "listed-tools",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]tools[\\/]listed\.ts$/ }, () => ({
      loader: "js",
      contents: `export const listed = ${JSON.stringify(tools)};
        export const toolNamed = async (name) => (await import("./index.ts")).tools.find((tool) => tool.name === name);`,
    })),
};
const { metafile } = await esbuild.build({
  ...bundle,
  entryPoints: { index: "src/index.ts", demo: "src/demo.ts", "twin-worker": "src/twin/worker.ts" },
  outdir: dist,
  splitting: true,
  chunkNames: "[name]-[hash]",
  metafile: true,
  plugins: [listedTools],
});
await mkdir(join(dist, "views"), { recursive: true });
for (const [name, title] of [
  ["plan", "Query plan"],
  ["schema", "Entity-relationship diagram"],
])
  await writeFile(join(dist, "views", `${name}.html`), await viewPage(name, title));

const built = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
for (const file of readdirSync(dist)) {
  if (/\.(js|txt)$/.test(file) && !built.has(file)) await rm(join(dist, file));
}

if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp || !Object.values(images).every(existsSync)) {
  const maker = join(dist, "twin-template.js");
  await esbuild.build({ ...bundle, entryPoints: ["src/twin/template.ts"], outfile: maker });
  const { writeTemplates } = await import(pathToFileURL(maker).href);
  await writeTemplates({ images, scratch: join(tmpdir(), `backend-db-mcp-template-${process.pid}`) });
  await rm(maker);
  await writeFile(stampFile, stamp);
}
process.exit(0);

async function toolList() {
  const outfile = join(dist, "tool-list.js");
  await esbuild.build({ ...bundle, entryPoints: ["src/tools/listed.ts"], outfile });
  const { listed } = await import(pathToFileURL(outfile).href);
  await rm(outfile);
  return listed;
}

/** A page of one file: its script and its style are in it, and it loads nothing. */
async function viewPage(name, title) {
  const [script, style] = await Promise.all([
    inner({ entryPoints: [`src/views/${name}/${name}.ts`], bundle: true, format: "iife", platform: "browser", target: "es2022" }),
    inner({
      stdin: { contents: `@import "./page.css"; @import "./${name}/${name}.css";`, loader: "css", resolveDir: join(root, "src/views") },
      bundle: true,
    }),
  ]);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${style}</style></head><body><main id="view"></main><script>${script}</script></body></html>\n`;
}

async function inner(options) {
  const { outputFiles } = await esbuild.build({
    ...options,
    absWorkingDir: root,
    minify: true,
    charset: "utf8",
    write: false,
    legalComments: "none",
  });
  return outputFiles[0].text.trim();
}
