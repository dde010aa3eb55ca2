export type ObjectKind =
  | "extension"
  | "schema"
  | "type"
  | "sequence"
  | "table"
  | "column"
  | "constraint"
  | "index"
  | "statistics"
  | "function"
  | "view"
  | "rule"
  | "trigger"
  | "policy"
  | "grant"
  | "default grant"
  | "role setting"
  | "server setting";

/** An object of a schema by its name, in words that can be compared and in SQL that makes it or drops it. */
export interface CatalogObject {
  readonly kind: ObjectKind;
  /** Qualified and quoted: "public.orders.total" is a column, "public.orders: SELECT" no name. Of a grant: whose it is, and on what. */
  readonly name: string;
  /** The table, type or other object that it is a part of, as `name` has it there. */
  readonly of: string | null;
  /** All that is compared; what is null is not there. */
  readonly facts: Readonly<Record<string, string | null>>;
  /** Statements, parted by semicolons. */
  readonly create: string;
  readonly drop: string;
  /** Relations that it reads, of a view: what must be there first. */
  readonly reads?: readonly string[];
}

/** SQL: this row of `class` is not part of an extension. Both are ours, nothing of a caller's. */
export const notOfExtension = (table: string, oid: string) =>
  `not exists (select from pg_catalog.pg_depend e
                where e.classid = 'pg_catalog.${table}'::pg_catalog.regclass and e.objid = ${oid} and e.deptype = 'e')`;

/** SQL: the schema `n` is neither Postgres's own nor a session's. */
export const ownSchema = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** SQL: the name of a relation, qualified and quoted. */
export const relationName = (oid: string) =>
  `(select pg_catalog.format('%I.%I', rn.nspname, rc.relname) from pg_catalog.pg_class rc
      join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace where rc.oid = ${oid})`;
