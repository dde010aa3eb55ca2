import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import type { Refused } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { nameOf, quote, sql } from "../sql/quote.ts";
import type { TwinRelation } from "../twin/relations.ts";
import type { Question } from "./advise.ts";
import type { Attempt } from "./attempts.ts";
import type { Place } from "./planner.ts";
import type { Untried } from "./try-create.ts";

/** An index that is there and would be dropped. */
export interface Drop {
  readonly kind: "drop";
  readonly statement: Statement;
  readonly index: Index;
  readonly table: Table;
  /** In the twin, its parts on partitions included. */
  readonly oids: readonly number[];
  /** What Postgres says to the statement as it is written, and what to do instead. */
  readonly refused: { readonly message: string; readonly instead: string } | undefined;
  readonly notes: readonly string[];
}

type Asked = Pick<Question, keyof Place | "tables"> & { readonly here: ReadonlyMap<number, TwinRelation> };
type Dropping = Extract<Attempt, { kind: "drop" }>;

export async function dropOf(attempt: Dropping, asked: Asked): Promise<Drop | Untried> {
  const { statement, schema, name, ifExists } = attempt;
  const { tables, searchPath, here } = asked;
  const indexes = tables.flatMap((table) => table.indexes.map((index) => ({ index, table })));
  const places = schema === undefined ? searchPath : [schema];
  const [found] = places.flatMap((place) => indexes.filter(({ index }) => index.schema === place && index.name === name));
  if (!found) {
    const where = `none of the tables that were read has an index ${nameOf(schema, name)}`;
    return { kind: "refused", statement, reason: ifExists ? `${where}: with IF EXISTS nothing is done, if there is none at all` : where };
  }
  const { index, table } = found;
  const family = [index, ...partsOf(index, tables)];
  const oids = family.flatMap(({ oid }) => here.get(oid)?.oid ?? []);
  const told = await toldBy(attempt, { ...asked, ...found });
  const lost = index.replicaIdentity ? [`it is the replica identity of ${nameOf(table.schema, table.name)}, which then has none`] : [];
  return { kind: "drop", statement, index, table, oids, refused: told.refused, notes: [...told.notes, ...lost] };
}

export function partsOf({ oid }: Index, tables: readonly Table[]): readonly Index[] {
  const parts = tables.flatMap(({ indexes }) => indexes.filter(({ parent }) => parent === oid));
  return parts.flatMap((part) => [part, ...partsOf(part, tables)]);
}

interface Found extends Asked {
  readonly index: Index;
  readonly table: Table;
}

/** The twin is asked first: constraints, foreign keys and partitions stand there as they do at home. CONCURRENTLY it cannot try. */
async function toldBy(attempt: Dropping, found: Found): Promise<Pick<Drop, "refused" | "notes">> {
  const { index, table, here } = found;
  const twin = here.get(index.oid);
  const plain = twin && (await refusalOf(`drop index ${quote(twin.schema)}.${quote(twin.name)}`, found));
  const cascaded =
    plain && attempt.cascade ? await refusalOf(`drop index ${quote(twin.schema)}.${quote(twin.name)} cascade`, found) : plain;
  if (cascaded) return { refused: { message: cascaded.message, instead: insteadOf(found, cascaded) }, notes: [] };
  const notes = plain?.detail === undefined ? [] : [`CASCADE drops what needs it: ${plain.detail}`];
  const written = nameOf(index.schema, index.name);
  const isPartitioned = table.kind === "partitioned table";
  if (!attempt.concurrently) return { refused: undefined, notes: [...notes, isPartitioned ? LOCKS_ALL : LOCKS] };
  const refuse = (message: string, instead: string) => ({ refused: { message, instead }, notes });
  if (attempt.together > 1)
    return refuse("DROP INDEX CONCURRENTLY does not support dropping multiple objects", sql`drop index concurrently ${written};`);
  if (attempt.cascade) return refuse("DROP INDEX CONCURRENTLY does not support CASCADE", sql`drop index concurrently ${written};`);
  if (isPartitioned) return refuse(`cannot drop partitioned index "${index.name}" concurrently`, sql`drop index ${written};`);
  return { refused: undefined, notes };
}

const LOCKS = "without CONCURRENTLY it waits for every statement on its table, and all others wait for it";
const LOCKS_ALL = "it waits for every statement on its table and all partitions, and all others wait for it";

const DIVISION_BY_ZERO = "22012";

/** Runs it and has it taken back by a fault of our own. */
async function refusalOf(statement: string, { session, searchPath }: Asked): Promise<Refused | undefined> {
  const path = searchPath.map(quote).join(", ") || "pg_catalog";
  const [outcome] = await session.run([`set local search_path = ${path}; ${statement}; select 1 / 0`]);
  return outcome?.refused?.code === DIVISION_BY_ZERO ? undefined : outcome?.refused;
}

function insteadOf({ index, table, tables }: Found, { detail }: Refused): string {
  const parent = tables.flatMap(({ indexes }) => indexes).find(({ oid }) => oid === index.parent);
  if (parent)
    return `it is a part of ${nameOf(parent.schema, parent.name)}, which is dropped as a whole: ${sql`drop index ${nameOf(parent.schema, parent.name)};`}`;
  const constraint = table.constraints.find(({ name }) => name === index.name);
  const drop = sql`alter table ${nameOf(table.schema, table.name)} drop constraint ${index.name};`;
  const kind = constraint?.kind === "primary key" ? "primary key" : `${constraint?.kind ?? ""} constraint`.trim();
  if (index.constraint) return `only with its ${kind}, which then holds no more: ${drop}`;
  return detail === undefined ? "drop first what needs it" : `drop first what needs it: ${detail}`;
}
