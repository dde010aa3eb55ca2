// The command line over folders of small migrations: CPU of its process with the twin's thread, as the system counts it.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** A table, and three changes to it. */
const migration = (number) => {
  const table = `orders_${number - (number % 4)}`;
  if (number % 4 === 0) return `create table ${table} (id bigint primary key, note text, sent timestamptz);`;
  return `alter table ${table} add column channel_${number} text;`;
};

/** Seconds of CPU over one file and over 200, and what each file more costs. */
export function checkCost() {
  const folder = mkdtempSync(join(tmpdir(), "bench-check-"));
  try {
    mkdirSync(join(folder, "m"));
    for (let number = 0; number < 200; number += 1) writeFileSync(join(folder, "m", `${number}.sql`), migration(number));
    writeFileSync(join(folder, "schema.sql"), "create table seed (id bigint primary key);");
    const one = cpuOf(folder, "m/0.sql");
    const all = cpuOf(folder, "m");
    return { one_file_cpu_s: rounded(one), files: 200, all_files_cpu_s: rounded(all), each_more_cpu_s: rounded((all - one) / 199) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const rounded = (number) => Math.round(number * 1000) / 1000;

/** The shell's `times` counts what its children took. */
function cpuOf(cwd, path) {
  const command = `"${process.execPath}" "${program}" check ${path} --schema schema.sql --format json > report.json && times`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd, env: {}, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const [, children = ""] = stdout.trim().split("\n");
  return Array.from(children.matchAll(/(\d+)m([\d.]+)s/g), ([, minutes, seconds]) => 60 * minutes + Number(seconds)).reduce(
    (a, b) => a + b,
    0,
  );
}
