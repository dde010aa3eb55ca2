import type { PGlite } from "@electric-sql/pglite";

/** A file of more blocks is cut into segments (`RELSEG_SIZE` in Postgres's pg_config.h). */
const SEGMENT_BLOCKS = 131_072;
const BLOCK_BYTES = 8192;
const DATA_DIRECTORY = "/pglite/data";

/** The part of Emscripten's memory file system that is used here: a file's length is a number beside its bytes. */
interface MemoryFiles {
  analyzePath(path: string): { exists: boolean };
  writeFile(path: string, data: Uint8Array): void;
  lookupPath(path: string): { node: { usedBytes: number } };
}

/**
 * Gives a relation of the twin the length of the real one without its rows. The planner asks for the length of the file
 * each time and trusts it over `pg_class`; the blocks behind it are never read, since nothing here is ever executed.
 */
export function stretchFile(db: PGlite, { path, blocks }: { path: string; blocks: number }): void {
  const files = db.Module.FS as unknown as MemoryFiles;
  for (let segment = 0, left = blocks; segment === 0 || left > 0; segment += 1, left -= SEGMENT_BLOCKS) {
    const file = `${DATA_DIRECTORY}/${path}${segment === 0 ? "" : `.${segment}`}`;
    if (!files.analyzePath(file).exists) {
      if (blocks === 0) return;
      files.writeFile(file, new Uint8Array(0));
    }
    files.lookupPath(file).node.usedBytes = Math.max(0, Math.min(left, SEGMENT_BLOCKS)) * BLOCK_BYTES;
  }
}

/** What stands in the file itself: an index without a row has its first block. */
export function blocksOf(db: PGlite, path: string): number {
  const files = db.Module.FS as unknown as MemoryFiles;
  const file = `${DATA_DIRECTORY}/${path}`;
  return files.analyzePath(file).exists ? files.lookupPath(file).node.usedBytes / BLOCK_BYTES : 0;
}
