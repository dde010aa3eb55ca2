import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { queries, schema } from "../../src/demo/shop.ts";
import { literal } from "../../src/sql/quote.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { copyOfShop } from "../postgres/shop.ts";
import { type Agreement, agreement, tell } from "./assumed-plans.ts";
import { fromText } from "./from-text.ts";
import { readDatabase, startTwin, wholeCatalog } from "./twin.ts";

const twin = startTwin();
const rowCounts = { customers: 20_000, products: 3000, orders: 100_000, order_items: 200_000, events: 60_000 };
const databases = { 18: "" };

beforeAll(async () => {
  const packed = "reindex table customers; reindex table products; reindex table orders; reindex table order_items;";
  databases[18] = (await copyOfShop(18, packed)).url;
}, 120_000);

/** What DDL and row counts alone make of it, measured against the twin with real statistics, which plans as the server does. */
const print = (what: string, found: Agreement) =>
  process.stdout.write(
    `${what} from DDL and row counts: shape ${found.shapes}/${found.queries}, scans ${found.scans}/${found.queries}, with all candidates ${found.indexedShapes} and ${found.indexedScans}; cost off by x${found.medianCostError} (median); "index used" right ${found.right}/${found.candidates}, falsely used ${found.falselyUsed}, missed ${found.missed}\n`,
  );

const isAtLeast = (floor: Partial<Agreement>) => (found: Agreement) =>
  Object.entries(floor).every(([figure, least]) => found[figure as keyof Agreement] >= least);

const shop = {
  queries,
  candidates: [
    "create index on customers (country)",
    "create index on customers (name)",
    "create index on customers (created_at)",
    "create index on customers (referred_by)",
    "create index on customers (lower(email))",
    "create index on products (name)",
    "create index on orders (customer_id)",
    "create index on orders (customer_id, created_at)",
    "create index on orders (status)",
    "create index on orders (status, created_at)",
    "create index on orders (total)",
    "create index on orders (created_at desc)",
    "create index on orders (created_at) where status = 'pending'",
    "create index on order_items (product_id)",
    "create index on order_items (quantity)",
    "create index on events (created_at)",
    "create index on events (kind)",
  ],
};

test("from DDL and row counts the shop is planned about as with its statistics", async () => {
  const catalog = await wholeCatalog(databases[18]);
  const real = await twin.use({ ...needsOf(catalog), sortsByBytes: false }, async (session) => {
    await build(session, catalog);
    return tell(session, catalog.tables, shop);
  });
  const told = await fromText(twin, { text: schema, rowCounts }, ({ session, tables }) => tell(session, tables, shop));
  const found = agreement(told, real);
  print("the shop", found);
  expect(found).toSatisfy(isAtLeast({ shapes: 18, scans: 22, indexedScans: 18, right: 147 }));
  expect(found.falselyUsed).toBeLessThanOrEqual(5);
});

test("the sizes that are assumed of the shop are near those that it has", async () => {
  const blocks = await readDatabase(databases[18], (_, database) =>
    database.read<{ name: string; blocks: number }>(
      "select relname::text as name, (pg_relation_size(oid) / 8192)::int4 as blocks from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') order by 1",
    ),
  );
  const assumed = await fromText(
    twin,
    { text: schema, rowCounts },
    async ({ tables }) =>
      new Map(
        tables.flatMap(
          ({ name, size, indexes }) => [[name, size.blocks], ...indexes.map((index) => [index.name, index.blocks])] as [string, number][],
        ),
      ),
  );
  const ratios = blocks.map(({ name, blocks: real }) => ({ name, ratio: Math.round(((assumed.get(name) ?? 0) / real) * 100) / 100 }));
  process.stdout.write(`assumed by real size: ${ratios.map(({ name, ratio }) => `${name} ${ratio}`).join(", ")}
`);
  expect(ratios.filter(({ ratio }) => ratio < 0.5 || ratio > 2)).toEqual([]);
});

const folder = join(import.meta.dirname, "..", "..", "..", "shared", "workloads", "oltp");
const isHere = existsSync(folder);
if (!isHere) console.error(`The OLTP workload is skipped: there is no ${folder}`);

interface Statistics {
  readonly relations: readonly {
    readonly schema: string;
    readonly name: string;
    readonly kind: string;
    readonly blocks: number;
    readonly reltuples: number;
    readonly relallvisible: number;
  }[];
  readonly statistics: readonly Readonly<Record<string, string | number | boolean | null>>[];
}

/** As `pg_dump --statistics` writes them. */
function restoring({ relations, statistics }: Statistics): string {
  const types: Record<string, string> = {
    null_frac: "real",
    avg_width: "integer",
    n_distinct: "real",
    correlation: "real",
    most_common_freqs: "real[]",
    most_common_elem_freqs: "real[]",
    elem_count_histogram: "real[]",
  };
  const sizes = relations.map(
    ({ schema: place, name, blocks, reltuples, relallvisible }) =>
      `SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '150018'::integer, 'schemaname', ${literal(place)}, 'relname', ${literal(name)}, 'relpages', '${blocks}'::integer, 'reltuples', '${reltuples}'::real, 'relallvisible', '${relallvisible}'::integer);`,
  );
  const columns = statistics.map(({ schemaname, tablename, attname, inherited, ...values }) => {
    const given = Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `, '${name}', ${literal(String(value))}::${types[name] ?? "text"}`);
    return `SELECT * FROM pg_catalog.pg_restore_attribute_stats('version', '150018'::integer, 'schemaname', ${literal(String(schemaname))}, 'relname', ${literal(String(tablename))}, 'attname', ${literal(String(attname))}, 'inherited', '${inherited}'::boolean${given.join("")});`;
  });
  return [...sizes, ...columns].join("\n");
}

test.runIf(isHere)("from DDL and row counts the OLTP workload is planned about as with its statistics", async () => {
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const statistics: Statistics = JSON.parse(read("statistics.json"));
  const names = readdirSync(join(folder, "queries")).sort();
  const { indexes }: { indexes: string[] } = JSON.parse(read("peers/extend_b100.json"));
  const oltp = { queries: names.map((name) => read(`queries/${name}`).replace(/;\s*$/, "")), candidates: indexes };
  const real = await fromText(
    twin,
    { text: `${read("schema.sql")}\n${restoring(statistics)}` },
    ({ session, tables, sizes, grade, loaded }) => {
      expect({ sizes, grade, loaded: loaded.notRestored }).toEqual({ sizes: "measured", grade: "full", loaded: [] });
      return tell(session, tables, oltp);
    },
  );
  const rowCounts = Object.fromEntries(
    statistics.relations.filter(({ kind }) => kind === "r").map(({ name, reltuples }) => [name, Number(reltuples.toPrecision(2))]),
  );
  const told = await fromText(twin, { text: read("schema.sql"), rowCounts }, ({ session, tables }) => tell(session, tables, oltp));
  const found = agreement(told, real);
  print("OLTP", found);
  expect(found).toSatisfy(isAtLeast({ shapes: 38, scans: 38, indexedScans: 33, right: 145 }));
  expect(found.falselyUsed).toBeLessThanOrEqual(3);
});
