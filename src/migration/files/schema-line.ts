import type { IndexElem, IndexStmt, Node } from "@pgsql/types";
import { parseStatements } from "../../sql/parse.ts";
import { namesIn } from "../../sql/relations.ts";
import type { Runner } from "./runner.ts";

/**
 * What stands for new indexes in the schema of the tool, so that it does not drop them the next time it compares. Undefined where its language
 * has no word for one of them, and where something else than indexes is made. Fields are called as their columns are.
 */
export async function schemaLine(runner: Runner, sql: string): Promise<string | undefined> {
  const write = languages[runner];
  if (!write) return undefined;
  const indexes = (await parseStatements(sql)).map(({ tree }) => ("IndexStmt" in tree ? tree.IndexStmt : undefined));
  const lines = indexes.map((index) => index && write(index));
  return lines.length > 0 && lines.every((line) => line !== undefined) ? lines.join("\n") : undefined;
}

type Write = (index: IndexStmt) => string | undefined;

const elements = (params: readonly Node[] = []): readonly IndexElem[] =>
  params.flatMap((param) => ("IndexElem" in param ? [param.IndexElem] : []));

/** Neither language has them. */
const isBeyond = ({ indexIncludingParams = [], nulls_not_distinct, options = [], tableSpace }: IndexStmt) =>
  indexIncludingParams.length > 0 || nulls_not_distinct === true || options.length > 0 || Boolean(tableSpace);

const prismaTypes: Readonly<Record<string, string>> = { hash: "Hash", gin: "Gin", gist: "Gist", spgist: "SpGist", brin: "Brin" };

/** https://www.prisma.io/docs/orm/prisma-schema/data-model/indexes: neither expressions nor WHERE; classes by their name. */
function prisma(index: IndexStmt): string | undefined {
  const { indexParams, whereClause, accessMethod = "btree", unique, idxname } = index;
  const keys = elements(indexParams);
  const type = prismaTypes[accessMethod];
  if (isBeyond(index) || whereClause || (accessMethod !== "btree" && type === undefined) || (unique && type)) return undefined;
  if (keys.some(({ name, nulls_ordering, collation = [] }) => !name || nulls_ordering !== "SORTBY_NULLS_DEFAULT" || collation.length > 0))
    return undefined;
  const fields = keys.map(({ name, ordering, opclass }) => {
    const own = [...(ordering === "SORTBY_DESC" ? ["sort: Desc"] : []), ...(opclass ? [`ops: raw("${namesIn(opclass).at(-1)}")`] : [])];
    return own.length > 0 ? `${name}(${own.join(", ")})` : name;
  });
  const facts = [`[${fields.join(", ")}]`, ...(idxname ? [`map: ${JSON.stringify(idxname)}`] : []), ...(type ? [`type: ${type}`] : [])];
  return `@@${unique ? "unique" : "index"}(${facts.join(", ")})`;
}

/** https://orm.drizzle.team/docs/indexes-constraints: expressions and WHERE as SQL, which is not written here. */
function drizzle(index: IndexStmt): string | undefined {
  const { indexParams, whereClause, accessMethod = "btree", unique, idxname } = index;
  const keys = elements(indexParams);
  if (isBeyond(index) || whereClause || keys.some(({ name, collation = [] }) => !name || collation.length > 0)) return undefined;
  const columns = keys.map(({ name = "", ordering, nulls_ordering, opclass }) => {
    const column = /^[A-Za-z_]\w*$/.test(name) ? `table.${name}` : `table[${JSON.stringify(name)}]`;
    return [
      column,
      ...(ordering === "SORTBY_DESC" ? [".desc()"] : []),
      ...(nulls_ordering === "SORTBY_NULLS_FIRST" ? [".nullsFirst()"] : []),
      ...(nulls_ordering === "SORTBY_NULLS_LAST" ? [".nullsLast()"] : []),
      ...(opclass ? [`.op(${JSON.stringify(namesIn(opclass).at(-1))})`] : []),
    ].join("");
  });
  const made = `${unique ? "uniqueIndex" : "index"}(${idxname ? JSON.stringify(idxname) : ""})`;
  const on = accessMethod === "btree" ? `.on(${columns.join(", ")})` : `.using(${[JSON.stringify(accessMethod), ...columns].join(", ")})`;
  return made + on;
}

const languages: Partial<Record<Runner, Write>> = { Prisma: prisma, Drizzle: drizzle };
