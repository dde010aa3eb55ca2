import { defineConfig } from "vitest/config";

const structure = ["tests/architecture.test.ts"];
/** They leave nothing behind in their process but an embedded Postgres, which the next of them takes over. */
const together = ["tests/{rules,sql,plan}/**/*.test.ts"];
/** A library that the pages are checked against may ship its own tests. */
const installed = "**/node_modules/**";
const globalSetup = ["tests/setup.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    // Both cores of a small machine: the servers under test wait more than they work.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", "./tests/closing-line.ts"],
    projects: [
      { extends: true, test: { name: "structure", include: structure } },
      { extends: true, test: { name: "together", include: together, isolate: false, globalSetup } },
      {
        extends: true,
        test: { name: "product", include: ["tests/**/*.test.ts"], exclude: [...structure, ...together, installed], globalSetup },
      },
    ],
  },
});
