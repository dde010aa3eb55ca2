import { tokensOf } from "../../sql/grammar.ts";
import type { Kind } from "../../sql/walk.ts";
import type { Database } from "../database.ts";
import { admittedNodes, type Found, nodesOf } from "./nodes.ts";
import { refused } from "./refused.ts";
import type { Admitted } from "./statement.ts";

/** The last version that made words of the language of what had been names: `json` and `json_value()`, among others. */
const SETTLED = 170_000;

/** The first version that refuses letters right behind a number. To 14 `1_000` is 1, called `_000`. */
const REFUSES_JUNK = 150_000;

/**
 * What a statement says by the grammar of 18 and its own encoding must be what the server reads. Older grammars refuse
 * most of what is new, which does no harm, but they read some of its words as names: `json_array(1)` calls whatever
 * function has this name, and a value becomes `::json` by whatever type has this one. A server that does not store
 * UTF-8 writes capital letters small, and cuts long names, by other rules.
 */
export async function refuseOtherReading(reads: Database, { text, tree }: Admitted, versionNumber: number): Promise<void> {
  if (versionNumber < REFUSES_JUNK) refuseNewNumbers(text);
  const words = versionNumber < SETTLED ? [...new Set([...nodesOf(tree, admittedNodes.explain)].flatMap(wordsOf))] : [];
  const inUtf8 = tokensOf(text).some(({ text: token }) => isFoldedOrCut(token));
  if (words.length === 0 && !inUtf8) return;

  const [server] = await reads.read<Server>(serverQuery, [words]);
  const taken = server?.taken[0];
  if (taken !== undefined) {
    throw refused(
      "statement",
      `this server is older than the meaning of a word in it, and would take ${taken} in its place`,
      "Write the statement without this word.",
    );
  }
  if (inUtf8 && server?.encoding !== "UTF8") {
    throw refused(
      "statement",
      `this server stores ${server?.encoding}, and a name in it is not plain ASCII`,
      "Put the name in double quotes.",
    );
  }
}

function refuseNewNumbers(text: string): void {
  const number = tokensOf(text).find(({ text: token }) => /^\d[\d.]*(?:_|[xob])/i.test(token));
  if (number) {
    throw refused("statement", `this server reads ${number.text} as a number and a name`, "Write the number in decimal digits alone.");
  }
}

interface Server {
  readonly encoding: string;
  /** Functions and types that have the name of a word. */
  readonly taken: readonly string[];
}

const serverQuery = `
  select /* backend-db-mcp */
         pg_catalog.current_setting('server_encoding') as encoding,
         array(
           select pg_catalog.concat(p.oid::pg_catalog.regprocedure)
           from pg_catalog.pg_proc p
           where p.proname operator(pg_catalog.=) any ($1::pg_catalog.text[]::pg_catalog.name[])
             and p.pronamespace operator(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace
           union all
           select pg_catalog.concat(t.oid::pg_catalog.regtype)
           from pg_catalog.pg_type t
           where t.typname operator(pg_catalog.=) any ($1::pg_catalog.text[]::pg_catalog.name[])
             and t.typnamespace operator(pg_catalog.<>) 'pg_catalog'::pg_catalog.regnamespace
           order by 1) as taken`;

/** src/include/parser/kwlist.h, where it differs between 14 and 18. */
const words: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  JsonObjectConstructor: ["json_object"],
  JsonArrayConstructor: ["json_array"],
  JsonArrayQueryConstructor: ["json_array"],
  JsonObjectAgg: ["json_objectagg"],
  JsonArrayAgg: ["json_arrayagg"],
  JsonFuncExpr: ["json_exists", "json_query", "json_value"],
  JsonParseExpr: ["json"],
  JsonScalarExpr: ["json_scalar"],
  JsonSerializeExpr: ["json_serialize"],
  JsonTable: ["json_table"],
  MergeSupportFunc: ["merge_action"],
};

/** The grammar of 18 names these in `pg_catalog`, whoever wrote them. */
const qualified = new Set(["json", "json_object", "system_user"]);

function wordsOf({ kind, node }: Found): readonly string[] {
  const names = kind === "FuncCall" ? node.funcname : kind === "TypeName" ? node.names : [];
  const last = names?.at(-1);
  const name = last && "String" in last ? (last.String.sval ?? "") : "";
  return qualified.has(name) ? [name] : (words[kind] ?? []);
}

/** Bytes of a name (NAMEDATALEN in src/include/pg_config_manual.h), and its quotes. */
const LONGEST = 63 + 2;

/** A name that is not plain ASCII, unless it is in quotes and short. Names in U&"" may be anything. */
function isFoldedOrCut(token: string): boolean {
  if (/^u&"/i.test(token)) return true;
  if (/^\p{ASCII}*$/u.test(token) || token.includes("'") || token.startsWith("$")) return false;
  return !token.startsWith('"') || Buffer.byteLength(token) > LONGEST;
}
