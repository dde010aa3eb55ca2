/** Where catalog queries are read: a live server inside one read-only transaction, or the twin. */
export interface Database {
  /** One statement, by the extended protocol, with its values as `$1`, `$2`… Rows hold the JavaScript values of `values.ts`. */
  read<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}
