import { loadGrammar } from "../../sql/grammar.ts";

/** What stands around a statement of a body, that decides whether and how often it runs. */
export type Around = "condition" | "loop" | "exception block" | "exception handler";

/** A statement of a PL/pgSQL body, as its parser knows it. */
export interface BodyPart {
  /** An expression of which the text of the statement comes, for `EXECUTE`; SQL for the rest. */
  readonly kind: "sql" | "perform" | "execute";
  /** As it was written, but with blanks for an INTO clause, and SELECT for PERFORM. */
  readonly query: string;
  /** From 1, the first being that on which the body starts. */
  readonly line: number;
  readonly around: readonly Around[];
}

/**
 * The statements of a `DO` or of a function in PL/pgSQL, in the order of the text. A string is why the parser refuses it.
 * A function without a body in a string must not be given: the parser ends its process's module for it.
 */
export async function readBody(statement: string): Promise<readonly BodyPart[] | string> {
  const grammar: object = await loadGrammar();
  if (!parsesBodies(grammar)) return "this build has no parser for PL/pgSQL";
  const tree = treeOf(statement, grammar, TRIES);
  if (typeof tree === "string") return tree;
  const parts: BodyPart[] = [];
  collect(tree, { around: [], line: 1 }, parts);
  return parts;
}

/** Variables whose type is taken for a row's, each of which takes another try. */
const TRIES = 20;

/** The parser throws nothing but its refusals, and RangeError for some 3,000 levels. */
function treeOf(statement: string, parser: BodyParser, tries: number): object | string {
  try {
    return parser.parsePlPgSQLSync(statement);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof RangeError) return "it is nested too deeply";
    const [, variable] = /^"(\w+)" is not a scalar variable$/.exec(error.message) ?? [];
    const retyped = variable === undefined || tries === 0 ? statement : asText(statement, variable);
    return retyped === statement ? error.message : treeOf(retyped, parser, tries - 1);
  }
}

/** It takes a type that it does not know for that of a row, of which an INTO takes only one: an enum may stand in a list. */
const asText = (statement: string, variable: string): string =>
  statement.replace(
    new RegExp(`(\\b${variable}\\s+(?:constant\\s+)?)(?:"[^"]+"|[\\w.])+(?=\\s*(?:[;,)=]|:=|not\\s+null\\b|default\\b))`, "i"),
    (_, before: string) => `${before}text`,
  );

interface BodyParser {
  parsePlPgSQLSync(statement: string): object;
}

const parsesBodies = (grammar: object): grammar is BodyParser => "parsePlPgSQLSync" in grammar;

interface Place {
  readonly around: readonly Around[];
  readonly line: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** A condition and a loop's query before what they stand around, as in the text; the tree has them in another order. */
const order = [
  "cond",
  "t_expr",
  "query",
  "then_body",
  "case_when_list",
  "stmts",
  "body",
  "elsif_list",
  "else_body",
  "else_stmts",
  "exceptions",
];

/** https://github.com/pganalyze/libpg_query/blob/18-latest/src/pg_query_json_plpgsql.c names the nodes and their fields. */
function collect(node: unknown, place: Place, into: BodyPart[]): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) collect(item, place, into);
    return;
  }
  for (const [name, value] of Object.entries(node)) {
    if (name.startsWith("PLpgSQL_")) collectNode(name, fieldsOf(value), place, into);
    else if (name !== "datums") collect(value, place, into);
  }
}

function collectNode(name: string, fields: Fields, place: Place, into: BodyPart[]): void {
  const here = { ...place, line: typeof fields.lineno === "number" ? fields.lineno : place.line };
  into.push(...ownParts(name, fields, here));
  const inside = within(here, aroundOf(name, fields));
  const ordered = Object.entries(fields).sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  for (const [field, value] of ordered) {
    if (field !== "datums") collect(value, field === "exceptions" ? within(here, "exception handler") : inside, into);
  }
}

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? { ...value } : {});

function aroundOf(name: string, { exceptions }: Fields): Around | undefined {
  if (name === "PLpgSQL_stmt_block") return exceptions ? "exception block" : undefined;
  if (name === "PLpgSQL_stmt_if" || name === "PLpgSQL_stmt_case") return "condition";
  return /^PLpgSQL_stmt_(?:loop|while|fori|fors|forc|foreach_a|dynfors)$/.test(name) ? "loop" : undefined;
}

const within = (place: Place, around: Around | undefined): Place =>
  around === undefined ? place : { ...place, around: [...place.around, around] };

const held: Readonly<Record<string, readonly [field: string, kind: BodyPart["kind"]]>> = {
  PLpgSQL_stmt_execsql: ["sqlstmt", "sql"],
  PLpgSQL_stmt_perform: ["expr", "perform"],
  PLpgSQL_stmt_call: ["expr", "sql"],
  PLpgSQL_stmt_fors: ["query", "sql"],
  PLpgSQL_stmt_return_query: ["query", "sql"],
  PLpgSQL_stmt_dynexecute: ["query", "execute"],
  PLpgSQL_stmt_dynfors: ["query", "execute"],
};

function ownParts(name: string, fields: Fields, { line, around }: Place): readonly BodyPart[] {
  const [field, kind] = held[name] ?? [];
  const query = field && queryIn(fields[field]);
  const dynamic = name === "PLpgSQL_stmt_return_query" ? queryIn(fields.dynquery) : undefined;
  return [
    ...(kind && query !== undefined ? [{ kind, query, line, around }] : []),
    ...(dynamic !== undefined ? [{ kind: "execute" as const, query: dynamic, line, around }] : []),
  ];
}

function queryIn(value: unknown): string | undefined {
  const { query } = fieldsOf(fieldsOf(value).PLpgSQL_expr);
  return typeof query === "string" ? query : undefined;
}
