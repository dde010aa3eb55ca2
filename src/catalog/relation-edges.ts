import type { Oid } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What one relation of the user's own points at. A snapshot answers from these what a server finds by recursion. */
export interface RelationEdges {
  readonly oid: Oid;
  /** By its rules: what a view reads. */
  readonly reads: readonly Oid[];
  readonly parents: readonly Oid[];
  /** By foreign keys. */
  readonly references: readonly Oid[];
}

export const relationEdges = catalogQuery<RelationEdges>({
  name: "relation edges",
  sql: `
  select c.oid as oid,
         coalesce((select pg_catalog.jsonb_agg(distinct d.refobjid::pg_catalog.int8)
                     from pg_catalog.pg_rewrite w
                     join pg_catalog.pg_depend d
                       on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
                      and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> c.oid
                    where w.ev_class = c.oid), '[]') as reads,
         coalesce((select pg_catalog.jsonb_agg(i.inhparent::pg_catalog.int8 order by i.inhseqno)
                     from pg_catalog.pg_inherits i where i.inhrelid = c.oid), '[]') as parents,
         coalesce((select pg_catalog.jsonb_agg(distinct k.confrelid::pg_catalog.int8)
                     from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'f'), '[]') as "references"
    from pg_catalog.pg_class c
   where c.relkind in ('r', 'p', 'v', 'm', 'f')
     and c.oid >= 16384
   order by c.oid`,
});

/** As the query "needed relations" tells: down to children, up to parents, but from a parent not down again. */
export function needed(rows: readonly RelationEdges[], start: readonly Oid[]): readonly Oid[] {
  const known = new Map(rows.map((row) => [row.oid, row]));
  const children = turned(rows, (row) => row.parents);
  const [whole, asParent] = [new Set<Oid>(), new Set<Oid>()];
  const open = start.map((oid) => ({ oid, down: true }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { oid, down } = next;
    const edges = known.get(oid);
    if (!edges || whole.has(oid) || (!down && asParent.has(oid))) continue;
    (down ? whole : asParent).add(oid);
    open.push(...edges.reads.map((read) => ({ oid: read, down: true })), ...edges.parents.map((parent) => ({ oid: parent, down: false })));
    if (down) open.push(...(children.get(oid) ?? []).map((child) => ({ oid: child, down: true })));
  }
  return inOrder([...whole, ...asParent]);
}

/** As the query "neighbours" tells. */
export function neighboursIn(rows: readonly RelationEdges[], start: readonly Oid[]): readonly Oid[] {
  const inside = new Set(start);
  const inTrees = new Set(rows.flatMap(({ oid, parents }) => (parents.length > 0 ? [oid, ...parents] : [])));
  const joined = rows.flatMap(({ oid, references }) =>
    inside.has(oid) ? references : references.some((to) => inside.has(to)) ? [oid] : [],
  );
  return inOrder(joined.filter((oid) => !inside.has(oid) && !inTrees.has(oid)));
}

/** Tables that refer to these, and those that refer to those. */
const STEPS = 2;

/** As the query "dependents" tells. */
export function reached(rows: readonly RelationEdges[], start: readonly Oid[]): readonly Oid[] {
  const known = new Map(rows.map((row) => [row.oid, row]));
  const around = turned(rows, (row) => [...row.reads, ...row.parents]);
  const referring = turned(rows, (row) => row.references);
  const found = new Set<Oid>();
  let frontier: readonly Oid[] = start;
  for (let step = 0; step <= STEPS; step++) {
    const open = [...frontier];
    const fresh: Oid[] = [];
    for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
      const edges = known.get(oid);
      if (!edges || found.has(oid)) continue;
      found.add(oid);
      fresh.push(oid);
      open.push(...(around.get(oid) ?? []), ...edges.parents);
    }
    frontier = fresh.flatMap((oid) => referring.get(oid) ?? []);
  }
  return inOrder([...found, ...[...found].flatMap((oid) => known.get(oid)?.references ?? [])]);
}

function turned(rows: readonly RelationEdges[], targets: (row: RelationEdges) => readonly Oid[]): ReadonlyMap<Oid, readonly Oid[]> {
  const sources = new Map<Oid, Oid[]>();
  for (const row of rows) {
    for (const target of targets(row)) {
      const already = sources.get(target);
      if (already) already.push(row.oid);
      else sources.set(target, [row.oid]);
    }
  }
  return sources;
}

const inOrder = (oids: readonly Oid[]) => [...new Set(oids)].sort((a, b) => a - b);
