import type { Table } from "../../catalog/tables.ts";
import { nameOf } from "../../sql/quote.ts";
import { bySchema, declaredTables } from "../declared.ts";
import { listed } from "../listed.ts";
import { type ByName, byNameOf, isPolymorphic, namedParent, namesKindOf } from "../named-reference.ts";
import { schemaRule } from "../rule.ts";

/** Queues of jobs and the like, which a library makes without foreign keys. */
const ofLibrary =
  /^(good_job|solid_(queue|cache|cable)|delayed_job|que_|oban_|graphile_worker|pgboss|noticed_|active_storage|action_mailbox|django_|celery_|qrtz_)/;

/** Of the tables of a schema, the share that foreign keys link: where fewer are, nobody kept them. */
const CUSTOM = 0.5;

export default schemaRule({
  id: "schema/table-without-links",
  severity: "info",

  *check(schema) {
    const linked = new Set(schema.foreignKeys.flatMap(({ table, references }) => [table.oid, references.oid]));
    const declared = declaredTables(schema);
    const byName = byNameOf(declared);
    for (const [place, tables] of bySchema(declared)) {
      const alone = tables.filter((table) => !linked.has(table.oid) && !ofLibrary.test(table.name) && refersByName(table, byName));
      if (alone.length === 0 || tables.filter(({ oid }) => linked.has(oid)).length < CUSTOM * tables.length) continue;
      yield {
        message: `${listed(alone.map(({ name }) => nameOf(place, name)))} ${alone.length === 1 ? "has a column that is called" : "have columns that are called"} like a reference, and no foreign key leads to or from ${alone.length === 1 ? "it" : "them"}, unlike most tables of ${nameOf(undefined, place)}: rows there may point at what was deleted.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { tables: alone.length },
      };
    }
  },
});

/** To a kind of table that is there: one that the name tells is another rule's, and an id of another system names none. */
function refersByName(table: Table, byName: ByName): boolean {
  const { columns, constraints } = table;
  const key = constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  const references = columns.filter(
    ({ name, type }) =>
      /[a-z](_id|Id)$/.test(name) &&
      /^(integer|bigint|uuid)$/.test(type) &&
      !isPolymorphic(name, table) &&
      !(key.length === 1 && key[0] === name),
  );
  return (
    references.some((column) => namesKindOf(column, table, byName)) &&
    references.every((column) => namedParent(column, table, byName) === undefined)
  );
}
