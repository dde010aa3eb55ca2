import { nameOf, quote } from "../sql/quote.ts";
import { type Json, text } from "./json.ts";
import type { Relation } from "./node.ts";
import { onOneLine, shortened } from "./one-line.ts";

export function relation(json: Json): Relation | undefined {
  const relation = text(json, "Relation Name");
  return relation === undefined ? undefined : { ...nameOf(text(json, "Schema"), relation), alias: text(json, "Alias") ?? relation };
}

/** Of several functions that one alias holds, JSON names none; the text format has the alias in the place of a name. */
export const source = (json: Json): string | undefined =>
  SOURCES.map((key) => text(json, key)).find((name) => name !== undefined) ??
  (json["Node Type"] === "Function Scan" ? text(json, "Alias") : undefined);
const SOURCES = ["CTE Name", "Function Name", "Table Function Name", "Tuplestore Name"];

export function title(json: Json, type: string): string {
  const [index, alias] = [text(json, "Index Name"), text(json, "Alias")];
  const target = relation(json)?.toString() ?? source(json) ?? alias;
  const indexed = index === undefined ? "" : ` ${type === "Bitmap Index Scan" ? "on" : "using"} ${quote(index)}`;
  const renamed = alias !== undefined && alias !== (text(json, "Relation Name") ?? source(json) ?? alias);
  return shortened(
    onOneLine(`${label(json, type)}${indexed}${target === undefined ? "" : ` on ${target}`}${renamed ? ` ${quote(alias)}` : ""}`),
  );
}

/** As `ExplainNode` in src/backend/commands/explain.c names nodes in the text format. */
export function label(json: Json, type: string): string {
  const parallel = ["Parallel Aware", "Async Capable"].flatMap((key) => (json[key] === true ? `${key.split(" ")[0]} ` : [])).join("");
  const partial = text(json, "Partial Mode") ?? "Simple";
  const strategy = text(json, "Strategy") ?? "";
  const prefix = partial === "Simple" ? parallel : `${parallel}${partial} `;
  switch (type) {
    case "Aggregate":
      return `${prefix}${{ Sorted: "Group", Hashed: "Hash", Mixed: "Mixed" }[strategy] ?? ""}Aggregate`;
    case "SetOp":
      return `${parallel}${strategy === "Hashed" ? "Hash" : ""}SetOp ${text(json, "Command") ?? ""}`.trimEnd();
    case "ModifyTable":
      return text(json, "Operation") ?? type;
    case "Foreign Scan":
      return `${parallel}Foreign ${(text(json, "Operation") ?? "Select").replace("Select", "Scan")}`;
    case "Nested Loop":
    case "Hash Join":
    case "Merge Join":
      return parallel + join(type, text(json, "Join Type") ?? "Inner");
    case "Custom Scan":
      return `${parallel}Custom Scan (${onOneLine(text(json, "Custom Plan Provider") ?? "")})`;
    default:
      return onOneLine(`${parallel}${type}${json["Scan Direction"] === "Backward" ? " Backward" : ""}`);
  }
}

const join = (type: string, kind: string) =>
  kind === "Inner" ? type : onOneLine(`${type === "Nested Loop" ? type : type.replace(" Join", "")} ${kind} Join`);
