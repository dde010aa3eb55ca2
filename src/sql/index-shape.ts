import { shape } from "./expression.ts";
import { grammar } from "./grammar.ts";

/** What an index holds, in a form to compare: everything but its name and where it is stored. */
interface IndexShape {
  readonly unique: boolean;
  /** Each with its collation, operator class and order, which `keys` of the catalog leave out. */
  readonly keys: readonly string[];
  readonly include: readonly string[];
  /** Method, predicate and how NULLs of a unique index compare. */
  readonly kind: string;
}

/** Of a CREATE INDEX as the catalog prints it; undefined where the parser of this version cannot read it. */
export function indexShape(definition: string): IndexShape | undefined {
  const known = shapes.get(definition);
  if (known) return known;
  const read = readShape(definition);
  if (!read) return undefined;
  if (shapes.size >= KEPT) shapes.clear();
  shapes.set(definition, read);
  return read;
}

/** Several rules ask of the same indexes one after the other. */
const shapes = new Map<string, IndexShape>();
const KEPT = 10_000;

function readShape(definition: string): IndexShape | undefined {
  const [statement] = parsed(definition);
  const tree = statement?.stmt;
  if (!tree || !("IndexStmt" in tree)) return undefined;
  const { unique = false, indexParams = [], indexIncludingParams = [], accessMethod, whereClause, nulls_not_distinct } = tree.IndexStmt;
  return {
    unique,
    keys: indexParams.map(shape),
    include: indexIncludingParams.map(shape),
    kind: shape({ accessMethod, whereClause, nulls_not_distinct }),
  };
}

function parsed(definition: string) {
  try {
    return grammar().parseSync(definition).stmts ?? [];
  } catch {
    return [];
  }
}
