import type { Node } from "@pgsql/types";

type KeyOf<Union> = Union extends Union ? keyof Union : never;

/** The name of a node of Postgres's parse tree: "SelectStmt", "ColumnRef". */
export type Kind = KeyOf<Node>;
export type Inner<K extends Kind> = Extract<Node, Record<K, unknown>>[K];

/** One node on the way. Test `kind` and the compiler knows `node`. */
export type Visit = {
  [K in Kind]: { readonly kind: K; readonly node: Inner<K>; readonly field: string; readonly parent: Visit | undefined };
}[Kind];

/** Fields that hold a node without its name around it. */
const bareFields: Readonly<Record<string, Kind>> = {
  relation: "RangeVar",
  rel: "RangeVar",
  view: "RangeVar",
  larg: "SelectStmt",
  rarg: "SelectStmt",
  withClause: "WithClause",
  intoClause: "IntoClause",
  typeName: "TypeName",
  onConflictClause: "OnConflictClause",
  infer: "InferClause",
  over: "WindowDef",
};

/**
 * All nodes below and including `root`, parents before children. Where `into` says no, the children of
 * that node are left out. It keeps its own stack, so that a deep tree cannot exhaust JavaScript's.
 */
export function* walk(root: unknown, into: (visit: Visit) => boolean = () => true): Generator<Visit> {
  const stack: Step[] = [{ value: root, field: "", parent: undefined }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const found = asVisit(step);
    if (found) yield found;
    if (found && !into(found)) continue;
    stack.push(...childrenOf(found?.node ?? step.value, step.field, found ?? step.parent));
  }
}

interface Step {
  readonly value: unknown;
  readonly field: string;
  readonly parent: Visit | undefined;
}

function asVisit({ value, field, parent }: Step): Visit | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const wrapped = kindOf(value);
  const kind = wrapped ?? bareKind(field, value);
  if (!kind) return;
  const node = wrapped ? Object.values(value)[0] : value;
  return { kind, node, field, parent } as Visit;
}

/** The name that is wrapped around a node, if it is one. */
export function kindOf(value: object): Kind | undefined {
  const keys = Object.keys(value);
  const [key] = keys;
  return keys.length === 1 && key !== undefined && /^[A-Z]/.test(key) ? (key as Kind) : undefined;
}

/** What a node is that stands in this field without its name around it. */
export const bareKind = (field: string, value: unknown): Kind | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !kindOf(value) ? bareFields[field] : undefined;

/** The last child first, because a stack gives back what came last. */
function childrenOf(value: unknown, field: string, parent: Visit | undefined): Step[] {
  if (Array.isArray(value)) return value.map((child) => ({ value: child, field, parent })).reverse();
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([, child]) => typeof child === "object" && child !== null)
    .map(([name, child]) => ({ value: child, field: name, parent }))
    .reverse();
}

/** The columns, parameters, calls… of an expression itself: a nested SELECT is not entered, its left operand is. */
export function* walkExpression(root: unknown): Generator<Visit> {
  const nested = (visit: Visit) => visit.kind === "SelectStmt" && visit.field === "subselect";
  for (const visit of walk(root, (at) => !nested(at))) if (!nested(visit)) yield visit;
}
