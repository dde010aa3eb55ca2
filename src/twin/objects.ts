import type { Catalog } from "../catalog/catalog.ts";
import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import {
  constraintDefinitions,
  type Definition,
  defaultDefinitions,
  foreignServer,
  indexDefinitions,
  type Limit,
  notNullDefinitions,
  qualified,
  rewriteDefinitions,
  type Shape,
  schemaDefinitions,
  tableDefinition,
  tablesInOrder,
  viewDefinitions,
} from "./definitions.ts";
import { isShipped } from "./extensions.ts";
import { aggregateDefinition, castDefinition, functionDefinition, operatorDefinition, standInFunction } from "./function-definitions.ts";
import type { Session } from "./twin.ts";
import {
  bareType,
  collationDefinition,
  foreignTypes,
  lentCollations,
  standInColumns,
  standInDefinition,
  typeDefinition,
} from "./type-definitions.ts";
import { unmodelled } from "./unmodelled.ts";

/** What is there already: a table or view of an extension, and what belongs to no table from a question before. Of an index it says that its name is taken. */
const isPresent = ({ what, table }: Definition, code: string) =>
  table === undefined ? code === "42710" || code === "42723" : code === "42P07" && !what.startsWith("index ");

/** Makes all that a statement can name. What cannot be made is named, what can stand in for it does. */
export async function createObjects(session: Session, catalog: Catalog): Promise<readonly Limit[]> {
  const { tables, collations, types, functions } = catalog;
  const ordered = tablesInOrder(tables);
  const standIns = foreignTypes(catalog);
  const limits: Limit[] = [];
  const create = async (definitions: readonly Definition[]) => {
    limits.push(...(await createAll(session, definitions)).map(missing));
  };

  await session.run(schemaDefinitions(catalog).map(({ sql }) => sql));
  await create(catalog.extensions.filter(({ name }) => isShipped(name)).map(extensionDefinition));
  await session.run(lentCollations(collations));
  await create([...collations.map(collationDefinition), ...standIns.map(standInDefinition)]);
  // A type may need a function and a function a type, or a table that is still to come.
  const waiting = await createAll(session, [
    ...types.map(typeDefinition),
    ...functions.map(functionDefinition),
    ...madeOfFunctions(catalog),
  ]);
  const known = await createTables(session, ordered, new Set(standIns.map(({ name }) => name)));
  limits.push(...known.limits);
  const later = await createAll(session, waiting);
  await create([...notNullDefinitions(ordered), ...defaultDefinitions(ordered)]);
  await create(constraintDefinitions(ordered, ["primary key", "unique", "exclude", "check"]));
  const indexes = await createAll(session, indexDefinitions(ordered));
  await create(constraintDefinitions(ordered, ["foreign key"]));
  const views = await createAll(session, [...later, ...viewDefinitions(tables)]);
  const stubs = new Map(functions.map((made) => [`function ${made.signature}`, standInFunction(made)]));
  const refused = await createAll(
    session,
    views.map((definition) => ({ ...definition, sql: stubs.get(definition.what) ?? definition.sql })),
  );
  limits.push(...refused.map(missing));
  await create(rewriteDefinitions(catalog));
  limits.push(...indexLimits(indexes, ordered, known.standIns), ...unmodelled(catalog, known.standIns));
  return limits;
}

const missing = ({ what, table }: Definition): Limit => ({ text: `${what} is not in the twin`, table });

const madeOfFunctions = ({ aggregates, operators, casts }: Catalog): readonly Definition[] => [
  ...aggregates.map(aggregateDefinition),
  ...operators.map(operatorDefinition),
  ...casts.map(castDefinition),
];

const extensionDefinition = ({ name, schema }: Catalog["extensions"][number]): Definition => ({
  sql: `create extension if not exists ${quote(name)} schema ${quote(schema)} cascade`,
  what: `extension ${name}`,
});

/** What was refused for want of another is tried again once that is there. Returns what is refused to the end. */
async function createAll(session: Session, definitions: readonly Definition[]): Promise<readonly Definition[]> {
  const outcomes = await session.run(definitions.map(({ sql }) => sql));
  const refused = definitions.filter((definition, position) => {
    const no = outcomes[position]?.refused;
    return no !== undefined && !isPresent(definition, no.code);
  });
  return refused.length === 0 || refused.length === definitions.length ? refused : createAll(session, refused);
}

/** A table that is refused is made again with less: with types that stand in for those that are not there, then without what only its columns say. */
async function createTables(session: Session, tables: readonly Table[], standIns: ReadonlySet<string>) {
  const known = new Map(tables.map((table) => [table.oid, table]));
  const shape = (table: Table, types: ReadonlySet<string>): Shape => ({
    table,
    parent: known.get(table.parents[0]?.oid ?? 0),
    standIns: types,
  });
  if (tables.some(({ kind }) => kind === "foreign table")) await session.run(foreignServer);
  const make = (shapes: readonly Shape[]) => createAll(session, shapes.map(tableDefinition));
  const left = (refused: readonly Definition[]) => refused.flatMap(({ table }) => known.get(table ?? 0) ?? []);

  const first = left(await make(tables.map((table) => shape(table, standIns))));
  if (first.length === 0) return { limits: [], standIns };
  const all = new Set([...standIns, ...(await standInForMissing(session, first))]);
  const second = left(await make(first.map((table) => shape(table, all))));
  const third = left(await make(second.map((table) => ({ ...shape(table, all), plain: true as const }))));
  const limits = second.map((table): Limit => {
    const what = `table ${qualified(table)} is`;
    return {
      text: third.includes(table) ? `${what} not in the twin` : `${what} in the twin without its generated columns and collations`,
      table: table.oid,
    };
  });
  return { limits, standIns: all };
}

async function standInForMissing(session: Session, tables: readonly Table[]): Promise<readonly string[]> {
  const names = tables.flatMap(({ columns }) => columns.map(({ type }) => bareType(type)));
  const types = [...new Set(names)];
  const outcomes = await session.run(types.map((type) => `select null::${type}`));
  const absent = types.filter((_, position) => outcomes[position]?.refused);
  await createAll(
    session,
    absent.map((name) => standInDefinition({ name })),
  );
  return absent;
}

/** Those that fell with a type are told together. */
function indexLimits(refused: readonly Definition[], tables: readonly Table[], standIns: ReadonlySet<string>): readonly Limit[] {
  const bare = tables.filter((table) => standInColumns(table, standIns).length > 0);
  return [
    ...refused.filter(({ table }) => bare.every(({ oid }) => oid !== table)).map(missing),
    ...bare.flatMap((table): readonly Limit[] => {
      const fell = refused.filter((definition) => definition.table === table.oid).map(({ what }) => what.replace(/ of .*$/, ""));
      return fell.length === 0
        ? []
        : [{ text: `${fell.join(", ")} of ${qualified(table)} needs a type that is not in the twin`, table: table.oid }];
    }),
  ];
}
