// Packs the built program as an MCP bundle, build/<name>-<version>.mcpb or the path that is given, with what it needs and nothing else:
// npm's packages come with maps, types and second copies, which are two thirds of their bytes.
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { packExtension } from "@anthropic-ai/mcpb";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const { name, version, license, type } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const [bundle = join(root, "build", `${name}-${version}.mcpb`)] = process.argv.slice(2);

const modules = await modulesOf(["dist/index.js", "dist/twin-worker.js"]);
const files = [
  ...["manifest.json", "LICENSE", "role.sql", "knowledge", "prompts", "dist/views"],
  ...modules,
  ...(await noticesOf(modules)),
  ...(await imagesOf("dist")),
  ...(await packagedWith(modules.filter((file) => file.startsWith("node_modules/")))),
];

const folder = await mkdtemp(join(tmpdir(), "backend-db-mcp-bundle-"));
try {
  for (const file of new Set(files)) await cp(join(root, file), join(folder, file), { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, version, license, type }));
  if (!(await packExtension({ extensionPath: folder, outputPath: bundle, silent: true }))) process.exit(1);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${relative(process.cwd(), bundle)}: ${((await stat(bundle)).size / 1e6).toFixed(1)} MB\n`);

/** Every module that these can come to import, as paths from the root. */
async function modulesOf(entryPoints) {
  const { metafile } = await esbuild.build({
    ...{ entryPoints, absWorkingDir: root, bundle: true, platform: "node", format: "esm" },
    ...{ metafile: true, write: false, outdir: "unwritten", logLevel: "error", preserveSymlinks: true },
  });
  return Object.keys(metafile.inputs).filter((file) => !file.includes(":"));
}

/** The licences of what stands in a part of the program. */
async function noticesOf(files) {
  const there = new Set((await readdir(join(root, "dist"))).map((file) => `dist/${file}`));
  return files.map((file) => `${file}.LEGAL.txt`).filter((file) => there.has(file));
}

async function imagesOf(folder) {
  return (await readdir(join(root, folder))).filter((file) => file.endsWith(".image")).map((file) => `${folder}/${file}`);
}

/** Of each package: its description, its licence, and each file beside its code that a module of it names (WebAssembly, data, extensions). */
async function packagedWith(modules) {
  const files = [];
  for (const place of new Set(modules.map(packageOf))) {
    const own = modules.filter((file) => packageOf(file) === place);
    const text = (await Promise.all(own.map((file) => readFile(join(root, file), "utf8")))).join("\n");
    const all = await readdir(join(root, place), { recursive: true });
    const isNeeded = (file) =>
      /^(package\.json|licen[cs]e.*)$/i.test(file) || (/\.(wasm|data|gz)$/.test(file) && text.includes(basename(file)));
    files.push(...all.filter(isNeeded).map((file) => `${place}/${file.split(sep).join("/")}`));
  }
  return files;
}

/** "node_modules/@scope/name" of a module in it, or in a package nested in another. */
function packageOf(file) {
  const [, place] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return place ?? dirname(file);
}
