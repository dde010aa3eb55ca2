import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const cli = fileURLToPath(new URL("node_modules/prisma/build/index.js", import.meta.url));

/** A project as the page lays it out. */
export interface PrismaProject {
  /** `prisma/schema.prisma`. */
  readonly schema: string;
  /** `prisma.config.ts`. */
  readonly config: string;
}

/** Writes the client below `src/generated`. Throws what Prisma has to say against the schema. */
export async function generateClient(folder: string, { schema, config }: PrismaProject): Promise<void> {
  await mkdir(join(folder, "prisma"), { recursive: true });
  await writeFile(join(folder, "prisma", "schema.prisma"), schema);
  await writeFile(join(folder, "prisma.config.ts"), config);
  await run(process.execPath, [cli, "generate"], { cwd: folder, env });
}

/** Any program stands in for the engine of migrations, which neither a schema nor a client needs: without one Prisma would load it. */
const env = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  CHECKPOINT_DISABLE: "1",
  DATABASE_URL: "postgres://localhost/none",
};
