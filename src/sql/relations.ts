import type { RangeVar } from "@pgsql/types";
import type { Span } from "../finding.ts";
import type { Statement } from "./parse.ts";
import { spanOf } from "./position.ts";
import { bareKind, kindOf, walk } from "./walk.ts";

/** A real relation as a statement names it, resolved against the statement's own WITH queries but not yet against a database. */
export interface RelationRef {
  readonly schema: string | undefined;
  readonly name: string;
  readonly alias: string | undefined;
  /** What INSERT, UPDATE, DELETE, MERGE or SELECT INTO writes to. */
  readonly target: boolean;
  readonly span: Span;
}

export interface FunctionRef {
  readonly schema: string | undefined;
  readonly name: string;
  readonly span: Span;
}

/** Every relation that is named anywhere in the statement, in the order of the text. */
export function relationsOf(statement: Statement): readonly RelationRef[] {
  const found: RelationRef[] = [];
  visit(statement.tree, { ctes: new Set(), written: false }, (range, target) => found.push(relationRef(range, target, statement.source)));
  return found.sort((a, b) => a.span.start - b.span.start);
}

export function functionsOf({ tree, source }: Statement): readonly FunctionRef[] {
  const found: FunctionRef[] = [];
  for (const { kind, node } of walk(tree)) {
    if (kind !== "FuncCall") continue;
    const names = namesIn(node.funcname);
    const start = node.location ?? 0;
    found.push({ schema: names.at(-2), name: names.at(-1) ?? "", span: spanOf(source, start, endOfName(source, start)) });
  }
  return found.sort((a, b) => a.span.start - b.span.start);
}

/** The n of every $n, ascending. */
export function placeholdersOf({ tree }: Statement): readonly number[] {
  const numbers = new Set<number>();
  for (const { kind, node } of walk(tree)) if (kind === "ParamRef") numbers.add(node.number ?? 0);
  return [...numbers].sort((a, b) => a - b);
}

export function relationRef(
  { schemaname, relname = "", alias, location: start = 0 }: RangeVar,
  target: boolean,
  source: string,
): RelationRef {
  return { schema: schemaname, name: relname, alias: alias?.aliasname, target, span: spanOf(source, start, endOfName(source, start)) };
}

/** The strings of a list such as the fields of a ColumnRef; what is no string is left out. */
export const namesIn = (nodes: readonly object[] = []): string[] =>
  nodes.flatMap((node) => ("String" in node ? [(node.String as { sval?: string }).sval ?? ""] : []));

const identifier = String.raw`(?:[uU]&)?(?:"(?:[^"]|"")*"|[a-zA-Z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*)`;
const dottedName = new RegExp(String.raw`${identifier}(?:\s*\.\s*(?:${identifier}|\*))*`, "uy");

/** Where the name (with dots, quotes, a star) ends that starts at this character. */
export function endOfName(source: string, start: number): number {
  dottedName.lastIndex = start;
  return dottedName.test(source) ? dottedName.lastIndex : start;
}

interface Surroundings {
  /** WITH queries that can be seen here. They hide relations of the same name. */
  readonly ctes: ReadonlySet<string>;
  /** Whether this is the field that names what a statement writes to: no WITH query can stand there. */
  readonly written: boolean;
}

type Report = (range: RangeVar, target: boolean) => void;

function visit(value: unknown, here: Surroundings, report: Report): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const child of value) visit(child, here, report);
    return;
  }
  const kind = kindOf(value);
  visitNode(kind ? Object.values(value)[0] : value, kind, here, report);
}

const writing = new Set<string | undefined>(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

function visitNode(node: object, kind: string | undefined, here: Surroundings, report: Report): void {
  if (kind === "RangeVar") reportRange(node as RangeVar, here, report);
  if (kind === "RangeVar" || kind === "LockingClause") return;
  const ctes = "withClause" in node ? visitWith(node.withClause, here.ctes, report) : here.ctes;
  for (const [field, child] of Object.entries(node)) {
    if (field === "withClause" || typeof child !== "object") continue;
    const written = (field === "relation" && writing.has(kind)) || field === "rel";
    if (bareKind(field, child) === "RangeVar") reportRange(child, { ctes, written }, report);
    else visit(child, { ctes, written: false }, report);
  }
}

function reportRange(range: RangeVar, { ctes, written }: Surroundings, report: Report): void {
  const isCte = !written && range.schemaname === undefined && ctes.has(range.relname ?? "");
  if (!isCte) report(range, written);
}

/** A WITH query sees those before it, and with RECURSIVE all of its list. */
function visitWith(clause: unknown, outer: ReadonlySet<string>, report: Report): ReadonlySet<string> {
  const { ctes = [], recursive = false } = clause as { ctes?: { CommonTableExpr: { ctename: string } }[]; recursive?: boolean };
  const seen = new Set(outer);
  const all = new Set([...outer, ...ctes.map(({ CommonTableExpr }) => CommonTableExpr.ctename)]);
  for (const cte of ctes) {
    visit(cte, { ctes: recursive ? all : new Set(seen), written: false }, report);
    seen.add(cte.CommonTableExpr.ctename);
  }
  return all;
}
