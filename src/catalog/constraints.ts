import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, parsed } from "./query.ts";

export type ForeignKeyAction = "no action" | "restrict" | "cascade" | "set null" | "set default";

export type ConstraintKind = "primary key" | "unique" | "exclude" | "check" | "foreign key";

export interface Constraint {
  readonly table: Oid;
  readonly name: string;
  readonly kind: ConstraintKind;
  /** As `pg_get_constraintdef` prints it, `NOT VALID` included. */
  readonly definition: string;
  /** In the order of the constraint. */
  readonly columns: readonly string[];
  /** The table a foreign key points at. */
  readonly references: Oid | undefined;
  /** What else holds of a foreign key. */
  readonly foreignKey: ForeignKeyFacts | undefined;
  readonly deferrable: boolean;
  /** Checked at the end of the transaction unless told otherwise. */
  readonly deferred: boolean;
  /** False for NOT ENFORCED, which exists from 18 on. */
  readonly enforced: boolean;
  readonly validated: boolean;
  /** Comes from a parent, which brings it along. */
  readonly inherited: boolean;
}

export interface ForeignKeyFacts {
  /** Of the table it points at, in the order of `columns`. */
  readonly referencedColumns: readonly string[];
  readonly onDelete: ForeignKeyAction;
  readonly onUpdate: ForeignKeyAction;
  readonly match: "simple" | "full";
}

type Action = "a" | "r" | "c" | "n" | "d";

interface Row extends Omit<Constraint, "kind" | "references" | "foreignKey"> {
  readonly kind: "p" | "u" | "x" | "c" | "f";
  readonly references: Oid;
  readonly referencedColumns: readonly string[];
  readonly onDelete: Action;
  readonly onUpdate: Action;
  readonly match: "s" | "f";
}

export const constraints = catalogQuery<Row>({
  name: "constraints",
  about: "table",
  sql: `
  select k.conrelid as "table",
         k.conname::pg_catalog.text as name,
         k.contype::pg_catalog.text as kind,
         pg_catalog.pg_get_constraintdef(k.oid) as definition,
         coalesce((select pg_catalog.jsonb_agg(a.attname order by u.place)
                     from pg_catalog.unnest(k.conkey) with ordinality u (number, place)
                     join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number), '[]') as columns,
         k.confrelid as "references",
         coalesce((select pg_catalog.jsonb_agg(a.attname order by u.place)
                     from pg_catalog.unnest(k.confkey) with ordinality u (number, place)
                     join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number), '[]') as "referencedColumns",
         k.confdeltype::pg_catalog.text as "onDelete",
         k.confupdtype::pg_catalog.text as "onUpdate",
         k.confmatchtype::pg_catalog.text as match,
         k.condeferrable as deferrable,
         k.condeferred as deferred,
         coalesce(${parsed("bool", "pg_catalog.to_jsonb(k) ->> 'conenforced'")}, true) as enforced,
         k.convalidated as validated,
         k.coninhcount > 0 or k.conparentid <> 0 as inherited
    from pg_catalog.pg_constraint k
   where k.conrelid = any ($1::pg_catalog.oid[])
     and k.contype in ('p', 'u', 'x', 'c', 'f')
   order by k.conrelid, k.conname`,
});

const kinds: Record<Row["kind"], ConstraintKind> = { p: "primary key", u: "unique", x: "exclude", c: "check", f: "foreign key" };

const actions: Record<Action, ForeignKeyAction> = { a: "no action", r: "restrict", c: "cascade", n: "set null", d: "set default" };

export async function readConstraints(database: Database, tables: readonly Oid[]): Promise<readonly Constraint[]> {
  const rows = await database.read<Row>(constraints.sql, [oids(tables)]);
  return rows.map(({ referencedColumns, onDelete, onUpdate, match, ...row }) => ({
    ...row,
    kind: kinds[row.kind],
    references: row.references === 0 ? undefined : row.references,
    foreignKey:
      row.kind === "f"
        ? { referencedColumns, onDelete: actions[onDelete], onUpdate: actions[onUpdate], match: match === "f" ? "full" : "simple" }
        : undefined,
  }));
}
