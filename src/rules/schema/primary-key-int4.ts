import type { Column } from "../../catalog/columns.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { listed } from "../listed.ts";
import { ofOwner } from "../of-table.ts";
import { type Problem, schemaRule } from "../rule.ts";
import { count } from "../wording.ts";

/** The largest value (https://www.postgresql.org/docs/current/datatype-numeric.html). */
const largest: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647 };
/** Shares of the values that are used up. */
const [HARMLESS, GRAVE] = [0.1, 0.5];
/** Changing the type rewrites the table under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;

export default schemaRule({
  id: "schema/primary-key-int4",
  severity: "warning",

  *check({ tables, sequences }) {
    const unknown: Key[] = [];
    for (const table of tables) {
      if (table.partition.bound !== undefined) continue;
      const [column] = table.constraints.find(({ kind, columns }) => kind === "primary key" && columns.length === 1)?.columns ?? [];
      const key = table.columns.find(({ name }) => name === column);
      const most = largest[key?.type ?? ""];
      // A key that no sequence feeds is a code that somebody gives out: a year, a number of a country.
      const sequence = ofOwner(sequences, table.oid, ({ ownedBy }) => ownedBy?.table).find(({ ownedBy }) => ownedBy?.column === column);
      if (!key || most === undefined || !sequence) continue;

      const { last } = sequence;
      if (last === undefined) {
        unknown.push({ table, column: key });
        continue;
      }
      const on = nameOf(table.schema, table.name);
      const share = last / most;
      yield {
        message: `${on}.${nameOf(undefined, key.name)} is ${key.type}, so inserts fail once ${count(most)} ids are given out; ${percent(share)} of them are.`,
        object: `${on}`,
        evidence: { last, most },
        severity: severityOf(share),
        ...fixOf([{ table, column: key }]),
      };
    }
    for (const keys of grouped(unknown)) yield ofUnknown(keys);
  },
});

interface Key {
  readonly table: Table;
  readonly column: Column;
}

/** By schema and type: how far each is nobody knows, so which of them may come near the end is one question. */
function grouped(keys: readonly Key[]): Iterable<readonly Key[]> {
  const groups = new Map<string, Key[]>();
  for (const key of keys) {
    const group = `${key.table.schema} ${key.column.type}`;
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return groups.values();
}

function ofUnknown(keys: readonly Key[]): Problem {
  const names = keys.map(({ table, column }) => `${nameOf(table.schema, table.name)}.${nameOf(undefined, column.name)}`);
  const [first] = keys;
  const { schema = "", name = "" } = first?.table ?? {};
  const type = first?.column.type ?? "";
  const isOne = keys.length === 1;
  return {
    message: `${listed(names)} ${isOne ? "is" : "are"} ${type}, so inserts fail once ${count(largest[type] ?? 0)} ids ${isOne ? "" : "of one "}are given out.`,
    object: `${isOne ? nameOf(schema, name) : nameOf(undefined, schema)}`,
    ...(!isOne && { evidence: { columns: keys.length } }),
    ...fixOf(keys),
  };
}

const fixOf = (keys: readonly Key[]) =>
  keys.every(({ table: { kind, rows } }) => kind === "table" && rows !== undefined && rows < SMALL) && {
    fix: keys
      .map(({ table, column }) => sql`alter table ${nameOf(table.schema, table.name)} alter column ${column.name} type bigint;`)
      .join("\n"),
  };

function severityOf(share: number) {
  return share < HARMLESS ? "info" : share < GRAVE ? "warning" : "error";
}

const percent = (share: number) => (share < 0.01 ? "less than 1 %" : `${Math.floor(share * 100)} %`);
