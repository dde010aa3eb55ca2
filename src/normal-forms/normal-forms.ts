import type { ExtendedValues } from "../catalog/extended-statistics-values.ts";
import type { Schema } from "../catalog/schema.ts";
import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import { keysOf } from "../rewrites/keys.ts";
import { countedTables } from "./counted.ts";
import { mostlyJson, type Smell, severalTables } from "./first-form.ts";
import { type Violation, violationsOf } from "./forms.ts";
import { fromConstraints } from "./from-constraints.ts";
import { fromCounts } from "./from-counts.ts";
import { fromExtended } from "./from-extended.ts";
import { fromNames } from "./from-names.ts";
import { fromValues } from "./from-values.ts";

export interface NormalForms {
  readonly smells: readonly Smell[];
  readonly violations: readonly Violation[];
  /** Tables whose statistics say what follows from what. */
  readonly judged: readonly Table[];
  /** Those with too few rows counted, or never analysed, and those without a key. */
  readonly thin: readonly Table[];
  readonly keyless: readonly Table[];
}

export interface Learned {
  readonly extended: readonly ExtendedValues[];
  /** Values of the user's own, where they were read. */
  readonly values: readonly ColumnStatistics[];
}

/** Partitions and tables that inherit have the columns of their parent. */
const designed = ({ tables }: Pick<Schema, "tables">): readonly Table[] =>
  tables.filter(({ kind, parents }) => (kind === "table" || kind === "partitioned table") && parents.length === 0);

/** What keeps the tables out of the normal forms, by constraints and statistics. */
export function normalForms(schema: Schema, { extended, values }: Learned): NormalForms {
  const tables = designed(schema);
  const counted = countedTables(schema, tables);
  const [withKey, keyless] = [tables.filter((table) => keysOf(table).length > 0), tables.filter((table) => keysOf(table).length === 0)];
  const keysFrom = byTable(schema.foreignKeys, ({ table }) => String(table.oid));
  const extendedOf = byTable(extended, ({ table, inherited }) => `${table} ${inherited}`);
  const valuesOf = byTable(values, ({ schema: place, relation, inherited }) => JSON.stringify([place, relation, inherited]));
  const violations = withKey.flatMap((table) => {
    const keys = keysFrom(String(table.oid));
    const counts = counted.get(table.oid);
    const own = extendedOf(`${table.oid} ${table.kind === "partitioned table"}`);
    const seen = counts ? [...fromExtended(counts, own), ...fromCounts(counts, keys), ...fromNames(counts, keys)] : [];
    return violationsOf(table, [...fromConstraints(keys), ...seen]);
  });
  const smells = tables.flatMap((table) => {
    const counts = counted.get(table.oid);
    const found = fromValues(table, valuesOf(JSON.stringify([table.schema, table.name, table.kind === "partitioned table"])));
    const rough = mostlyJson(table, counts).filter(({ columns }) => !found.some((smell) => smell.columns[0] === columns[0]));
    return [...severalTables(table, counts), ...found, ...rough];
  });
  return {
    smells,
    violations,
    judged: withKey.filter(({ oid }) => counted.has(oid)),
    thin: withKey.filter(({ oid }) => !counted.has(oid)),
    keyless,
  };
}

/** Thousands of tables have thousands of each. */
function byTable<Thing>(things: readonly Thing[], keyOf: (thing: Thing) => string): (key: string) => readonly Thing[] {
  const groups = new Map<string, Thing[]>();
  for (const thing of things) {
    const group = groups.get(keyOf(thing));
    if (group) group.push(thing);
    else groups.set(keyOf(thing), [thing]);
  }
  return (key) => groups.get(key) ?? [];
}
