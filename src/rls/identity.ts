import type { Node } from "@pgsql/types";
import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { parseExpression } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";
import { bodyOf, type Functions, keyOf, type Operand, operandOf, type Source } from "./operand.ts";

/** What policies take for the mark of whose row it is. */
export interface Identity {
  /** By the key of a source: what policies compare with columns or constants. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Columns and sources that hold the same values have the same class; a class without a source has no fixed value. */
  classOf(thing: string): string;
  /** Classes that stand for who asks, each with the keys of its sources. */
  readonly asking: ReadonlyMap<string, readonly string[]>;
  /** Values that a column or a source is compared with. */
  readonly constants: ReadonlyMap<string, readonly string[]>;
  /** Where the mark stands inside a column: the key of a document or `/`, and the source it is compared with. */
  readonly inside: ReadonlyMap<string, { readonly within: string; readonly source: string }>;
}

export const columnKey = ({ schema, name }: Pick<Table, "schema" | "name">, column: string) => `${schema}.${name}.${column}`;

/** Reads every comparison of policies, of functions and of CHECK, and what foreign keys tie together. */
export function identityOf({ tables, views, policies, functions }: Pick<Schema, "tables" | "views" | "policies" | "functions">): Identity {
  const known: Functions = new Map(
    functions.flatMap((made) => [[`${made.schema}.${made.name}`, made] as const, [made.name, made] as const]),
  );
  const learned = learner();
  const texts: readonly Text[] = [
    ...policies.flatMap(({ table, using, check }) => [using, check].flatMap((text) => (text === undefined ? [] : [{ text, table }]))),
    ...functions.flatMap(textsOf),
    ...views.map(({ definition = "" }) => ({ text: `(${definition.replace(/;\s*$/, "")})` })),
    ...tables.flatMap((table) =>
      table.constraints.flatMap(({ kind, definition }) => (kind === "check" ? [{ text: conditionOf(definition), table }] : [])),
    ),
  ];
  for (const table of tables) for (const constraint of table.constraints) learnKey(constraint, table, tables, learned);
  for (const { text, table } of texts) {
    const tree = parseExpression(text);
    if (tree) learnFrom(tree, { table, tables: [...tables, ...views], functions: known, learned });
  }
  return learned.told();
}

/** An expression, and the table that its bare names are of. */
interface Text {
  readonly text: string;
  readonly table?: Table;
}

const conditionOf = (definition: string) => definition.replaceAll(/^CHECK |(?: NOT VALID| NO INHERIT| NOT ENFORCED)+$/g, "");

/** Of PL/pgSQL, comparisons with who asks are looked for in its words. */
function textsOf(made: Schema["functions"][number]): readonly Text[] {
  const whole = bodyOf(made);
  const selects = made.language === "plpgsql" ? Array.from(made.body.matchAll(/\bselect\b[^;]+/gi), ([text]) => text) : [];
  const trimmed = selects.map((text) => text.replace(/\)\s*then\b[\s\S]*$/i, "").replace(/\binto\s+(?:strict\s+)?\w+/i, ""));
  return [...(whole === undefined ? [] : [whole]), ...trimmed].map((text) => ({ text: `(${text})` }));
}

function learnKey(
  { columns, references, foreignKey }: Table["constraints"][number],
  table: Table,
  tables: readonly Table[],
  { join }: Learner,
): void {
  const parent = tables.find(({ oid }) => oid === references);
  if (!parent || !foreignKey) return;
  for (const [place, column] of columns.entries())
    join(columnKey(table, column), columnKey(parent, foreignKey.referencedColumns[place] ?? ""));
}

interface Reading {
  /** What bare names are of. */
  readonly table: Table | undefined;
  readonly tables: readonly Table[];
  readonly functions: Functions;
  readonly learned: Learner;
}

function learnFrom(tree: Node, { table, tables, functions, learned }: Reading): void {
  const visits = [...walk(tree)];
  const ranges = visits.flatMap(({ kind, node }) => {
    if (kind !== "RangeVar") return [];
    const found = tables.find(({ schema, name }) => name === node.relname && (node.schemaname === undefined || schema === node.schemaname));
    return found ? [{ alias: node.alias?.aliasname ?? found.name, table: found }] : [];
  });
  const all = [...ranges, ...(table ? [{ alias: table.name, table }] : [])];
  const has = (name: string) => (each: { table: Table }) => each.table.columns.some((column) => column.name === name);
  const resolve = (names: readonly string[]) => {
    const name = names.at(-1) ?? "";
    const of = names.at(-2);
    const found =
      of === undefined
        ? table && has(name)({ table })
          ? { table }
          : all.find(has(name))
        : all.find((each) => each.alias === of && has(name)(each));
    return found && columnKey(found.table, name);
  };
  const read = (node: Node | undefined) => operandOf(node, functions);
  for (const { kind, node } of visits) {
    if (kind === "A_Expr" && equal.has(node.kind ?? "") && ["=", "@>", "<@", "&&"].includes(namesIn(node.name)[0] ?? "")) {
      learned.compare(read(node.lexpr), read(node.rexpr), resolve);
    }
    if (kind === "SubLink" && node.subLinkType === "ANY_SUBLINK") learned.compare(read(node.testexpr), read({ SubLink: node }), resolve);
  }
}

const equal = new Set(["AEXPR_OP", "AEXPR_OP_ANY", "AEXPR_IN", "AEXPR_NOT_DISTINCT"]);

type Learner = ReturnType<typeof learner>;

type Resolve = (names: readonly string[]) => string | undefined;

function learner() {
  const parents = new Map<string, string>();
  const sources = new Map<string, Source>();
  const constants = new Map<string, readonly string[]>();
  const inside = new Map<string, { within: string; source: string }>();
  const find = (thing: string): string => {
    const parent = parents.get(thing);
    return parent === undefined ? thing : find(parent);
  };
  const join = (one: string, other: string) => {
    const [a, b] = [find(one), find(other)];
    if (a !== b) parents.set(a, b);
  };
  const nameOf = (operand: Operand, resolve: Resolve): string | undefined => {
    if (operand.is === "column") return resolve(operand.names);
    if (operand.is === "constants") return undefined;
    const key = keyOf(operand.source);
    sources.set(key, operand.source);
    return key;
  };
  const learnConstants = (name: string | undefined, operand: Operand) => {
    if (name === undefined || operand.is !== "constants") return;
    constants.set(name, [...new Set([...(constants.get(name) ?? []), ...operand.values])]);
  };
  /** The mark stands inside the column: it is not the column's value. */
  const learnInside = (operand: Operand, name: string, source: string): boolean => {
    if (operand.is !== "column" || operand.within === undefined) return false;
    if (sources.has(source)) inside.set(name, { within: operand.within, source });
    return true;
  };
  const compare = (one: Operand | undefined, other: Operand | undefined, resolve: Resolve) => {
    if (!one || !other) return;
    const [a, b] = [nameOf(one, resolve), nameOf(other, resolve)];
    learnConstants(a, other);
    learnConstants(b, one);
    if (a === undefined || b === undefined) return;
    if (!learnInside(one, a, b) && !learnInside(other, b, a)) join(a, b);
  };
  const told = (): Identity => {
    const asking = new Map<string, readonly string[]>();
    for (const key of sources.keys()) asking.set(find(key), [...(asking.get(find(key)) ?? []), key]);
    return { sources, classOf: find, asking, constants, inside };
  };
  return { join, compare, told };
}
