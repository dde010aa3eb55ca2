import type { Chosen } from "../indexes/advise.ts";
import { type Price, priceOf } from "../indexes/price.ts";
import type { Given } from "../indexes/workload.ts";
import type { Subject } from "./schema.ts";
import type { Output } from "./suggest-indexes.ts";

type Told = Pick<Output["indexes"][number], "build" | "writes" | "makes_redundant">;

interface Asked {
  readonly chosen: Chosen;
  /** The statements that build it. */
  readonly sql: string;
  readonly subject: Subject;
  readonly given: readonly Given[];
  /** Whether numbers are real, or would be invented. */
  readonly told: boolean;
}

/** What an index costs beside its bytes. */
export async function pricedIn({ chosen, sql, subject, given, told }: Asked): Promise<Told> {
  const { candidate, bytes, entries } = chosen;
  const { build, writes, makesRedundant } = await priceOf({
    candidate,
    bytes,
    rows: entries?.rows ?? 0,
    elements: entries?.elements,
    sql,
    tables: subject.catalog.tables,
    statements: given.flatMap(({ number, read: { statement } }) => (statement ? [{ number, statement }] : [])),
    settings: subject.directory.settings,
    find: subject.find,
  });
  const statements = { added_by: [...writes.addedBy], loses_hot: [...writes.losesHot] };
  if (!told)
    return {
      build: { lock: build.lock, blocks: build.blocks, waits_for: [...build.waitsFor] },
      writes: statements,
      makes_redundant: [...makesRedundant],
    };
  return {
    build: {
      lock: build.lock,
      blocks: build.blocks,
      waits_for: [...build.waitsFor],
      reads_blocks: build.readsBlocks,
      sorts_rows: build.sortsRows,
      writes_blocks: build.writesBlocks,
    },
    writes: { ...statements, ...countedIn(writes) },
    makes_redundant: [...makesRedundant],
  };
}

function countedIn({ since, inserts, updates, deletes, hotShare, entries, walBytesPerRow, otherIndexes }: Price["writes"]) {
  return {
    ...(since !== undefined && { since }),
    inserts,
    updates,
    deletes,
    ...(hotShare !== undefined && { hot_share: Math.round(hotShare * 1000) / 1000 }),
    ...(entries && { entries_per_1000: { from: entries.from, to: entries.to } }),
    ...(walBytesPerRow !== undefined && { wal_bytes_per_entry: Math.round(walBytesPerRow) }),
    other_indexes: otherIndexes,
  };
}

const number = (value: number) => Math.round(value).toLocaleString("en-US");

/** One line for the work of the build and one for that of later writes, as far as they are known. */
export function priceLines({ build, writes, makes_redundant }: Told): readonly string[] {
  return [
    ...buildLine(build),
    ...writesLine(writes),
    ...(makes_redundant.length > 0 ? [`makes redundant: ${makes_redundant.join(", ")}`] : []),
  ];
}

function buildLine({ blocks, reads_blocks, sorts_rows = 0, writes_blocks = 0 }: Told["build"]): readonly string[] {
  if (reads_blocks === undefined) return [];
  const sorts = sorts_rows > 0 ? `, sorts ${number(sorts_rows)} rows` : "";
  return [
    `build: reads ${number(reads_blocks)} blocks${sorts}, writes ${number(writes_blocks)} blocks; meanwhile ${blocks} of its table wait`,
  ];
}

function writesLine({
  added_by,
  loses_hot,
  inserts,
  updates = 0,
  deletes = 0,
  entries_per_1000,
  wal_bytes_per_entry,
}: Told["writes"]): readonly string[] {
  const adds = added_by.length > 0 ? [`one more index to keep up to date for ${added_by.map((each) => `#${each}`).join(", ")}`] : [];
  const hot = loses_hot.length > 0 ? [`${loses_hot.map((each) => `#${each}`).join(", ")} can no longer be HOT updates`] : [];
  if (inserts === undefined || !entries_per_1000) return [[...adds, ...hot].join("; ")].filter(Boolean);
  const { from, to } = entries_per_1000;
  const many = from === to ? number(from) : `${number(from)} to ${number(to)}`;
  const rows = `rows written so far (${number(inserts + updates + deletes)})`;
  const share = from === THOUSAND ? `each of the ${rows}` : `${many} in 1,000 of the ${rows}`;
  const wal = wal_bytes_per_entry === undefined ? "" : `, about ${number(wal_bytes_per_entry)} bytes of WAL`;
  return [[`writes: ${share} would have added an entry${wal}`, ...adds, ...hot].join("; ")];
}

const THOUSAND = 1000;
