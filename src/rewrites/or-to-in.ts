import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { rewritten, wordsOf } from "./parts.ts";
import { pattern } from "./rewrite.ts";

/** Of a list, Postgres makes one comparison with an array (`transformAExprIn` in src/backend/parser/parse_expr.c); of an OR, one comparison for each value. */
export default pattern({
  name: "OR of equalities to = ANY",

  *drafts(query) {
    for (const { node, level } of query.nodes()) {
      const by = listed(node, level, query);
      const span = by === undefined ? undefined : query.spanOf(node);
      if (by !== undefined && span) yield { sql: rewritten(query, [{ ...span, by }]) };
    }
  },
});

interface Equality {
  /** The same for the same column. */
  readonly id: string;
  readonly column: string;
  /** What its constants are of: those of one list become one type. */
  readonly kind: "number" | "text" | "any";
  readonly values: readonly string[];
}

/** The OR with one list for each column. Equal or NULL is all that either form can say. */
function listed(node: Node, level: Level<Table>, query: Query<Table>): string | undefined {
  if (!("BoolExpr" in node) || node.BoolExpr.boolop !== "OR_EXPR") return undefined;
  const { args = [] } = node.BoolExpr;
  const arms = args.map((arg) => ({ words: wordsOf(arg, query), equality: equalityIn(arg, level, query) }));
  const groups = new Map<string, readonly Equality[]>();
  for (const { equality } of arms) if (equality) groups.set(equality.id, [...(groups.get(equality.id) ?? []), equality]);
  const lists = [...groups.values()].filter((group) => group.length > 1);
  if (lists.length === 0 || lists.some(isMixed) || arms.some(({ words }) => words === undefined)) return undefined;
  const isFirst = (equality: Equality, group: readonly Equality[]) => group[0] === equality;
  const parts = arms.flatMap(({ words = "", equality }) => {
    const group = lists.find((each) => equality !== undefined && each.includes(equality));
    if (!group || !equality) return [`(${words})`];
    return isFirst(equality, group) ? [listOf(equality.column, group)] : [];
  });
  return parts.length === 1 ? parts[0] : `(${parts.join(" or ")})`;
}

const listOf = (column: string, group: readonly Equality[]) =>
  `${column} in (${[...new Set(group.flatMap(({ values }) => values))].join(", ")})`;

const isMixed = (group: readonly Equality[]) => new Set(group.map(({ kind }) => kind).filter((kind) => kind !== "any")).size > 1;

const isEquality = (arm: Node): arm is Extract<Node, { A_Expr: unknown }> => "A_Expr" in arm && namesIn(arm.A_Expr.name).at(-1) === "=";

function equalityIn(arm: Node, level: Level<Table>, query: Query<Table>): Equality | undefined {
  if (!isEquality(arm)) return undefined;
  const { kind = "AEXPR_OP", lexpr, rexpr } = arm.A_Expr;
  if (!lexpr || !rexpr) return undefined;
  if (kind === "AEXPR_IN") return "List" in rexpr ? ofColumn(lexpr, rexpr.List.items ?? [], level, query) : undefined;
  if (kind !== "AEXPR_OP") return undefined;
  return ofColumn(lexpr, [rexpr], level, query) ?? ofColumn(rexpr, [lexpr], level, query);
}

function ofColumn(node: Node, constants: readonly Node[], level: Level<Table>, query: Query<Table>): Equality | undefined {
  const use = "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
  const column = wordsOf(node, query);
  const kinds = new Set(constants.map(kindOf));
  const values = constants.map((constant) => wordsOf(constant, query));
  if (!use || column === undefined || kinds.has(undefined) || values.includes(undefined)) return undefined;
  const [kind, another] = [...kinds].filter((each) => each !== "any");
  const id = `${query.levels.indexOf(use.level)} ${use.level.items.indexOf(use.item)} ${use.name}`;
  return another ? undefined : { id, column, kind: kind ?? "any", values: values.flatMap((value) => value ?? []) };
}

/** A parameter, as a text in quotes, takes the type of the column. */
function kindOf(node: Node): Equality["kind"] | undefined {
  if ("ParamRef" in node) return "any";
  if (!("A_Const" in node) || node.A_Const.isnull) return undefined;
  if (node.A_Const.ival) return "number";
  return node.A_Const.sval ? "text" : undefined;
}
