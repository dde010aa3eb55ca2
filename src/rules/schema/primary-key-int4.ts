import { nameOf, sql } from "../../sql/quote.ts";
import { ofOwner } from "../of-table.ts";
import { schemaRule } from "../rule.ts";

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
    for (const table of tables) {
      if (table.partition.bound !== undefined) continue;
      const [column] = table.constraints.find(({ kind, columns }) => kind === "primary key" && columns.length === 1)?.columns ?? [];
      const key = table.columns.find(({ name }) => name === column);
      const most = largest[key?.type ?? ""];
      // A key that no sequence feeds is a code that somebody gives out: a year, a number of a country.
      const sequence = ofOwner(sequences, table.oid, ({ ownedBy }) => ownedBy?.table).find(({ ownedBy }) => ownedBy?.column === column);
      if (!key || most === undefined || !sequence) continue;

      const [on, { last }] = [nameOf(table.schema, table.name), sequence];
      const share = last === undefined ? undefined : last / most;
      yield {
        message: `${on}.${nameOf(undefined, key.name)} is ${key.type}, so inserts fail once ${most.toLocaleString("en-US")} ids are given out${share === undefined ? "" : `; ${percent(share)} of them are`}.`,
        object: `${on}`,
        ...(last !== undefined && { evidence: { last, most } }),
        severity: severityOf(share),
        ...(table.kind === "table" &&
          table.rows !== undefined &&
          table.rows < SMALL && { fix: sql`alter table ${on} alter column ${key.name} type bigint;` }),
      };
    }
  },
});

function severityOf(share: number | undefined) {
  if (share === undefined) return "warning";
  return share < HARMLESS ? "info" : share < GRAVE ? "warning" : "error";
}

const percent = (share: number) => (share < 0.01 ? "less than 1 %" : `${Math.floor(share * 100)} %`);
