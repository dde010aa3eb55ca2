/** What a stored expression leads to. */
export interface References {
  /** Functions that come with Postgres. */
  readonly builtIn: readonly number[];
  /** Everything else that was made after initdb, of whatever kind. */
  readonly made: readonly number[];
  /** Relations as often as a FROM clause has them. */
  readonly relations: readonly number[];
  /** Functions as often as they are called. */
  readonly calls: readonly number[];
}

/** Below it are the objects of initdb: FirstNormalObjectId (src/include/access/transam.h). */
export const FIRST_NORMAL_OID = 16_384;

/** Fields of src/include/nodes/primnodes.h and parsenodes.h that hold a function or a relation, and any number that is long enough. */
const reference =
  /:(?:funcid|aggfnoid|winfnoid|tsmhandler) (\d+)|:rtekind 0 :relid (\d+)|:(?:relid|resorigtbl) (\d+)|(?<![\w.-])(\d{5,10})(?![\w.])/g;

/**
 * Reads a `pg_node_tree`: an expression or query as Postgres keeps it after it looked up every name, so that nothing is
 * left to guess. Any number in it that could be the identifier of something made by a user is taken for one, which
 * can only find too much, in whatever version and kind of node.
 */
export function referencesIn(tree: string): References {
  const builtIn = new Set<number>();
  const made = new Set<number>();
  const relations: number[] = [];
  const calls: number[] = [];
  for (const [, called, scanned, related, bare] of tree.matchAll(reference)) {
    const oid = Number(called ?? scanned ?? related ?? bare);
    if (scanned !== undefined) relations.push(oid);
    else if (related !== undefined) continue;
    else if (oid >= FIRST_NORMAL_OID) made.add(oid);
    else if (called !== undefined) builtIn.add(oid);
    if (called !== undefined && oid >= FIRST_NORMAL_OID) calls.push(oid);
  }
  return { builtIn: [...builtIn], made: [...made], relations, calls };
}

/** Whether every query in a stored function body is a SELECT that locks no row. */
export function onlySelects(tree: string): boolean {
  const commands = [...tree.matchAll(/\{QUERY :commandType (\d)/g)];
  return commands.length > 0 && commands.every(([, command]) => command === "1") && !/:hasForUpdate true|:utilityStmt \{/.test(tree);
}
