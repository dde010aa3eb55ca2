import pg from "pg";
import { estimateExpressions } from "../../src/indexes/expression-statistics.ts";
import { sizeIndexes } from "../../src/indexes/sized.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import type { Twin } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { readDatabase, wholeCatalog } from "../twin/twin.ts";

export interface Measured {
  /** As in CREATE INDEX: `gin on orders (tags)`. */
  readonly index: string;
  readonly method: string;
  /** Blocks. */
  readonly expected: number;
  readonly built: number;
}

const name = (position: number) => `measured_${position + 1}`;
const createSql = (index: string, position: number) => {
  const [method = "", table = "", rest = ""] = /^(\w+) (?:unique )?on (\w+) (.*)$/.exec(index)?.slice(1) ?? [];
  return `create ${index.includes(" unique ") ? "unique " : ""}index ${name(position)} on public.${table} using ${method} ${rest}`;
};

interface Asked {
  readonly version: Version;
  readonly tables: string;
  readonly indexes: readonly string[];
  /** Whether expressions get statistics before, as those of candidates do. */
  readonly expressions?: "estimated" | "unknown";
}

/** Sizes of indexes that only the twin has, from the statistics of the tables alone, and then of the same ones really built. */
export async function measure(twin: Twin, { version, tables, indexes, expressions = "unknown" }: Asked) {
  const { url, drop } = await freshDatabase(version, tables);
  const catalog = await wholeCatalog(url);
  const expected = await twin.use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    const outcomes = await session.run(["set local search_path = public", ...indexes.map(createSql), "set local search_path = pg_catalog"]);
    const refused = outcomes.flatMap((outcome) => (outcome.refused ? [outcome.refused.message] : []));
    if (refused.length > 0) throw new Error(refused.join("\n"));
    const oids = await session.read<{ oid: number; name: string }>(
      "select oid, relname::text as name from pg_class where relname like 'measured\\_%' and relkind = 'i'",
      [],
    );
    const made = oids.map(({ oid }) => oid);
    if (expressions === "estimated") await estimateExpressions(session, made);
    const sizes = await sizeIndexes(session, {
      indexes: made,
      tables: catalog.tables,
      versionNumber: catalog.settings.versionNumber,
    });
    return new Map(oids.map((index) => [index.name, sizes.get(index.oid)?.blocks]));
  });
  const built = await builtIn(url, indexes);
  await drop();
  return indexes.map((index, position): Measured => {
    const [method = ""] = index.split(" ");
    return { index, method, expected: expected.get(name(position)) ?? 0, built: built.get(name(position)) ?? 0 };
  });
}

async function builtIn(url: string, indexes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(indexes.map(createSql).join(";\n"));
  } finally {
    await client.end();
  }
  const rows = await readDatabase(url, (_, database) =>
    database.read<{ name: string; blocks: number }>(
      "select relname::text as name, (pg_relation_size(oid) / 8192)::int4 as blocks from pg_class where relname like 'measured\\_%' and relkind = 'i'",
    ),
  );
  return new Map(rows.map((row) => [row.name, row.blocks]));
}

export const errorOf = ({ expected, built }: Measured) => Math.abs(expected / built - 1);

/** The share of the errors that are no larger: 0.5 is the median. */
export function quantile(measured: readonly Measured[], share: number): number {
  const errors = measured.map(errorOf).sort((one, other) => one - other);
  return errors[Math.min(errors.length - 1, Math.floor(errors.length * share))] ?? Number.NaN;
}
