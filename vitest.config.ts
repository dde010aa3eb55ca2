import { defineConfig } from "vitest/config";

const structure = ["tests/architecture.test.ts"];
const migrationRules = ["tests/rules/migration/*.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    // Both cores of a small machine: the servers under test wait more than they work.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", "./tests/closing-line.ts"],
    projects: [
      { extends: true, test: { name: "structure", include: structure } },
      // One after the other on one embedded Postgres a process, which takes longer to start than most of them to run.
      { extends: true, test: { name: "migration rules", include: migrationRules, isolate: false } },
      {
        extends: true,
        test: {
          name: "product",
          include: ["tests/**/*.test.ts"],
          exclude: [...structure, ...migrationRules],
          globalSetup: ["tests/setup.ts"],
        },
      },
    ],
  },
});
