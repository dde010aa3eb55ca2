import type { UserFunction } from "../../catalog/functions.ts";
import { parsedOf } from "../../sql/parse.ts";
import { namesIn } from "../../sql/relations.ts";
import { walk } from "../../sql/walk.ts";
import { listed } from "../listed.ts";
import { type Problem, schemaRule } from "../rule.ts";

interface Script {
  /** `pg_fancy 1.0`, or `pg_fancy 1.0 to 1.1`. */
  readonly name: string;
  readonly text: string;
  /** From a version to another: what it replaces belongs to the extension. */
  readonly updates: boolean;
}

export default schemaRule({
  id: "schema/extension-script-unsafe",
  severity: "warning",

  *check({ functions, extensionScript }) {
    const written = extensionScript === undefined ? [] : [{ name: "the extension of this script", text: extensionScript, updates: false }];
    for (const script of [...functions.flatMap(scriptIn), ...written]) yield* problemsIn(script);
  },
});

/** Trusted Language Extensions keep each script as a function (https://github.com/aws/pg_tle, `install_extension`). */
function scriptIn({ schema, name, body }: UserFunction): readonly Script[] {
  const [, extension, first, second] = /^(.+?)--([^-]+(?:-[^-]+)*?)(?:--(.+))?\.sql$/.exec(name) ?? [];
  const [, , text] = /\$(\w*)\$([\s\S]*)\$\1\$/.exec(body) ?? [];
  if (schema !== "pgtle" || extension === undefined || text === undefined) return [];
  return [{ name: `${extension} ${first}${second === undefined ? "" : ` to ${second}`}`, text, updates: second !== undefined }];
}

function* problemsIn({ name, text, updates }: Script): Iterable<Problem> {
  const statements = statementsOf(text);
  const replaced = updates ? [] : statements.filter(({ replaces }) => replaces).map(({ head }) => head);
  if (replaced.length > 0) {
    yield {
      message: `The script of ${name} says ${listed(replaced)}: where something of that name is there and does not belong to the extension, the extension cannot be made, so whoever may create in its schema can keep it out.`,
      object: name,
      evidence: { statements: replaced.length },
    };
  }
  const called = [...new Set(statements.flatMap(({ calls }) => calls))];
  if (called.length > 0) {
    yield {
      message: `The script of ${name} calls ${listed(called.map((each) => `${each}()`))} without a schema: it runs with the rights of who makes the extension, and a function that somebody else made in the extension's schema is called instead where its arguments fit better.`,
      object: name,
      evidence: { functions: called.length },
    };
  }
}

interface Read {
  /** `CREATE OR REPLACE FUNCTION`, `CREATE TABLE IF NOT EXISTS`. */
  readonly head: string;
  readonly replaces: boolean;
  /** Functions that the statement itself calls, by a bare name. What a quoted body calls is looked up when it runs. */
  readonly calls: readonly string[];
}

/** None of a text that Postgres does not take. */
function statementsOf(text: string): readonly Read[] {
  try {
    return parsedOf(text).flatMap(({ stmt }) => {
      if (!stmt) return [];
      const nodes = [...walk(stmt)];
      const [root] = Object.values(stmt) as { replace?: boolean; if_not_exists?: boolean }[];
      const replaces = root?.replace === true || root?.if_not_exists === true;
      const calls = nodes.flatMap(({ kind, node }) => {
        const names = kind === "FuncCall" ? namesIn(node.funcname) : [];
        return names.length === 1 ? names : [];
      });
      return [{ head: headOf(Object.keys(stmt)[0] ?? "", root?.replace === true), replaces, calls }];
    });
  } catch {
    return [];
  }
}

const kinds: Readonly<Record<string, string>> = {
  CreateFunctionStmt: "FUNCTION",
  ViewStmt: "VIEW",
  CreateStmt: "TABLE",
  CreateTableAsStmt: "TABLE AS",
  CreateSeqStmt: "SEQUENCE",
  CreateSchemaStmt: "SCHEMA",
  CreateTrigStmt: "TRIGGER",
  RuleStmt: "RULE",
  IndexStmt: "INDEX",
  DefineStmt: "AGGREGATE",
};

const headOf = (kind: string, replaces: boolean) =>
  replaces ? `CREATE OR REPLACE ${kinds[kind] ?? "…"}` : `CREATE ${kinds[kind] ?? "…"} IF NOT EXISTS`;
