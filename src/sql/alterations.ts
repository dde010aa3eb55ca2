import type { AlterTableCmd, ColumnDef, Constraint, RangeVar } from "@pgsql/types";
import type { Span } from "../finding.ts";
import { tokensOf } from "./grammar.ts";
import type { Statement } from "./parse.ts";
import { spanOf } from "./position.ts";
import { type Name, nameOf } from "./quote.ts";
import { endOfName } from "./relations.ts";

/** One command of an ALTER TABLE: `add column …`, `alter column … type …`. */
export interface Alteration {
  readonly table: Name;
  /** ALTER TABLE ONLY. */
  readonly only: boolean;
  readonly command: AlterTableCmd;
  /** Of the command alone, without ALTER TABLE and its name. */
  readonly span: Span;
  readonly text: string;
}

/** A constraint that is put on a table that is there already, by itself or with a new column. */
export interface AddedConstraint extends Alteration {
  readonly constraint: Constraint;
  /** The new column that it is written at. */
  readonly column: ColumnDef | undefined;
}

export const nameOfRange = ({ schemaname, relname = "" }: RangeVar): Name => nameOf(schemaname, relname);

/** Many rules ask the same statement. */
function once<Read>(read: (statement: Statement) => Read): (statement: Statement) => Read {
  const known = new WeakMap<Statement, { readonly read: Read }>();
  return (statement) => {
    const found = known.get(statement) ?? { read: read(statement) };
    known.set(statement, found);
    return found.read;
  };
}

/** The commands of an ALTER TABLE in the order of the text; of any other statement none. */
export const alterationsOf = once(readAlterations);

function readAlterations(statement: Statement): readonly Alteration[] {
  if (!("AlterTableStmt" in statement.tree)) return [];
  const { relation, cmds = [], objtype } = statement.tree.AlterTableStmt;
  if (!relation || (objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_FOREIGN_TABLE")) return [];
  const commands = cmds.flatMap((node) => ("AlterTableCmd" in node ? [node.AlterTableCmd] : []));
  const spans = commandSpans(statement, relation);
  return commands.map((command, at) => {
    const whole = spanOf(statement.source, statement.start, statement.end);
    const span = spans.length === commands.length ? (spans[at] ?? whole) : whole;
    const written = statement.source.slice(span.start, span.end);
    return { table: nameOfRange(relation), only: !relation.inh, command, span, text: written };
  });
}

const depths: Readonly<Record<string, number>> = { "(": 1, "[": 1, ")": -1, "]": -1 };

/** The grammar gives commands no place: they stand between the commas outside of all brackets, after the table's name. */
function commandSpans({ source, start, text }: Statement, { location = 0 }: RangeVar): readonly Span[] {
  const named = endOfName(source, location) - start;
  const tokens = tokensOf(text).filter((token, at, all) => token.start >= named && !(token.text === "*" && all[at - 1]?.end === named));
  const spans: Span[] = [];
  let depth = 0;
  let from: number | undefined;
  for (const [at, token] of tokens.entries()) {
    depth += depths[token.text] ?? 0;
    const isComma = token.text === "," && depth === 0;
    if (from === undefined && !isComma) from = token.start;
    const next = tokens[at + 1];
    if (from === undefined || !(next === undefined || (next.text === "," && depth === 0))) continue;
    spans.push(spanOf(source, start + from, start + token.end));
    from = undefined;
  }
  return spans;
}

export const addedConstraintsOf = once((statement): readonly AddedConstraint[] =>
  alterationsOf(statement).flatMap((alteration) => {
    const { subtype, def } = alteration.command;
    if (subtype === "AT_AddConstraint" && def && "Constraint" in def) {
      return [{ ...alteration, constraint: def.Constraint, column: undefined }];
    }
    const column = addedColumnOf(alteration);
    return constraintsOf(column).map((constraint) => ({ ...alteration, constraint, column }));
  }),
);

export function addedColumnOf({ command: { subtype, def } }: Alteration): ColumnDef | undefined {
  return subtype === "AT_AddColumn" && def && "ColumnDef" in def ? def.ColumnDef : undefined;
}

export const constraintsOf = (column: ColumnDef | undefined): readonly Constraint[] =>
  (column?.constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
