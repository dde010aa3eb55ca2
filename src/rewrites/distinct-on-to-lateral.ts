import type { Table } from "../catalog/tables.ts";
import { clausesOf } from "../sql/clauses.ts";
import { replaceAll, shape } from "../sql/expression.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { distinctOn, sortedBy } from "../sql/unique.ts";
import { qualified } from "../twin/definitions.ts";
import { rewritten, spelledOut } from "./parts.ts";
import { type Draft, pattern } from "./rewrite.ts";

/** DISTINCT ON reads and sorts all rows of every group; from the table that has one row for each group, an index finds the first of each. */
export default pattern({
  name: "DISTINCT ON to LATERAL",

  *drafts(query, _calls, tables) {
    for (const level of query.levels) {
      const draft = distinctOn(level) && draftOf(level, query, tables);
      if (draft) yield draft;
    }
  },
});

function draftOf(level: Level<Table>, query: Query<Table>, tables: readonly Table[]): Draft | undefined {
  const [item, another] = level.items;
  const clauses = clausesOf(level, query.statement);
  const groups = groupsOf(level, query);
  const { table } = item ?? {};
  if (!item || another || !table || !clauses?.from || !clauses.order || !groups || item.renamed.length > 0) return undefined;
  if (!isOrderedByColumns(level)) return undefined;
  if (item.kind !== "relation" || level.group.length > 0 || level.select?.havingClause || level.select?.windowClause) return undefined;
  const found = table.children > 0 && table.kind === "table" ? undefined : drivingOf(table, groups, tables);
  const text = ({ start, end }: { readonly start: number; readonly end: number }) => query.statement.source.slice(start, end);
  const stars = spelledOut(level, query);
  const targets = stars && withoutDistinct(replaceAll(query.statement.source, clauses.targets, stars));
  if (!found || targets === undefined) return undefined;
  const { driving, pairs } = found;
  const keys = pairs.map(({ key }, at) => `${quote(key)} as key_${at + 1}`);
  const name = item.name === "driving" ? "driving_keys" : "driving";
  const equal = pairs.map(({ column }, at) => `${quote(item.name)}.${quote(column)} = ${name}.key_${at + 1}`);
  const where = [...(clauses.where ? [`(${text(clauses.where)})`] : []), ...equal].join(" and ");
  const first = `select * from ${text(clauses.from)} where ${where} order by ${text(clauses.order)} limit 1`;
  const from = `(select ${keys.join(", ")} from ${qualified(driving)}) ${name} cross join lateral (${first}) ${quote(item.name)}`;
  const by = `select ${targets} from ${from} ${clauses.end ? text(clauses.end) : ""}`.trimEnd();
  const open = pairs.filter(({ column }) => !table.columns.some((each) => each.name === column && each.notNull && each.notNullValid));
  const assumes = open.map(({ column }) => ({ table, column }));
  const contract = `The role that sends it needs SELECT on ${qualified(driving)} too.`;
  return { sql: rewritten(query, [{ ...clauses.whole, by }]), reads: [driving], contract, ...(assumes.length > 0 && { assumes }) };
}

/** What ORDER BY names by a number or by the name of a target is something else in another SELECT. */
const isOrderedByColumns = (level: Level<Table>): boolean =>
  level.order.every((node, at) => {
    const meant = sortedBy(level)[at];
    return meant !== undefined && "SortBy" in node && shape(node.SortBy.node) === shape(meant);
  });

/** The columns of DISTINCT ON, if they are no more than that. */
function groupsOf(level: Level<Table>, query: Query<Table>): readonly string[] | undefined {
  const uses = (distinctOn(level) ?? []).map((node) => ("ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined));
  const names = uses.flatMap((use) => (use?.level === level ? [use.name] : []));
  return names.length === uses.length ? names : undefined;
}

/** The table that these columns point at: each of its rows is one group at most. */
function drivingOf({ constraints }: Table, groups: readonly string[], tables: readonly Table[]) {
  for (const { foreignKey, references, columns, deferrable, enforced, validated, definition } of constraints) {
    const driving = tables.find(({ oid }) => oid === references);
    const isWhole = driving && !driving.rowSecurity && !(driving.kind === "table" && driving.children > 0);
    if (!foreignKey || !isWhole || deferrable || !enforced || !validated || /\bPERIOD\b/.test(definition)) continue;
    if ([...columns].sort().join() !== [...groups].sort().join()) continue;
    return { driving, pairs: columns.map((column, at) => ({ column, key: foreignKey.referencedColumns[at] ?? "" })) };
  }
  return undefined;
}

/** The targets behind DISTINCT ON (…). */
function withoutDistinct(targets: string): string | undefined {
  const [start] = /^distinct\s+on\s*\(/i.exec(targets) ?? [];
  if (start === undefined) return undefined;
  let depth = 1;
  for (let at = start.length; at < targets.length; at++) {
    const character = targets[at];
    if (character === '"' || character === "'") return undefined;
    depth += character === "(" ? 1 : character === ")" ? -1 : 0;
    if (depth === 0) return targets.slice(at + 1).trimStart();
  }
  return undefined;
}
