import type { Catalog } from "../catalog/catalog.ts";
import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { nameOf } from "../sql/quote.ts";

/** What a plan is made of beside the statement. */
export const parts = ["statistics", "sizes", "indexes", "settings"] as const;
export type Part = (typeof parts)[number];

interface Two {
  readonly before: Catalog;
  readonly now: Catalog;
}

const keyOf = ({ schema, name }: { readonly schema: string; readonly name: string }) => `${schema}.${name}`;

/** The catalog of now with one part as it was before. Tables are told apart by name: oids change where a database is restored. */
export function withPartOf(part: Part, { before, now }: Two): Catalog {
  if (part === "settings") return { ...now, settings: { ...before.settings, searchPath: now.settings.searchPath } };
  if (part === "statistics") return withStatisticsOf(before, now);
  const old = new Map(before.tables.map((table) => [keyOf(table), table]));
  const tables = now.tables.map((table) => {
    const then = old.get(keyOf(table));
    if (!then) return table;
    return part === "sizes" ? withSizesOf(then, table) : withIndexesOf(then, table);
  });
  if (part === "sizes") return { ...now, tables };
  const kept = new Set(now.tables.flatMap(({ indexes }) => indexes.map(keyOf)));
  const back = new Set(tables.flatMap(({ indexes }) => indexes.map(keyOf).filter((key) => !kept.has(key))));
  const ofBack = before.statistics.filter(({ schema, relation }) => back.has(keyOf({ schema, name: relation })));
  return { ...now, tables, statistics: [...now.statistics, ...ofBack] };
}

function withStatisticsOf(before: Catalog, now: Catalog): Catalog {
  const old = new Map(before.tables.map((table) => [keyOf(table), table]));
  const oids = new Map(now.tables.flatMap((table) => [[old.get(keyOf(table))?.oid ?? -1, table.oid] as const]));
  const columns = new Set(now.tables.flatMap((table) => table.columns.map(({ name }) => `${keyOf(table)}.${name}`)));
  const indexes = new Set(now.tables.flatMap((table) => table.indexes.map(keyOf)));
  const isHere = ({ schema, relation, column }: Catalog["statistics"][number]) =>
    columns.has(`${schema}.${relation}.${column}`) || indexes.has(keyOf({ schema, name: relation }));
  const placed = <Row extends { readonly table: number }>(rows: readonly Row[]) =>
    rows.flatMap((row) => {
      const table = oids.get(row.table);
      return table === undefined ? [] : [{ ...row, table }];
    });
  return {
    ...now,
    statistics: before.statistics.filter(isHere),
    extended: placed(before.extended),
    extendedValues: placed(before.extendedValues),
  };
}

function withSizesOf(then: Table, table: Table): Table {
  const old = new Map(then.indexes.map((index) => [index.name, index]));
  return {
    ...table,
    rows: then.rows,
    size: then.size,
    bytes: then.bytes,
    indexes: table.indexes.map((index) => {
      const { bytes, blocks, pages, tuples } = old.get(index.name) ?? index;
      return { ...index, bytes, blocks, pages, tuples };
    }),
  };
}

/** An index that is there still has its size of now. */
function withIndexesOf(then: Table, table: Table): Table {
  const own = new Map(table.indexes.map((index) => [index.name, index]));
  const isKey = ({ kind }: Table["constraints"][number]) => kind === "primary key" || kind === "unique" || kind === "exclude";
  const same = (index: Index) => {
    const here = own.get(index.name);
    return here?.definition === index.definition && here.valid === index.valid ? here : { ...index, table: table.oid };
  };
  return {
    ...table,
    indexes: then.indexes.map(same),
    constraints: [
      ...then.constraints.filter(isKey).map((constraint) => ({ ...constraint, table: table.oid })),
      ...table.constraints.filter((constraint) => !isKey(constraint)),
    ],
  };
}

/** Sizes that differ by less make no plan. */
const GROWN = 0.1;

/** What of a part is not as it was, of these tables: a sentence each. None: it is as it was. */
export function differencesIn(part: Part, { before, now }: Two, tables: ReadonlySet<string>): readonly string[] {
  if (part === "settings") return settingsThatDiffer({ before, now });
  const old = new Map(before.tables.map((table) => [keyOf(table), table]));
  return now.tables.flatMap((table) => {
    const then = old.get(keyOf(table));
    if (!then || !tables.has(keyOf(table))) return [];
    const name = nameOf(table.schema, table.name);
    if (part === "indexes") return indexesThatDiffer(then, table).map((difference) => `${name}: ${difference}`);
    if (part === "sizes") return sizesThatDiffer(then, table).map((difference) => `${name}: ${difference}`);
    return statisticsOf(before, table) === statisticsOf(now, table) ? [] : [`${name}: analysed ${dayOf(then)}, then ${dayOf(table)}`];
  });
}

const dayOf = ({ analyzed }: Table) => analyzed ?? "never";

function settingsThatDiffer({ before, now }: Two): readonly string[] {
  const version =
    before.settings.version === now.settings.version ? [] : [`PostgreSQL ${before.settings.version} -> ${now.settings.version}`];
  const names = [...new Set([...before.settings.planner.keys(), ...now.settings.planner.keys()])].sort();
  const told = names.flatMap((name) => {
    const [then, value] = [before.settings.planner.get(name), now.settings.planner.get(name)];
    return then === value || then === undefined || value === undefined ? [] : [`${name} ${then} -> ${value}`];
  });
  return [...version, ...told];
}

function indexesThatDiffer(then: Table, table: Table): readonly string[] {
  const old = new Map(then.indexes.map((index) => [index.name, index]));
  const own = new Map(table.indexes.map((index) => [index.name, index]));
  const gone = [...old.keys()].filter((name) => !own.has(name));
  const added = [...own.keys()].filter((name) => !old.has(name));
  const changed = [...own].filter(([name, { definition }]) => old.has(name) && old.get(name)?.definition !== definition);
  const broken = [...own].filter(([name, { valid }]) => old.has(name) && old.get(name)?.valid !== valid);
  const told = (words: string, names: readonly string[]) => names.map((name) => `${words} ${nameOf(table.schema, name)}`);
  return [
    ...told("without", gone),
    ...told("with", added),
    ...told(
      "made otherwise:",
      changed.map(([name]) => name),
    ),
    ...broken.map(([name, { valid }]) => `${nameOf(table.schema, name)} ${valid ? "became valid" : "is no longer valid"}`),
  ];
}

function sizesThatDiffer({ size: then, rows: before }: Table, { size, rows }: Table): readonly string[] {
  const apart = (one: number, other: number) => Math.abs(one - other) > GROWN * Math.max(one, other, 1);
  if (!apart(then.blocks, size.blocks) && !apart(before ?? 0, rows ?? 0) && !apart(then.allVisible, size.allVisible)) return [];
  const written = (number: number | undefined) => (number === undefined ? "?" : number.toLocaleString("en-US"));
  const visible = apart(then.allVisible, size.allVisible)
    ? [`${written(then.allVisible)} -> ${written(size.allVisible)} all-visible blocks`]
    : [];
  return [
    [`${written(before)} -> ${written(rows)} rows, ${written(then.blocks)} -> ${written(size.blocks)} blocks`, ...visible].join(", "),
  ];
}

function statisticsOf({ statistics, extended, extendedValues, tables }: Catalog, table: Table): string {
  const oids = new Set(tables.filter((each) => keyOf(each) === keyOf(table)).map(({ oid }) => oid));
  const relations = new Set([keyOf(table), ...table.indexes.map(keyOf)]);
  const own = <Row extends { readonly table: number }>(rows: readonly Row[]) =>
    rows.filter((row) => oids.has(row.table)).map((row) => ({ ...row, table: 0 }));
  return JSON.stringify([
    statistics.filter(({ schema, relation }) => relations.has(keyOf({ schema, name: relation }))),
    own(extended),
    own(extendedValues),
  ]);
}
