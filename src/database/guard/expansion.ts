import { refused } from "./refused.ts";

/** Views and functions are put in the place of their names, so a short statement can become a long one. */
const RELATIONS = 100;
const CALLS = 2_000;

export interface Expansion {
  /** One more `use` of a relation or function in a part of the statement. */
  add(part: string, use: string): void;
  /** Throws if the planner would have too much before it. */
  refuseLarge(): void;
}

export const relationPart = (oid: number): string => `relation ${oid}`;
export const functionPart = (oid: number): string => `function ${oid}`;

export function emptyExpansion(): Expansion {
  const uses = new Map<string, string[]>();
  const sizes = new Map<string, Size>();

  /** A function that calls itself is not put in its own place. */
  function sizeOf(part: string): Size {
    const known = sizes.get(part);
    if (known) return known;
    sizes.set(part, { relations: 0, calls: 0 });
    const size = { relations: 0, calls: 0 };
    for (const use of uses.get(part) ?? []) {
      const below = sizeOf(use);
      size.relations += below.relations + (use.startsWith("relation") ? 1 : 0);
      size.calls += below.calls + (use.startsWith("function") ? 1 : 0);
    }
    sizes.set(part, size);
    return size;
  }

  return {
    add: (part, use) => void uses.set(part, [...(uses.get(part) ?? []), use]),
    refuseLarge() {
      const { relations, calls } = sizeOf("statement");
      if (relations > RELATIONS) {
        throw refused(
          "relations",
          `with its views and functions written out it reads ${relations} relations, and at most ${RELATIONS} are planned`,
          "Ask about a part of it.",
        );
      }
      if (calls > CALLS)
        throw refused(
          "functions",
          `with its functions written out it has ${calls} calls, and at most ${CALLS} are planned`,
          "Ask about a part of it.",
        );
    },
  };
}

interface Size {
  readonly relations: number;
  readonly calls: number;
}
