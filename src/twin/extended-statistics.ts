import type { Catalog } from "../catalog/catalog.ts";
import type { ExtendedValues, Part } from "../catalog/extended-statistics-values.ts";
import type { Oid } from "../catalog/names.ts";
import { literal, quote } from "../sql/quote.ts";
import { type Limit, qualified } from "./definitions.ts";
import { dependenciesBytes, distinctBytes, inOrder } from "./extended-statistics-bytes.ts";
import { statisticsDefinition } from "./statistics.ts";
import type { Session } from "./twin.ts";

/** A schema for tables that are there only while statistics are stored. */
const SCRATCH = "backend_db_mcp_scratch";

/** Postgres gives these types no input: their bytes are all there is. */
const types = ["pg_ndistinct", "pg_dependencies", "pg_mcv_list"];
const castsSql = types.map((type) => `create cast (bytea as ${type}) without function`);
const dropSql = [...types.map((type) => `drop cast (bytea as ${type})`), `drop schema ${SCRATCH} cascade`];

/** A statistics object of the twin. */
interface TwinObject {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  /** Schema-qualified and quoted. */
  readonly relation: string;
  /** In the order of their numbers, which is the order in which its lists have their values. */
  readonly columns: readonly { readonly name: string; readonly number: number }[];
  readonly expressions: readonly string[];
}

const objects = `
  select s.oid as oid, n.nspname::pg_catalog.text as schema, s.stxname::pg_catalog.text as name,
         pg_catalog.format('%I.%I', cn.nspname, c.relname) as relation,
         coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', a.attname, 'number', a.attnum) order by a.attnum)
                     from pg_catalog.pg_attribute a
                    where a.attrelid = s.stxrelid and a.attnum = any (s.stxkeys::pg_catalog.int2[])), '[]') as columns,
         coalesce(pg_catalog.to_jsonb(pg_catalog.pg_get_statisticsobjdef_expressions(s.oid)), '[]') as expressions
    from pg_catalog.pg_statistic_ext s
    join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
    join pg_catalog.pg_class c on c.oid = s.stxrelid
    join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace
   order by s.oid`;

/**
 * Makes the statistics objects and stores what ANALYZE learned for them at home. Postgres 18 restores the statistics of
 * columns only, so these are written into `pg_statistic_ext_data` as ANALYZE itself writes them. Tells what is missing.
 */
export async function copyExtendedStatistics(
  session: Session,
  { extended, extendedValues }: Pick<Catalog, "extended" | "extendedValues">,
): Promise<readonly Limit[]> {
  if (extended.length === 0) return [];
  const schemas = [...new Set(extended.map(({ schema }) => schema))];
  await session.run(schemas.map((schema) => `create schema if not exists ${quote(schema)}`));
  const outcomes = await session.run(extended.map(({ definition }) => definition));
  const limits: Limit[] = extended
    .filter((_, position) => outcomes[position]?.refused)
    .map((object) => ({ text: `extended statistics ${qualified(object)} are not in the twin`, table: object.table }));
  if (extendedValues.length === 0) return limits;

  const here = new Map((await session.read<TwinObject>(objects)).map((object) => [qualified(object), object]));
  await session.run([`create schema ${SCRATCH}`, ...castsSql]);
  for (const [position, values] of extendedValues.entries()) {
    const object = here.get(qualified(values));
    const missing = object ? await store(session, { values, object, scratch: `s${position}` }) : [];
    limits.push(...missing.map((text) => ({ text, table: values.table })));
  }
  await session.run(dropSql);
  return limits;
}

interface Storing {
  readonly values: ExtendedValues;
  readonly object: TwinObject;
  /** A name for tables that nobody else uses. */
  readonly scratch: string;
}

async function store(session: Session, storing: Storing): Promise<readonly string[]> {
  const { values, object } = storing;
  const numberOf = (part: Part) => (typeof part === "number" ? -part : (object.columns.find(({ name }) => name === part)?.number ?? 0));
  const distinct = distinctBytes(values.distinct, numberOf);
  const dependencies = dependenciesBytes(values.dependencies, numberOf);
  const mostCommon = values.mostCommon.length > 0 ? await mostCommonBytes(session, storing) : undefined;
  const expressions = values.expressions.length > 0 ? await expressionRows(session, storing) : undefined;

  const [outcome] = await session.run([
    `insert into pg_catalog.pg_statistic_ext_data (stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv, stxdexpr)
     values (${object.oid}, ${values.inherited}, ${asType(distinct, "pg_ndistinct")}, ${asType(dependencies, "pg_dependencies")},
             ${asType(mostCommon, "pg_mcv_list")}, ${expressions ?? "null"})`,
  ]);
  const missing = [
    ...(mostCommon === undefined && values.mostCommon.length > 0 ? ["the most common values"] : []),
    ...(expressions === undefined && values.expressions.length > 0 ? ["what is known of the expressions"] : []),
  ];
  const what = `extended statistics ${qualified(values)}`;
  if (outcome?.refused) return [`what is known for ${what} is not in the twin`];
  return missing.map((part) => `${part} of ${what} are not in the twin`);
}

const asType = (bytes: Buffer | undefined, type: string) => (bytes ? `'\\x${bytes.toString("hex")}'::bytea::${type}` : "null");

/** Everything that the object is on, with no rows, as columns of a table of its own. */
const emptyTable = (table: string, { columns, expressions, relation }: TwinObject) => {
  const parts = [...columns.map(({ name }) => quote(name)), ...expressions.map((expression) => `(${expression})`)];
  const named = parts.map((part, place) => `${part} as v${place + 1}`);
  return `create table ${SCRATCH}.${table} as select ${named.join(", ")}, 0 as place from only ${relation} where false`;
};

/**
 * Values are stored as Postgres lays them out in memory, which differs from one machine to the next: so it lays them out
 * itself, for a table that has each combination once, and only the frequencies are written over.
 */
async function mostCommonBytes(session: Session, { values: { mostCommon }, object, scratch }: Storing): Promise<Buffer | undefined> {
  const { columns, expressions } = object;
  const parts: Part[] = [...columns.map(({ name }) => name), ...expressions.map((_, place) => place + 1)];
  const table = `${SCRATCH}.${scratch}`;
  const rows = mostCommon.map(({ values }, place) => {
    const row = parts.map((part) => values.get(part) ?? null);
    return `(${row.map((value) => (value === null ? "null" : literal(value))).join(", ")}, ${place})`;
  });
  const fields = parts.map((_, place) => `v${place + 1}`);
  const outcomes = await session.run([
    emptyTable(scratch, object),
    `insert into ${table} values ${rows.join(", ")}`,
    `create statistics ${table} (mcv) on ${fields.join(", ")} from ${table}`,
    // As many as there are, which keeps each of them however rare.
    `alter statistics ${table} set statistics ${rows.length}`,
    `analyze ${table}`,
  ]);
  if (outcomes.some(({ refused }) => refused)) return undefined;

  const printed = fields.map((field) => `case when pg_catalog.num_nulls(t.${field}) = 0 then pg_catalog.format('%s', t.${field}) end`);
  const [built] = await session.read<{ bytes: string; places: readonly number[] | null }>(
    `select pg_catalog.encode(d.stxdmcv::pg_catalog.bytea, 'hex') as bytes,
            (select pg_catalog.jsonb_agg(t.place order by i.index)
               from pg_catalog.pg_mcv_list_items(d.stxdmcv) i
               join ${table} t on i."values" = array[${printed.join(", ")}]) as places
       from pg_catalog.pg_statistic_ext s
       join pg_catalog.pg_statistic_ext_data d on d.stxoid = s.oid
      where s.stxrelid = '${table}'::pg_catalog.regclass and d.stxdmcv is not null`,
  );
  if (built?.places?.length !== mostCommon.length) return undefined;
  return inOrder(Buffer.from(built.bytes, "hex"), { places: built.places, mostCommon, parts: parts.length });
}

/** SQL of the array in which an object keeps what is known of its expressions: one row of `pg_statistic` each. */
async function expressionRows(session: Session, { values: { expressions }, object, scratch }: Storing): Promise<string | undefined> {
  if (expressions.length !== object.expressions.length) return undefined;
  const name = `${scratch}_expressions`;
  const outcomes = await session.run([
    emptyTable(name, { ...object, columns: [] }),
    ...expressions.map(
      (values, place) => statisticsDefinition({ schema: SCRATCH, relation: name, column: `v${place + 1}`, inherited: false, values }).sql,
    ),
  ]);
  if (outcomes.some(({ refused, warned }) => refused || warned)) return undefined;
  return `(select pg_catalog.array_agg(s order by s.staattnum) from pg_catalog.pg_statistic s where s.starelid = '${SCRATCH}.${name}'::pg_catalog.regclass)`;
}
