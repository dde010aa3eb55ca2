import type { Statement } from "../sql/parse.ts";

/** Roles that the statements name and do not make themselves: the twin has only its own. */
export function rolesIn(statements: readonly Statement[]): readonly string[] {
  const made = new Set(statements.map(({ tree }) => ("CreateRoleStmt" in tree ? tree.CreateRoleStmt.role : undefined)));
  const named = new Set(statements.flatMap(({ tree }) => roleNames(tree)));
  return [...named].filter((role) => !made.has(role));
}

/** A role stands in many fields, with and without the name of its node around it: what it is made of tells it. */
function roleNames(tree: unknown): readonly string[] {
  const found: string[] = [];
  const stack: unknown[] = [tree];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (typeof value !== "object") continue;
    const { roletype, rolename } = value as { roletype?: string; rolename?: string };
    if (roletype === "ROLESPEC_CSTRING" && rolename !== undefined) found.push(rolename);
    stack.push(...Object.values(value).filter((child) => typeof child === "object" && child !== null));
  }
  return found;
}
