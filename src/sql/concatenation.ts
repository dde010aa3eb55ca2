import type { Node } from "@pgsql/types";
import type { ColumnShape, Level, TableShape } from "./level.ts";
import type { Query } from "./query.ts";
import { namesIn } from "./relations.ts";
import { columnType, FIRST_OWN, valueType } from "./value-type.ts";
import { type Visit, walkExpression } from "./walk.ts";

/** `a || b || c`, however it is put in parentheses. */
export interface Concatenation {
  readonly node: Node;
  readonly operands: readonly Node[];
  /** What it stands in, the nearest first. */
  readonly around: readonly Visit[];
}

/** Those of a level, the inner ones of a chain not apart. */
export function concatenationsIn(level: Level<TableShape>): readonly Concatenation[] {
  return [...walkExpression(level.expressions)].flatMap((visit) => {
    const node = nodeOf(visit);
    const parent = visit.parent && nodeOf(visit.parent);
    if (!isConcatenation(node) || (parent && isConcatenation(parent))) return [];
    return [{ node, operands: operandsOf(node), around: [...ancestors(visit)] }];
  });
}

const nodeOf = ({ kind, node }: Visit): Node => ({ [kind]: node }) as unknown as Node;

const isConcatenation = (node: Node): node is Extract<Node, { A_Expr: unknown }> =>
  "A_Expr" in node && (node.A_Expr.kind ?? "AEXPR_OP") === "AEXPR_OP" && namesIn(node.A_Expr.name).at(-1) === "||";

const operandsOf = (node: Node): readonly Node[] =>
  isConcatenation(node) ? [node.A_Expr.lexpr, node.A_Expr.rexpr].flatMap((side) => (side ? operandsOf(side) : [])) : [node];

function* ancestors({ parent }: Visit): Generator<Visit> {
  for (let at = parent; at; at = at.parent) yield at;
}

const texts = ["text", "character varying", "character"];
const containers = ["json", "jsonb", "tsvector", "tsquery", "bytea", "bit", "bit varying"];

interface Typed extends TableShape {
  readonly columns: readonly (ColumnShape & { readonly typeOid: number })[];
}

/** Whether `||` joins texts there, and not arrays or documents, whose NULLs it treats in its own ways. False where that is not known. */
export function isOfText<Table extends Typed>(operands: readonly Node[], level: Level<Table>, query: Query<Table>): boolean {
  const types = operands.map((operand) => valueType(operand, level, query));
  if (types.some((type) => type && (type.array || containers.includes(type.name)))) return false;
  if (types.some((type) => type && texts.includes(type.name))) return true;
  const columns = operands.flatMap((operand) => ("ColumnRef" in operand ? [query.columnOf(operand.ColumnRef, level)?.column] : []));
  const areKnown = columns.every((column) => column !== undefined && (columnType(column) !== undefined || isCitext(column)));
  return areKnown && (columns.some(isCitext) || operands.some((operand) => "A_Const" in operand && operand.A_Const.sval !== undefined));
}

const isCitext = (column: Typed["columns"][number] | undefined) =>
  column !== undefined && column.typeOid >= FIRST_OWN && /(?:^|\.)citext$/.test(column.type);
