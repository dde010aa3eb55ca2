// The evals with a model: npm run evals -- --model NAME. Bundles the TypeScript of evals/ and of the tests' Postgres, each file as if it stood where it stands.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(root, "node_modules", ".evals-"));
const whereItStands = {
  name: "where-it-stands",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
    })),
};
try {
  const outfile = join(folder, "run.mjs");
  await esbuild.build({
    entryPoints: [join(root, "evals/model/run.ts")],
    plugins: [whereItStands],
    ...{ bundle: true, format: "esm", platform: "node", packages: "external", outfile, logLevel: "warning" },
  });
  const { run } = await import(pathToFileURL(outfile).href);
  process.exitCode = await run(process.argv.slice(2), process.env, (line) => process.stdout.write(`${line}\n`));
} finally {
  rmSync(folder, { recursive: true });
}
