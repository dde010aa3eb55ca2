import type { Node } from "@pgsql/types";
import { shape, shapeWithoutValues } from "./expression.ts";
import { grammar } from "./grammar.ts";
import type { Statement } from "./parse.ts";
import { characterOffsets } from "./position.ts";
import { walk } from "./walk.ts";

/** What the text around a statement says of it: others in it are the same but for their constants. */
export interface Repeats {
  /** This one included. */
  readonly count: number;
  readonly isFirst: boolean;
  /** A SELECT from another relation stands before the first of them: what it lists, they may look up. */
  readonly isListed: boolean;
  /** Constants that differ, and parameters, which may. */
  readonly varying: number;
  /** Whether this constant or parameter of the statement is one of those. */
  varies(value: Node): boolean;
}

interface Whole {
  /** Where the statement before ends. */
  readonly from: number;
  readonly tree: Node;
  readonly shape: string;
}

/** The text that was read last: each of its statements asks. */
let last: { readonly source: string; readonly statements: readonly Whole[] } = { source: "", statements: [] };

/** After `loadGrammar()`. Undefined where no other is alike. */
export function repeatsOf({ source, start, end, tree }: Statement): Repeats | undefined {
  if (!source.slice(0, start).includes(";") && !source.slice(end).includes(";")) return undefined;
  const all = statementsIn(source);
  const own = all.findLast(({ from }) => from <= start);
  // That of an EXPLAIN is a part of another one.
  if (!own || own.shape !== shapeWithoutValues(tree)) return undefined;
  const alike = all.filter((each) => each.shape === own.shape);
  const [first] = alike;
  if (!first || alike.length < 2) return undefined;
  const mine = valuesIn(tree);
  const each = alike.map((one) => valuesIn(one.tree).map(shape));
  const varying = new Set(
    mine.filter((value, place) => "ParamRef" in value || each.some((texts) => texts[place] !== each[0]?.[place])).map(idOf),
  );
  const names = namesIn(first.tree);
  return {
    count: alike.length,
    isFirst: own === first,
    isListed: all
      .slice(0, all.indexOf(first))
      .some((before) => "SelectStmt" in before.tree && [...namesIn(before.tree)].some((name) => !names.has(name))),
    varying: varying.size,
    varies: (value) => varying.has(idOf(value)),
  };
}

function statementsIn(source: string): readonly Whole[] {
  if (last.source === source) return last.statements;
  last = { source, statements: read(source) };
  return last.statements;
}

function read(source: string): readonly Whole[] {
  try {
    const character = characterOffsets(source);
    const { stmts = [] } = grammar().parseSync(source);
    return stmts.flatMap(({ stmt, stmt_location: from = 0 }) =>
      stmt ? [{ from: character(from), tree: stmt, shape: shapeWithoutValues(stmt) }] : [],
    );
  } catch {
    return [];
  }
}

const valuesIn = (tree: Node): readonly Node[] =>
  [...walk(tree)].flatMap(({ kind, node }): Node[] => {
    if (kind === "A_Const") return [{ A_Const: node }];
    return kind === "ParamRef" ? [{ ParamRef: node }] : [];
  });

/** Where it stands: no two start at the same character. */
function idOf(value: Node): number {
  if ("A_Const" in value) return value.A_Const.location ?? 0;
  return "ParamRef" in value ? (value.ParamRef.location ?? 0) : -1;
}

const namesIn = (tree: Node): ReadonlySet<string> =>
  new Set([...walk(tree)].flatMap(({ kind, node }) => (kind === "RangeVar" ? [node.relname ?? ""] : [])));
