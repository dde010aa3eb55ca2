import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";

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
  readonly validated: boolean;
  /** Comes from a parent, which brings it along. */
  readonly inherited: boolean;
}

interface Row extends Omit<Constraint, "kind" | "references"> {
  readonly kind: "p" | "u" | "x" | "c" | "f";
  readonly references: Oid;
}

const constraints = `
  select k.conrelid as "table",
         k.conname::pg_catalog.text as name,
         k.contype::pg_catalog.text as kind,
         pg_catalog.pg_get_constraintdef(k.oid) as definition,
         coalesce((select pg_catalog.jsonb_agg(a.attname order by u.place)
                     from pg_catalog.unnest(k.conkey) with ordinality u (number, place)
                     join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number), '[]') as columns,
         k.confrelid as "references",
         k.convalidated as validated,
         k.coninhcount > 0 or k.conparentid <> 0 as inherited
    from pg_catalog.pg_constraint k
   where k.conrelid = any ($1::pg_catalog.oid[])
     and k.contype in ('p', 'u', 'x', 'c', 'f')
   order by k.conrelid, k.conname`;

const kinds: Record<Row["kind"], ConstraintKind> = { p: "primary key", u: "unique", x: "exclude", c: "check", f: "foreign key" };

export async function readConstraints(database: Database, tables: readonly Oid[]): Promise<readonly Constraint[]> {
  const rows = await database.read<Row>(constraints, [oids(tables)]);
  return rows.map((row) => ({ ...row, kind: kinds[row.kind], references: row.references === 0 ? undefined : row.references }));
}
