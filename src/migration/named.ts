import { droppedBy } from "../sql/dropped.ts";
import type { Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";

export interface WrittenName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Everything in a statement that may be the name of a relation, an index or a type; some name nothing. */
export function namesWritten(statement: Statement): readonly WrittenName[] {
  const found: WrittenName[] = droppedBy(statement).map(({ schema, name }) => ({ schema, name }));
  const stack: unknown[] = [statement.tree];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (typeof value !== "object") continue;
    const { relname, schemaname } = value as { relname?: string; schemaname?: string };
    if (typeof relname === "string") found.push({ schema: schemaname, name: relname });
    found.push(...listed(value));
    stack.push(...Object.values(value).filter((child) => typeof child === "object" && child !== null));
  }
  return found;
}

/** Fields that hold a name in parts: `alter type app.mood`, `comment on table app.orders`, `execute function app.touch()`. */
const lists = ["typeName", "object", "funcname", "names"] as const;

function listed(value: object): readonly WrittenName[] {
  const fields = value as Partial<Record<(typeof lists)[number], unknown>>;
  return lists.flatMap((field) => {
    const parts = partsOf(fields[field]);
    return [parts, parts.slice(0, -1)].flatMap((names) => {
      const name = names.at(-1);
      return name === undefined ? [] : [{ schema: names.at(-2), name }];
    });
  });
}

function partsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return namesIn(value);
  if (typeof value !== "object" || value === null) return [];
  const { List, TypeName } = value as { List?: { items?: readonly object[] }; TypeName?: { names?: readonly object[] } };
  return namesIn(List?.items ?? TypeName?.names ?? []);
}
