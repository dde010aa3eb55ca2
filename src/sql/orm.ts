import type { ColumnRef, Node } from "@pgsql/types";
import type { Level, TableShape } from "./level.ts";
import type { Statement } from "./parse.ts";
import { walkExpression } from "./walk.ts";

/** Kysely and Knex write the same text. */
export type Orm = "Prisma" | "Drizzle" | "Kysely";

/**
 * Who wrote a SELECT, by the marks that it leaves: Prisma writes keywords large and columns in three parts,
 * `"public"."User"."id"`, or gives tables the names t0, t1. Drizzle writes keywords small, targets bare and conditions with
 * their table, or gives tables the names d0, d1. Kysely writes small and bare what the caller wrote bare.
 */
export function ormOf({ targets, where, items, select }: Level<TableShape>, { source, start }: Statement): Orm | undefined {
  if (!select) return undefined;
  const results = columnsIn(targets);
  const compared = columnsIn(where);
  const isQuoted = ({ location = 0 }: ColumnRef) => source.charAt(location) === '"';
  if (compared.length === 0 || ![...compared, ...results.filter((column) => !isStar(column))].every(isQuoted)) return undefined;
  const word = source.slice(start, start + "select".length);
  const parts = (columns: readonly ColumnRef[], count: number) => columns.every(({ fields = [] }) => fields.length === count);
  const isNamed = (pattern: RegExp) => items.length > 0 && items.every(({ name }) => pattern.test(name));
  if (word === "SELECT") return parts([...results, ...compared], 3) || isNamed(/^t\d+$/) ? "Prisma" : undefined;
  if (word !== "select") return undefined;
  if (isNamed(/^d\d+$/) || (parts(compared, 2) && parts(results, 1) && !results.some(isStar))) return "Drizzle";
  return parts(compared, 1) && parts(results, 1) ? "Kysely" : undefined;
}

const columnsIn = (nodes: readonly object[]): readonly ColumnRef[] =>
  [...walkExpression(nodes.map((node) => ("val" in node ? (node.val as Node) : node)))].flatMap(({ kind, node }) =>
    kind === "ColumnRef" ? [node] : [],
  );

const isStar = ({ fields = [] }: ColumnRef) => fields.some((field) => "A_Star" in field);

interface Batched {
  readonly table: string;
  readonly column: string;
  /** One row at most has a value. */
  readonly unique: boolean;
}

/** How the ORM asks once for what a list of keys is looked up by, as a sentence. */
export function batchedBy(orm: Orm, { table, column, unique }: Batched): string {
  if (orm === "Prisma") {
    const model = camelCase(table.charAt(0).toLowerCase() + table.slice(1));
    return `With Prisma that is \`include\` in the query that reads the parents, or \`prisma${member(model)}.findMany({ where: { ${property(camelCase(column))}: { in: keys } } })\`.`;
  }
  if (orm === "Drizzle") {
    const variable = camelCase(table);
    return `With Drizzle that is \`with\` in the query that reads the parents, or \`db.select().from(${variable}).where(inArray(${variable}${member(camelCase(column))}, keys))\`.`;
  }
  const nested = unique ? "jsonObjectFrom" : "jsonArrayFrom";
  return `With Kysely that is \`${nested}\` in the query that reads the parents, or \`db.selectFrom(${JSON.stringify(table)}).where(${JSON.stringify(column)}, "in", keys)\` (Knex: \`whereIn\`).`;
}

const camelCase = (name: string) => name.replaceAll(/_+([\p{L}\p{N}])/gu, (_, letter: string) => letter.toUpperCase());

const isIdentifier = (name: string) => /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name);
const member = (name: string) => (isIdentifier(name) ? `.${name}` : `[${JSON.stringify(name)}]`);
const property = (name: string) => (isIdentifier(name) ? name : JSON.stringify(name));
