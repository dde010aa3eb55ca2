/** PLACE-HOLDER for the contract: the types are final, the readers come. */
export interface Column {
  readonly name: string;
  /** As `format_type` prints it: "bigint", "character varying(20)". */
  readonly type: string;
  readonly notNull: boolean;
}

export interface Index {
  readonly name: string;
  /** Key columns and expressions in order, as `pg_get_indexdef(oid, n)` prints them: `email`, `lower(email)`. */
  readonly keys: readonly string[];
  /** Operator class of each key, by name: "text_ops", "text_pattern_ops", "gin_trgm_ops". */
  readonly operatorClasses: readonly string[];
  readonly include: readonly string[];
  /** The predicate of a partial index. */
  readonly where: string | undefined;
  /** "btree", "gin", "gist", "hash", "brin", "spgist", "hnsw"… */
  readonly method: string;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly valid: boolean;
  readonly definition: string;
  readonly bytes: number;
}

export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "partitioned table" | "view" | "materialized view" | "foreign table";
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  /** Rows as the planner counts them, scaled to the current size; undefined where nobody knows (DDL text without row counts). */
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
}
