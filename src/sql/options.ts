import type { DefElem, Node } from "@pgsql/types";
import { namesIn } from "./relations.ts";

/** Whether an option in parentheses, or its old form as a keyword, is set and not switched off: `(full)`, `(full false)`. */
export function isOn(options: readonly Node[] | undefined, name: string): boolean {
  const found = options?.flatMap((node) => ("DefElem" in node && node.DefElem.defname === name ? [node.DefElem] : [])).at(-1);
  return found !== undefined && !off.has(settingOf(found));
}

const off = new Set(["false", "off", "0"]);

function settingOf({ arg }: DefElem): string {
  if (!arg) return "true";
  if ("Boolean" in arg) return String(arg.Boolean.boolval ?? false);
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  return (namesIn([arg])[0] ?? "true").toLowerCase();
}
