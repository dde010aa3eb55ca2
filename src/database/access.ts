/** What the caller's statements may do in the database. */
export interface Access {
  /**
   * `catalog`: no statement of a caller is sent. `explain`: one statement is planned there, after the guard let it
   * through. `analyze`: one SELECT is also run there and rolled back, when the caller asks for it.
   */
  readonly level: "catalog" | "explain" | "analyze";
  /** Functions of the user, `name` or `schema.name`, that an operator vouches for. */
  readonly trusted: readonly string[];
  /** EXPLAIN ANALYZE even where the connection could do anything. */
  readonly analyzeAsSuperuser: boolean;
}
